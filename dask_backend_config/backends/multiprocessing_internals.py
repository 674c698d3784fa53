"""Undocumented parts of multiprocessing that this package uses."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from multiprocessing.context import BaseContext
from typing import Any


def interpreter_command() -> list[str]:
    """Return the command that starts a Python like this one: executable and options.

    Examples
    --------
    >>> interpreter_command()[0] == __import__("sys").executable
    True
    """
    from multiprocessing import spawn, util

    return [spawn.get_executable(), *util._args_from_interpreter_flags()]  # type: ignore[attr-defined]


def start_fork_server() -> BaseContext:
    """Start multiprocessing's fork server as a fork of this process, and return its context.

    Its children have all modules that this process has imported. multiprocessing would start a new
    Python instead, which takes longer and may find other modules on its ``sys.path``. Only for
    Linux, and for a process with a single thread.
    """
    from multiprocessing import forkserver, get_context, util

    internals: Any = util
    start, internals.spawnv_passfds = internals.spawnv_passfds, _fork
    try:
        forkserver.ensure_running()
    finally:
        internals.spawnv_passfds = start
    return get_context("forkserver")


def _fork(_path: object, args: Sequence[str], descriptors: Sequence[int]) -> int:
    """Run the program ``-c`` of `args` in a fork that has only some of the open files."""
    pid = os.fork()
    if pid:
        return pid
    try:
        kept = {0, 1, 2, *map(int, descriptors)}
        for descriptor in {*map(int, os.listdir("/proc/self/fd"))} - kept:
            with contextlib.suppress(OSError):  # the one of the folder itself
                os.close(descriptor)
        with contextlib.suppress(SystemExit):
            exec(args[-1], {})  # noqa: S102 - multiprocessing's own program
    finally:
        os._exit(0)
