"""Divide the threads of a worker among the tasks that it runs at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .options import BackendOptions
from .resources import THREADS, ComputeResources

if TYPE_CHECKING:
    from ..config.resolve import Resolution

TASKS = "tasks-per-worker"
#: Variables that a nanny sets before it starts its worker.
PRE_SPAWN_ENVIRON = "distributed.nanny.pre-spawn-environ"
#: distributed sets the first three, to 1. The libraries of the others do not read OMP_NUM_THREADS.
_LIMITS = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS",
    "OPENMM_CPU_THREADS", "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip

Resources = TypeVar("Resources", bound=ComputeResources)


def tasks_per_worker(options: BackendOptions, threads: int, granted_by: str | None = None) -> int:
    """Return the number of tasks that a worker runs at once.

    Parameters
    ----------
    options : BackendOptions
    threads : int
        The threads of a worker.
    granted_by : str, optional
        The option of a job script that sets them in place of ``number-of-threads``.

    Raises
    ------
    ConfigValueError
        If there are more tasks than threads.
    """
    tasks: int = options.value(TASKS) or threads
    if tasks > threads:
        option = options.resolve(THREADS)
        source = granted_by or option.key or f"argument {option.argument}"
        wrong = f"must be at most {threads}, the threads of a worker ({source})"
        raise options.error(TASKS, wrong)
    return tasks


def share_of_task(resources: Resources, tasks: int) -> Resources:
    """Return the resources of a worker with the threads of each of its tasks.

    All tasks have the same number of threads; a remainder is not used.
    """
    return resources.replace(number_of_threads=max(1, resources.number_of_threads // tasks))


def thread_limits(resolution: Resolution) -> list[str]:
    """Return OMP_NUM_THREADS and similar variables that the user's configuration does not set."""
    origins = {path[-1]: found.origin for path, found in resolution.by_path(PRE_SPAWN_ENVIRON)}
    return [name for name in _LIMITS if name not in origins or origins[name].kind == "default"]
