"""Read and check the options of a job-queue backend."""

from __future__ import annotations

import functools
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...catalogue import backend_schema
from ...core import units
from ...core.errors import ConfigValueError, OptionError
from ...core.origins import Origin
from ...schedulers import ADDED, BatchScheduler, JobRequest, Option
from ...storage.files import state_folder
from ..connections import ConnectionOptions, connection_options
from ..option_errors import conflict, located, sources
from ..options import BackendOptions
from ..resources import WALLTIME, QueueWorkerResources
from .extra_options import extra_options, setup_options
from .job_script import DASK_WORKER, WorkerJob, quoted_for_node
from .job_size import LEAST_MEMORY, WORKERS, job_size, resources_of_worker, workers_per_job
from .lifetime import distributed_seconds, lifetime, retirement_options, seconds

_MINIMUM, _MAXIMUM = "minimum-number-of-workers", "maximum-number-of-workers"
_UNKNOWN_DURATION = "distributed.scheduler.unknown-task-duration"
_TARGET_DURATION = "distributed.adaptive.target-duration"
_NANNY_PRELOAD = "distributed.nanny.preload"
#: dask-jobqueue's default.
_DEATH_TIMEOUT = 60.0
#: Keys of schedulers with which a site sets the memory of a job.
_SITE_MEMORY = ("job-mem", "mem", "resource-spec")


@dataclass(frozen=True)
class ClusterOptions:
    """Options of the cluster itself; those of its jobs are in `WorkerJob`.

    Attributes
    ----------
    minimum, maximum : int
        Number of workers.
    adaptive_interval, watch_interval, command_timeout : float
        Seconds.
    name : str
        Name of the cluster. Its workers have this name with a number.
    interface : str, optional
        Of workers, and of the scheduler unless that has another one, or a host.
    connections : ConnectionOptions
    private_parent : str
        Folder that the nodes share, in which the cluster creates a private folder.
    allowed_failures : int, optional
        Workers that may die while they run a task; None for distributed's own setting.
    unknown_task_duration : float, optional
        Seconds, see `LostTaskScheduler`; None if the user sets distributed's own key.
    sources : callable
        Name of an option of the jobs -> what sets it, for messages; see `option_errors.sources`.
    """

    minimum: int
    maximum: int
    adaptive_interval: float
    watch_interval: float
    command_timeout: float
    name: str
    interface: str | None
    connections: ConnectionOptions
    private_parent: str
    allowed_failures: int | None
    unknown_task_duration: float | None
    sources: Callable[[str], Sequence[str]] = lambda _name: ()


def cluster_options(options: BackendOptions) -> ClusterOptions:
    """Return the options of the cluster.

    Raises
    ------
    ConfigValueError
        If a value is invalid.
    """
    minimum, maximum = options.value(_MINIMUM), options.value(_MAXIMUM)
    in_job = workers_per_job(options)
    if maximum is not None and maximum < in_job:
        raise conflict(
            options,
            (_MAXIMUM, f"must be at least {in_job}, the {WORKERS}"),
            (WORKERS, f"must be at most {maximum}, the {_MAXIMUM}"),
        )
    if maximum is not None and maximum < minimum:
        raise conflict(
            options,
            (_MAXIMUM, f"must not be less than {_MINIMUM}, which is {minimum}"),
            (_MINIMUM, f"must not be more than {_MAXIMUM}, which is {maximum}"),
        )
    return ClusterOptions(
        minimum=minimum,
        maximum=max(in_job, minimum) if maximum is None else maximum,
        adaptive_interval=units.duration(options.value("adaptive-interval")),
        watch_interval=units.duration(options.value("watch-interval")),
        command_timeout=units.duration(options.value("command-timeout")),
        name=options.value("name") or options.owner,
        interface=options.value("interface"),
        connections=connection_options(options),
        private_parent=private_parent(options),
        allowed_failures=options.value("allowed-failures"),
        unknown_task_duration=_unknown_task_duration(options),
        sources=functools.partial(sources, options),
    )


