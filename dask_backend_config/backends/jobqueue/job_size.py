"""The amounts that a job asks for, and the share of each of its workers.

Keys of ``backends`` are for each worker, as those below ``resources-per-worker`` say;
``jobqueue.<type>.cores`` and ``.memory`` of dask-jobqueue are for the job.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...core import units
from ...schedulers import JobRequest
from ...schedulers.amounts import hours_minutes_seconds
from ..option_errors import conflict
from ..options import BackendOptions
from ..resources import GPUS, MEMORY, RESOURCES, THREADS, QueueWorkerResources

WORKERS = "workers-per-job"
_WITHOUT_NANNY = "disable-nanny-process"
#: Bytes; Python with distributed needs more.
LEAST_MEMORY = 32 * 2**20


@dataclass(frozen=True)
class JobSize:
    """The amounts that a job asks for.

    Attributes
    ----------
    workers : int
        Workers that share them equally.
    threads : int
    memory : int, optional
        Bytes.
    gpus : int
    """

    workers: int
    threads: int
    memory: int | None
    gpus: int


def job_size(options: BackendOptions) -> JobSize:
    """Return the amounts that the options ask for.

    Raises
    ------
    ConfigValueError
        If a value is invalid, or too little for the workers of a job.
    """
    workers: int = workers_per_job(options)
    if workers > 1 and options.value(_WITHOUT_NANNY):
        raise conflict(
            options,
            (WORKERS, f"must be 1 if {_WITHOUT_NANNY} is true: a nanny starts each worker"),
            (_WITHOUT_NANNY, f"must be false if {WORKERS} is {workers}"),
        )
    threads = _threads(options, workers)
    each = max(1, threads // workers)
    return JobSize(workers, threads, _memory(options, each, workers), options.value(GPUS) * workers)


def workers_per_job(options: BackendOptions) -> int:
    """Return the number of workers of each job."""
    return options.value(WORKERS) or 1


def resources_of_worker(
    options: BackendOptions, request: JobRequest, workers: int
) -> QueueWorkerResources:
    """Return the resources of each worker of a job that gets what `request` says."""
    memory, walltime = request.memory, request.walltime
    threads = max(1, request.threads // workers)
    return QueueWorkerResources.complete(
        number_of_threads=threads,
        number_of_gpus=request.gpus // workers,
        preferred_gpu_toolkit=options.value(f"{RESOURCES}.preferred-gpu-toolkit"),
        preferred_gpu_precision=options.value(f"{RESOURCES}.preferred-gpu-precision"),
        per_thread_memory_limit=None if memory is None else memory // workers // threads,
        wallclock_time_limit=None if walltime is None else hours_minutes_seconds(walltime),
    )


def _threads(options: BackendOptions, workers: int) -> int:
    option = options.resolve(THREADS)
    if not option.from_dask_jobqueue:
        return int(option.value or 1) * workers
    cores: int = options.value(THREADS)
    if cores < workers:
        raise conflict(
            options,
            (WORKERS, f"must be at most {cores}, the threads of a job ({option.key})"),
            (THREADS, f"must be at least {workers}, a thread for each of the {WORKERS}"),
        )
    return cores


def _memory(options: BackendOptions, threads: int, workers: int) -> int | None:
    """Return the bytes of the job."""
    option = options.resolve(MEMORY)
    if option.value is None:
        return None
    number = units.memory(option.value)
    memory = number if option.from_dask_jobqueue else number * threads * workers
    if memory // workers < LEAST_MEMORY:
        meant = units.with_unit(option.value)
        hint = f": did you mean '{meant}'?" if meant else ""
        shared = f" for {workers} workers" if workers > 1 else ""
        wrong = f"gives the job {memory} bytes{shared}, but a worker needs 32 MiB or more{hint}"
        raise options.error(MEMORY, wrong)
    return memory
