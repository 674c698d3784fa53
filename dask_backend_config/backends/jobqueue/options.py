"""The tunables of a job queue's backend, read and checked."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...catalogue import backend_schema
from ...core import units
from ...schedulers import BatchScheduler, JobRequest
from ...schedulers.base import hours_minutes_seconds
from ...storage.files import state_folder
from .. import task_resources
from ..options import Settings
from ..resources import GPUS, MEMORY, RESOURCES, THREADS, WALLTIME, QueueWorkerResources
from ..worker_environment import on_loopback
from .job_script import Lifetime, WorkerJob, node_word

_LIFETIME = "distributed.worker.lifetime.duration"
#: Below the user's state folder, for certificates where no other folder is configured.
_CLUSTERS = "clusters"


@dataclass(frozen=True)
class ClusterOptions:
    """What the cluster itself is told; its jobs are a `WorkerJob`'s.

    Attributes
    ----------
    minimum, maximum : int
        Workers.
    adaptive_interval, watch_interval, command_timeout : float
        Seconds.
    interface : str, optional
    security : bool
    dashboard_address : str
    private_parent : str
        The folder that nodes share, in which the cluster makes one of its own.
    allowed_failures : int, optional
        Workers that may die of a task; as distributed is configured where it is None.
    scheduler_options : mapping
        ``jobqueue.<kind>.scheduler-options``.
    """

    minimum: int
    maximum: int
    adaptive_interval: float
    watch_interval: float
    command_timeout: float
    interface: str | None
    security: bool
    dashboard_address: str
    private_parent: str
    allowed_failures: int | None
    scheduler_options: Mapping[str, Any]


def cluster_options(settings: Settings) -> ClusterOptions:
    """What `settings` say of the cluster.

    Raises
    ------
    ConfigValueError
        Where a value cannot be meant.
    """
    minimum = settings.value("minimum-number-of-workers")
    maximum = settings.value("maximum-number-of-workers")
    if maximum is not None and maximum < minimum:
        wrong = f"must not be less than minimum-number-of-workers, which is {minimum}"
        raise settings.option_error("maximum-number-of-workers", wrong)
    return ClusterOptions(
        minimum=minimum,
        maximum=max(1, minimum) if maximum is None else maximum,
        adaptive_interval=units.duration(settings.value("adaptive-interval")),
        watch_interval=units.duration(settings.value("watch-interval")),
        command_timeout=units.duration(settings.value("command-timeout")),
        interface=settings.value("interface"),
        security=settings.value("security"),
        dashboard_address=on_loopback(settings.value("dashboard-address")),
        private_parent=private_parent(settings),
        allowed_failures=settings.value("allowed-failures"),
        scheduler_options=_scheduler_options(settings),
    )


def private_parent(settings: Settings) -> str:
    """The folder that nodes share, in which a cluster makes one of its own.

    Raises
    ------
    ConfigValueError
        Where it holds a variable that is not set.
    """
    said = settings.folder("shared-temp-directory")
    return said or os.path.join(state_folder(), _CLUSTERS)


def worker_resources(settings: Settings, scheduler: BatchScheduler) -> QueueWorkerResources:
    """What each worker has; only memory and walltime can be None.

    Raises
    ------
    ConfigValueError
        Where a value cannot be meant.
    """
    threads = settings.value(THREADS) or 1
    memory, by_site = _memory(settings)
    walltime = _walltime(settings, scheduler)
    return QueueWorkerResources(
        number_of_threads=threads,
        number_of_gpus=settings.value(GPUS),
        preferred_gpu_toolkit=settings.value(f"{RESOURCES}.preferred-gpu-toolkit"),
        preferred_gpu_precision=settings.value(f"{RESOURCES}.preferred-gpu-precision"),
        per_thread_memory_limit=memory // threads if memory and by_site else memory,
        wallclock_time_limit=None if walltime is None else hours_minutes_seconds(walltime),
    )


def worker_job(
    settings: Settings,
    scheduler: BatchScheduler,
    resources: QueueWorkerResources,
    own: Mapping[str, Any],
) -> WorkerJob:
    """What each job runs, without what only a started backend knows.

    Parameters
    ----------
    settings : Settings
    scheduler : BatchScheduler
    resources : QueueWorkerResources
        From `worker_resources`.
    own : mapping
        From `own_tunables`.

    Raises
    ------
    ConfigValueError
        Where a value cannot be meant, or the batch scheduler has no words for it.
    """
    job = WorkerJob(
        scheduler=scheduler,
        request=_request(settings, scheduler, resources, own),
        shebang=settings.value("shebang") or "#!/usr/bin/env bash",
        python=_python(settings),
        worker_command=settings.of_jobqueue("worker-command") or "distributed.cli.dask_worker",
        setup=settings.value("setup-script-commands") or (),
        extra_options=settings.value("extra-script-options") or (),
        skip=settings.value("skip-script-options") or (),
        variables={task_resources.VARIABLE: task_resources.encoded(resources)},
        lifetime=_lifetime(settings, resources),
        nanny=not settings.value("disable-nanny-process"),
        death_timeout=_optional(settings, "death-timeout"),
        local_directory=settings.value("local-directory"),
        interface=settings.value("interface"),
        arguments=settings.value("worker-extra-arguments") or (),
    )
    job.head()  # where the scheduler has no words for the request, the constructor says so
    return job


def own_tunables(settings: Settings, scheduler: BatchScheduler) -> dict[str, Any]:
    """The tunables that only this scheduler has, and keys of jobqueue.yaml that it reads, too."""
    prefix = f"{backend_schema.ROOT}.{scheduler.kind}."
    known = list(backend_schema.keys())
    names = [key.removeprefix(prefix) for key in known if key.startswith(prefix)]
    own = {name: settings.value(name) for name in names}
    return {**own, **{name: settings.of_jobqueue(name) for name in scheduler.site_keys}}


def _request(
    settings: Settings,
    scheduler: BatchScheduler,
    resources: QueueWorkerResources,
    own: Mapping[str, Any],
) -> JobRequest:
    gpus = resources.number_of_gpus or 0
    directive = settings.value("gpu-directive")
    walltime = resources.wallclock_time_limit
    memory, by_site = _memory(settings)
    threads = resources.number_of_threads or 1
    return JobRequest(
        name=settings.value("job-name") or "dask-worker",
        queue=settings.value("queue-name"),
        account=settings.value("account"),
        threads=threads,
        memory=memory if by_site or memory is None else memory * threads,
        walltime=None if walltime is None else units.walltime(walltime),
        gpus=gpus,
        gpu_directive=directive and directive.replace("{number_of_gpus}", str(gpus)),
        log_directory=settings.folder("log-directory"),
        own=own,
    )


def _memory(settings: Settings) -> tuple[int | None, bool]:
    """Bytes, and whether dask-jobqueue's own key says them, which is for the whole job."""
    said = settings.said(MEMORY)
    return (None if said.value is None else units.memory(said.value)), said.by_jobqueue


