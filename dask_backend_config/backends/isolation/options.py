"""How tasks are isolated, as configured."""

from __future__ import annotations

from dataclasses import dataclass

from ...core import units
from ..options import BackendOptions

FRESH, NONE = "fresh", "none"


@dataclass(frozen=True)
class IsolationOptions:
    """How tasks are isolated.

    Attributes
    ----------
    fresh : bool
        A new process for each task, rather than one that is kept for the next.
    tasks_per_process : int
        Tasks after which a process is replaced; 0 for no limit.
    memory_limit : int
        Bytes of memory; a process that has more after a task is replaced. 0 for no limit.
    preload : tuple of str
        Modules that each process has from its start.
    """

    fresh: bool = False
    tasks_per_process: int = 0
    memory_limit: int = 0
    preload: tuple[str, ...] = ()


def isolation_options(settings: BackendOptions) -> IsolationOptions | None:
    """What `settings` say, None where tasks run in the worker's own process.

    Raises
    ------
    ConfigValueError
        Where a value cannot be meant.
    """
    memory = settings.value("isolated-process-memory-limit")
    options = IsolationOptions(
        settings.value("task-isolation") == FRESH,
        settings.value("isolated-tasks-per-process"),
        0 if memory is None else units.memory(memory),
        tuple(settings.value("isolation-preload")),
    )
    return None if settings.value("task-isolation") == NONE else options
