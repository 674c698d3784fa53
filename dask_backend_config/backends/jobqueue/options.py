"""Read and check the options of a job-queue backend."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...catalogue import backend_schema
from ...core import units
from ...schedulers import BatchScheduler, JobRequest
from ...schedulers.amounts import hours_minutes_seconds
from ...storage.files import state_folder
from ..options import BackendOptions
from ..resources import GPUS, MEMORY, RESOURCES, THREADS, WALLTIME, QueueWorkerResources
from ..worker_environment import on_loopback
from .extra_options import extra_options
from .job_script import DASK_WORKER, WorkerJob, quoted_for_node

_LIFETIME = "distributed.worker.lifetime.duration"


@dataclass(frozen=True)
class ClusterOptions:
    """Options of the cluster itself; those of its jobs are in `WorkerJob`.

    Attributes
    ----------
    minimum, maximum : int
        Number of workers.
    adaptive_interval, watch_interval, command_timeout : float
        Seconds.
    interface : str, optional
    security : bool
    dashboard_address : str
    private_parent : str
        Folder that the nodes share, in which the cluster creates a private folder.
    allowed_failures : int, optional
        Workers that may die while they run a task; None for distributed's own setting.
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


def cluster_options(options: BackendOptions) -> ClusterOptions:
    """Return the options of the cluster.

    Raises
    ------
    ConfigValueError
        If a value is invalid.
    """
    minimum = options.value("minimum-number-of-workers")
    maximum = options.value("maximum-number-of-workers")
    if maximum is not None and maximum < minimum:
        wrong = f"must not be less than minimum-number-of-workers, which is {minimum}"
        raise options.error("maximum-number-of-workers", wrong)
    return ClusterOptions(
        minimum=minimum,
        maximum=max(1, minimum) if maximum is None else maximum,
        adaptive_interval=units.duration(options.value("adaptive-interval")),
        watch_interval=units.duration(options.value("watch-interval")),
        command_timeout=units.duration(options.value("command-timeout")),
        interface=options.value("interface"),
        security=options.value("security"),
        dashboard_address=on_loopback(options.value("dashboard-address")),
        private_parent=private_parent(options),
        allowed_failures=options.value("allowed-failures"),
        scheduler_options=_scheduler_options(options),
    )


def private_parent(options: BackendOptions) -> str:
    """Return the folder that the nodes share, for the private folders of clusters.

    Raises
    ------
    ConfigValueError
        If its path has a variable that is not set.
    """
    return options.folder("shared-temp-directory") or os.path.join(state_folder(), "clusters")


def scheduler_values(options: BackendOptions, scheduler: BatchScheduler) -> dict[str, Any]:
    """Return the values that only this scheduler has, for `JobRequest.scheduler_specific`.

    They are the keys of its section below ``backends``, and `BatchScheduler.site_keys`.
    """
    section = backend_schema.node(f"{backend_schema.ROOT}.{scheduler.kind}") or {}
    own = {name: options.value(name) for name in section["properties"]}
    return own | {name: options.dask_jobqueue_value(name) for name in scheduler.site_keys}


def worker_job(
    options: BackendOptions, scheduler: BatchScheduler, own: Mapping[str, Any]
) -> WorkerJob:
    """Return the job of a worker, without the values that only a started backend has.

    Parameters
    ----------
    options : BackendOptions
    scheduler : BatchScheduler
    own : mapping
        From `scheduler_values`.

    Raises
    ------
    ConfigValueError
        If a value is invalid, or the batch scheduler has no option for it.
    """
    job = WorkerJob(
        scheduler=scheduler,
        request=_request(options, scheduler, own),
        resources=QueueWorkerResources(),
        shebang=options.value("shebang") or "#!/usr/bin/env bash",
        python=_python(options),
        worker_command=options.dask_jobqueue_value("worker-command") or DASK_WORKER,
        setup=options.value("setup-script-commands") or (),
        extra_options=extra_options(options, scheduler),
        skip=options.value("skip-script-options") or (),
        variables={
            name: os.environ[name] for name in scheduler.script_variables if name in os.environ
        },
        nanny=not options.value("disable-nanny-process"),
        death_timeout=_seconds(options, "death-timeout"),
        local_directory=options.value("local-directory"),
        interface=options.value("interface"),
        arguments=options.value("worker-extra-arguments") or (),
    )
    holds = job.effective  # raises if the scheduler has no option for the request
    lifetime = _lifetime(options, holds.walltime)
    return replace(job, resources=_resources(options, holds), lifetime=lifetime)