def _walltime(settings: Settings, scheduler: BatchScheduler) -> int | None:
    said = settings.said(WALLTIME)
    if said.value is None:
        return None
    if not said.by_jobqueue:
        return units.walltime(said.value)
    try:
        seconds = scheduler.read_walltime(said.value)
    except ValueError:
        seconds = 0
    if not seconds:
        wrong = f"must be a walltime as {scheduler.title} reads it, such as '12:00:00'"
        raise settings.option_error(WALLTIME, wrong)
    return seconds


def _lifetime(settings: Settings, resources: QueueWorkerResources) -> Lifetime | None:
    margin = _optional(settings, "lifetime-margin") or 0.0
    # Without a margin nothing could end later by chance and still in time.
    stagger = margin and (_optional(settings, "lifetime-stagger") or 0.0)
    if margin and stagger >= margin:
        wrong = f"must be less than lifetime-margin, which is {margin:g} s"
        raise settings.option_error("lifetime-stagger", wrong)
    if resources.wallclock_time_limit is None:
        return None
    limit = units.walltime(resources.wallclock_time_limit) - margin
    limit = min(limit, _lifetime_elsewhere(settings) or limit)
    if limit <= stagger:
        wrong = f"leaves no time to work, with a walltime of {resources.wallclock_time_limit}"
        raise settings.option_error("lifetime-margin", wrong)
    return Lifetime(int(limit), stagger)


def _python(settings: Settings) -> str:
    """Shell that runs Python: a path, but dask-jobqueue's own key may hold ``srun python``."""
    said = settings.said("python")
    value = said.value or sys.executable
    return value if said.by_jobqueue else node_word(value)


def _scheduler_options(settings: Settings) -> Mapping[str, Any]:
    options = settings.of_jobqueue("scheduler-options")
    if options is None or isinstance(options, Mapping):
        return options or {}
    key = settings.key_of_jobqueue("scheduler-options")
    raise settings.configuration.value_error(key, options, "must be a section with keys of its own")


def _lifetime_elsewhere(settings: Settings) -> float | None:
    """What distributed's own key says, which its workers would read."""
    said = settings.elsewhere(_LIFETIME)
    try:
        return units.duration(said) if said else None
    except ValueError:
        wrong = f"must be a duration: {units.DURATION_FORMS}"
        raise settings.configuration.value_error(_LIFETIME, said, wrong) from None


def _optional(settings: Settings, name: str) -> float | None:
    value = settings.value(name)
    return None if value is None else units.duration(value)
