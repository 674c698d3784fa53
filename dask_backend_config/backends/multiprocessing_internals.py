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