def _unknown_task_duration(options: BackendOptions) -> float | None:
    """Return a duration with which each waiting task is worth a thread, unless the user sets one.

    With distributed's default of 0.5 s, only ten tasks are; tasks that are worth a job take longer.
    """
    if options.config.is_set_by_user(_UNKNOWN_DURATION):
        return None
    return distributed_seconds(options, _TARGET_DURATION)


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
        workers=workers_per_job(options),
        shebang=options.value("shebang") or "#!/usr/bin/env bash",
        python=_python(options),
        worker_command=str(options.dask_jobqueue_value("worker-command") or DASK_WORKER),
        **setup_options(options),
        extra_options=extra_options(options, scheduler),
        skip=options.value("skip-script-options") or (),
        variables={
            name: os.environ[name] for name in scheduler.script_variables if name in os.environ
        },
        nanny=not options.value("disable-nanny-process"),
        death_timeout=_death_timeout(options, scheduler),
        local_directory=options.value("local-directory"),
        interface=options.value("interface"),
        arguments=[
            *_nanny_preloads(options),
            *(options.value("worker-extra-arguments") or ()),
        ],
    )
    try:
        job = _with_default_memory(job)
        holds = job.effective
        if holds.memory is not None and holds.memory // job.workers < LEAST_MEMORY:
            raise _little_memory_error(job, holds.memory)
    except OptionError as error:
        raise located(options, error) from None
    return replace(
        job,
        resources=resources_of_worker(options, holds, job.workers),
        lifetime=lifetime(options, holds.walltime),
        retirement=retirement_options(options, holds.walltime),
    )


def _with_default_memory(job: WorkerJob) -> WorkerJob:
    """Return the job with a request for memory, if nothing sets it and it needs one."""
    each = job.scheduler.default_memory_per_thread
    if job.request.memory is not None or each is None:
        return job
    request = replace(job.request, memory=each * job.request.threads)
    requesting = replace(job, request=request)
    options = requesting.requested_options()
    is_requested = any("memory" in each.fields for each in options if isinstance(each, Option))
    return requesting if is_requested else job


def _little_memory_error(job: WorkerJob, memory: int) -> ConfigValueError:
    """Return the error for an option of the site that leaves a worker too little memory."""
    wrong = f"gives the job {memory} bytes, but a worker needs 32 MiB or more"
    text = job.read_options["memory"].text
    for variable, option in job.options_in_environment.items():
        if option == text:
            origin = Origin("variable", name=variable)
            return ConfigValueError(f"{text} {wrong}", origin=origin)
    for name in _SITE_MEMORY:
        if value := job.request.scheduler_specific.get(name):
            return OptionError.of(name, value, wrong)
    return OptionError.of("extra-script-options", text, wrong)


def _request(
    options: BackendOptions, scheduler: BatchScheduler, own: Mapping[str, Any]
) -> JobRequest:
    size = job_size(options)
    directive = options.value("gpu-directive")
    return JobRequest(
        name=options.value("job-name") or "dask-worker",
        queue=options.value("queue-name"),
        account=options.value("account") or os.environ.get(scheduler.account_variable),
        threads=size.threads,
        memory=size.memory,
        walltime=_walltime(options, scheduler),
        gpus=size.gpus,
        gpu_directive=directive and directive.replace("{number_of_gpus}", str(size.gpus)),
        log_directory=options.folder("log-directory"),
        scheduler_specific=own,
    )


def _walltime(options: BackendOptions, scheduler: BatchScheduler) -> int | None:
    option = options.resolve(WALLTIME)
    if option.value is None:
        return None
    if not option.from_dask_jobqueue:
        return units.walltime(option.value)
    try:
        seconds = scheduler.read_walltime(str(option.value))
    except ValueError:
        seconds = 0
    is_number = isinstance(option.value, int)
    if not seconds or (is_number and seconds != option.value):
        wrong = f"must be a walltime as {scheduler.title} reads it, such as '12:00:00'"
        unquoted = "; without quotes, YAML reads 12:00:00 as the number 43200" if is_number else ""
        raise options.error(WALLTIME, wrong + unquoted)
    return seconds


def _python(options: BackendOptions) -> str:
    """Return shell code: a path, or the value of dask-jobqueue's key, such as ``srun python``."""
    option = options.resolve("python")
    value = option.value or sys.executable
    python = value if option.from_dask_jobqueue else quoted_for_node(value)
    launcher = options.value("worker-launcher")
    return f"{launcher} {python}" if launcher else python


def _death_timeout(options: BackendOptions, scheduler: BatchScheduler) -> float | None:
    """Return the seconds after which a worker without a scheduler ends, None for never.

    dask-jobqueue has its default only for the schedulers that it knows.
    """
    given = seconds(options, "death-timeout")
    return _DEATH_TIMEOUT if given is None and scheduler.kind in ADDED else given


def _nanny_preloads(options: BackendOptions) -> Iterator[str]:
    """Yield options for distributed's own key, which its worker command would ignore."""
    modules = options.config.get(_NANNY_PRELOAD) or ()
    is_read = options.dask_jobqueue_value("worker-command") in (None, DASK_WORKER)
    if is_read and not options.value("disable-nanny-process"):
        for module in [modules] if isinstance(modules, str) else modules:
            yield from ("--preload-nanny", shlex.quote(module))