def _request(
    options: BackendOptions, scheduler: BatchScheduler, own: Mapping[str, Any]
) -> JobRequest:
    threads = options.value(THREADS) or 1
    gpus = options.value(GPUS)
    directive = options.value("gpu-directive")
    return JobRequest(
        name=options.value("job-name") or "dask-worker",
        queue=options.value("queue-name"),
        account=options.value("account") or os.environ.get(scheduler.account_variable),
        threads=threads,
        memory=_memory(options, threads),
        walltime=_walltime(options, scheduler),
        gpus=gpus,
        gpu_directive=directive and directive.replace("{number_of_gpus}", str(gpus)),
        log_directory=options.folder("log-directory"),
        scheduler_specific=own,
    )


def _resources(options: BackendOptions, request: JobRequest) -> QueueWorkerResources:
    memory, walltime = request.memory, request.walltime
    return QueueWorkerResources(
        number_of_threads=request.threads,
        number_of_gpus=request.gpus,
        preferred_gpu_toolkit=options.value(f"{RESOURCES}.preferred-gpu-toolkit"),
        preferred_gpu_precision=options.value(f"{RESOURCES}.preferred-gpu-precision"),
        per_thread_memory_limit=None if memory is None else memory // request.threads,
        wallclock_time_limit=None if walltime is None else hours_minutes_seconds(walltime),
    )


def _memory(options: BackendOptions, threads: int) -> int | None:
    """Return the bytes of the job; dask-jobqueue's key is for the job, ours for each thread."""
    option = options.resolve(MEMORY)
    if option.value is None:
        return None
    return units.memory(option.value) * (1 if option.from_dask_jobqueue else threads)


def _walltime(options: BackendOptions, scheduler: BatchScheduler) -> int | None:
    option = options.resolve(WALLTIME)
    if option.value is None:
        return None
    if not option.from_dask_jobqueue:
        return units.walltime(option.value)
    try:
        seconds = scheduler.read_walltime(option.value)
    except ValueError:
        seconds = 0
    if not seconds:
        wrong = f"must be a walltime as {scheduler.title} reads it, such as '12:00:00'"
        raise options.error(WALLTIME, wrong)
    return seconds


def _lifetime(options: BackendOptions, walltime: int | None) -> tuple[int, float] | None:
    """Return `WorkerJob.lifetime`."""
    margin = _seconds(options, "lifetime-margin") or 0.0
    # Without a margin, no worker could end later than planned and still in time.
    stagger = margin and (_seconds(options, "lifetime-stagger") or 0.0)
    margin, stagger = _fitting(options, walltime, margin, stagger)
    if margin and stagger >= margin:
        wrong = f"must be less than lifetime-margin, which is {margin:g} s"
        raise options.error("lifetime-stagger", wrong)
    if walltime is None:
        return None
    limit = walltime - margin
    limit = min(limit, _configured_lifetime(options) or limit)
    if limit <= stagger:
        wrong = f"leaves no time to work, with a walltime of {hours_minutes_seconds(walltime)}"
        raise options.error("lifetime-margin", wrong)
    return int(limit), stagger


def _fitting(
    options: BackendOptions, walltime: int | None, margin: float, stagger: float
) -> tuple[float, float]:
    """Return margin and stagger, which are shorter for a short walltime if they are defaults."""
    if walltime is None or walltime / 4 >= margin or not _is_default(options, "lifetime-margin"):
        return margin, stagger
    if _is_default(options, "lifetime-stagger"):
        stagger = min(stagger, walltime / 16)
    return walltime / 4, stagger


def _is_default(options: BackendOptions, name: str) -> bool:
    key = options.resolve(name).key
    origin = options.config.origin_of(key) if key else None
    return key is not None and (origin is None or origin.is_default)


def _configured_lifetime(options: BackendOptions) -> float | None:
    """Return the seconds of distributed's own key, which its workers would read."""
    value = options.config.get(_LIFETIME)
    try:
        return units.duration(value) if value else None
    except ValueError:
        wrong = f"must be a duration: {units.DURATION_FORMS}"
        raise options.config.error(_LIFETIME, value, wrong) from None


def _python(options: BackendOptions) -> str:
    """Return shell code: a path, or the value of dask-jobqueue's key, such as ``srun python``."""
    option = options.resolve("python")
    value = option.value or sys.executable
    return value if option.from_dask_jobqueue else quoted_for_node(value)


def _scheduler_options(options: BackendOptions) -> Mapping[str, Any]:
    value = options.dask_jobqueue_value("scheduler-options")
    if value is None or isinstance(value, Mapping):
        return value or {}
    key = options.dask_jobqueue_key("scheduler-options")
    raise options.config.error(key, value, "must be a section with keys of its own")


def _seconds(options: BackendOptions, name: str) -> float | None:
    value = options.value(name)
    return None if value is None else units.duration(value)
