"""Read and check the options of a local backend."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...core import units
from ...core.strings import count
from ...schedulers.allocation import Allocation
from ..connections import ConnectionOptions, connection_options
from ..gpus import VisibleGPUs
from ..isolation.options import IsolationOptions, isolation_options
from ..options import BackendOptions
from ..resources import GPUS, THREADS, ComputeResources
from ..task_threads import tasks_per_worker

_DASK_FOLDER = "temporary-directory"


@dataclass(frozen=True)
class LocalOptions:
    """Options of a local backend.

    Attributes
    ----------
    name : str
        Name of the cluster.
    prefix : str
        The names of the workers begin with it.
    number_of_workers : int
    gpus : VisibleGPUs
        The GPUs to divide among the workers.
    resources : ComputeResources
    tasks : int
        Tasks that each worker runs at once.
    job : Allocation, optional
        The share of the job that the backend is in.
    memory_limit : int, optional
        Bytes of each worker; 0 for no limit.
    local_directory, log_directory : str, optional
    connections : ConnectionOptions
    allowed_failures : int, optional
    start_timeout : float
        Seconds.
    isolation : IsolationOptions, optional
    """

    name: str
    prefix: str
    number_of_workers: int
    gpus: VisibleGPUs
    resources: ComputeResources
    tasks: int
    job: Allocation | None
    memory_limit: int | None
    local_directory: str | None
    log_directory: str | None
    connections: ConnectionOptions
    allowed_failures: int | None
    start_timeout: float
    isolation: IsolationOptions | None

    @property
    def threads(self) -> int:
        """Threads of all workers."""
        return self.number_of_workers * (self.resources.number_of_threads or 1)

    @property
    def number_of_gpus(self) -> int:
        """GPUs of all workers."""
        return self.number_of_workers * (self.resources.number_of_gpus or 0)


def local_groups(
    groups: Mapping[str, BackendOptions],
    cores: int | None,
    visible_gpus: Callable[[], VisibleGPUs | None],
    job: Allocation | None,
) -> dict[str, LocalOptions]:
    """Return the options of each group; the groups share the CPUs and GPUs.

    Parameters
    ----------
    groups : mapping
        The options of each group by its name.
    cores, visible_gpus, job
        As for `local_options`.

    Raises
    ------
    ConfigValueError
        If a value is invalid, or the workers need more threads or GPUs than there are.
    """
    found: dict[str, LocalOptions] = {}
    for name, options in groups.items():
        found[name] = local_options(options, cores, visible_gpus, job, list(found.values()))
    return found


def local_options(
    options: BackendOptions,
    cores: int | None,
    visible_gpus: Callable[[], VisibleGPUs | None],
    job: Allocation | None,
    others: Sequence[LocalOptions] = (),
) -> LocalOptions:
    """Return the options of the backend.

    Parameters
    ----------
    options : BackendOptions
    cores : int, optional
        The CPUs of this machine, None if they are unknown.
    visible_gpus : callable
        Return the GPUs of this machine, None if they are unknown; called if a worker needs one.
    job : Allocation, optional
        The share of the job that the backend is in.
    others : sequence of LocalOptions, optional
        Other groups, whose workers take their threads and GPUs first.

    Raises
    ------
    ConfigValueError
        If a value is invalid, or the workers need more threads or GPUs than there are.
    """
    resources = options.resources(ComputeResources)
    gpus = visible_gpus() if resources.number_of_gpus else VisibleGPUs(())
    if cores is not None and job is not None and job.cpus is not None:
        cores = min(cores, job.cpus)
    number = _number_of_workers(options, resources, cores, gpus, others)
    memory = options.value("memory-limit")
    folder = options.value("local-directory") or _scratch(options, job)
    name = options.value("name")
    return LocalOptions(
        name=name or options.owner,
        prefix=name or "local",
        number_of_workers=number,
        gpus=gpus or VisibleGPUs(()),
        resources=resources,
        tasks=tasks_per_worker(options, resources.number_of_threads or 1),
        job=job,
        memory_limit=None if memory is None else units.memory(memory),
        local_directory=folder and os.path.expandvars(os.path.expanduser(folder)),
        log_directory=options.folder("log-directory"),
        connections=connection_options(options),
        allowed_failures=options.value("allowed-failures"),
        start_timeout=units.duration(options.value("start-timeout")),
        isolation=isolation_options(options),
    )


def _scratch(options: BackendOptions, job: Allocation | None) -> str | None:
    """Return the own folder of a job, unless the user chose another one for all of dask."""
    folder = None if job is None else job.scratch
    if not folder or options.config.is_set_by_user(_DASK_FOLDER):
        return None
    return folder if os.path.isdir(folder) and os.access(folder, os.W_OK) else None


def _number_of_workers(
    options: BackendOptions,
    resources: ComputeResources,
    cores: int | None,
    gpus: VisibleGPUs | None,
    others: Sequence[LocalOptions],
) -> int:
    threads, each = resources.number_of_threads or 1, resources.number_of_gpus or 0
    taken_threads = sum(group.threads for group in others)
    taken_gpus = sum(group.number_of_gpus for group in others)
    by_cores = 1 if cores is None else (cores - taken_threads) // threads
    visible = len(gpus.names) - taken_gpus if gpus is not None else 0
    by_gpus = visible // each if each and gpus is not None else by_cores
    workers: int = options.value("number-of-workers") or max(1, min(by_cores, by_gpus))
    if gpus is not None and each * workers > visible:
        raise options.error(GPUS, _too_many(workers, each, "GPU", visible))
    allowed = options.value("allow-more-threads-than-cores")
    needed = workers * threads + taken_threads
    if threads > 1 and not allowed and cores is not None and needed > cores:
        wrong = _too_many(workers, threads, "CPU", max(0, cores - taken_threads))
        wrong += "; set allow-more-threads-than-cores to true to permit it"
        raise options.error(THREADS, wrong)
    return workers


def _too_many(workers: int, each: int, noun: str, available: int) -> str:
    need = "one worker needs" if workers == 1 else f"{workers} workers need"
    return f"{need} {count(workers * each, noun)}, but {available} are available"
