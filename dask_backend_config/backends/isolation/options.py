"""Options of task isolation."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...core import units
from ..options import BackendOptions

FRESH, NONE = "fresh", "none"
#: Why a time limit is refused.
NEEDS_ISOLATION = "a task can only be ended if task-isolation is process or fresh"


@dataclass(frozen=True)
class IsolationOptions:
    """The options for isolated tasks.

    Attributes
    ----------
    fresh : bool
        Whether each task has a new process.
    tasks_per_process : int
        Tasks after which a process is replaced; 0 for no limit.
    memory_limit : int
        Bytes; a process that uses more memory after a task is replaced. 0 for no limit.
    preload : tuple of str
        Modules that are imported before a process is forked.
    time_limit : float, optional
        Seconds that a task may take. Tasks with different limits share processes.
    """

    fresh: bool = False
    tasks_per_process: int = 0
    memory_limit: int = 0
    preload: tuple[str, ...] = ()
    time_limit: float | None = field(default=None, compare=False)


def isolation_options(settings: BackendOptions) -> IsolationOptions | None:
    """Return the configured options, or None if tasks run in the worker process.

    Raises
    ------
    ConfigValueError
        If a value is invalid.
    """
    kind = settings.value("task-isolation")
    memory = settings.value("isolated-process-memory-limit")
    options = IsolationOptions(
        kind == FRESH,
        settings.value("isolated-tasks-per-process"),
        0 if memory is None else units.memory(memory),
        tuple(settings.value("isolation-preload")),
        _time_limit(settings),
    )
    return None if kind == NONE else options


def _time_limit(settings: BackendOptions) -> float | None:
    """Return `IsolationOptions.time_limit`."""
    limit = settings.value("task-time-limit")
    if limit is None:
        return None
    if settings.value("task-isolation") == NONE:
        raise settings.error("task-time-limit", NEEDS_ISOLATION)
    return units.duration(limit)
