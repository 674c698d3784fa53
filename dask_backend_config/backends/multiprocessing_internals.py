"""Undocumented parts of multiprocessing that this package uses."""

from __future__ import annotations


def interpreter_command() -> list[str]:
    """Return the command that starts a Python like this one: executable and options.

    Examples
    --------
    >>> interpreter_command()[0] == __import__("sys").executable
    True
    """
    from multiprocessing import spawn, util

    return [spawn.get_executable(), *util._args_from_interpreter_flags()]  # type: ignore[attr-defined]


def remove_semaphores() -> None:
    """Remove the names of this process's semaphores from the system, as at its exit.

    The process that would remove them after it was killed may be killed, too.
    """
    from multiprocessing import util

    util._run_finalizers(0)  # type: ignore[attr-defined]
