"""Undocumented parts of multiprocessing that this package uses."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing.context import BaseContext
from typing import Any

#: Priority of a finalizer that runs after all others.
_LAST = -1000
#: Bytes of a temporary folder in which multiprocessing's sockets have room: 107 of unix(7) without
#: ``/pymp-12345678/listener-12345678``.
_LONGEST_FOLDER = 74
_exits: Any = atexit
_clear = _exits._clear


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


def start_fork_server() -> BaseContext:
    """Start multiprocessing's fork server as a fork of this process, and return its context.

    Its children have all modules that this process has imported. multiprocessing would start a new
    Python instead, which takes longer and may find other modules on its ``sys.path``. Only for
    Linux, and for a process with a single thread.
    """
    from multiprocessing import forkserver, get_context, resource_tracker, util

    internals: Any = util
    start = internals.spawnv_passfds

    def fork(_path: object, args: Sequence[str], descriptors: Sequence[int]) -> int:
        internals.spawnv_passfds = start
        pid = os.fork()
        if not pid:
            program = args.index("-c") + 1  # arguments follow since Python 3.14.4
            sys.argv = ["-c", *args[program + 1 :]]
            _run(args[program], descriptors)
        return pid

    resource_tracker.ensure_running()
    _use_short_folder()
    internals.spawnv_passfds = fork
    forkserver.ensure_running()
    return get_context("forkserver")


def _use_short_folder() -> None:
    """Keep multiprocessing's sockets in a folder in /tmp if ``TMPDIR`` is too long for them."""
    from multiprocessing import util

    if len(os.fsencode(tempfile.gettempdir())) > _LONGEST_FOLDER:
        given, tempfile.tempdir = tempfile.tempdir, "/tmp"  # noqa: S108  a private folder in it
        util.get_temp_dir()  # this process keeps it
        tempfile.tempdir = given


def leave_fork_server() -> None:
    """Make this process like a new Python if it is a child of a fork server.

    A fork server that it starts will have its environment, functions registered with `atexit` run
    at its end, and numpy, which distributed imports, has random numbers of its own.
    """
    from multiprocessing import forkserver, util

    module: Any = forkserver
    server = module._forkserver
    if server._forkserver_alive_fd is not None:
        os.close(server._forkserver_alive_fd)
        server.__init__()
        _exits._clear = _clear
        if sys.version_info < (3, 13):  # later, multiprocessing runs them itself
            util.Finalize(None, _exits._run_exitfuncs, exitpriority=_LAST)
        if "numpy.random" in sys.modules:
            sys.modules["numpy.random"].seed()


def _run(program: str, descriptors: Sequence[int]) -> None:
    """Run a program as multiprocessing starts one, with no other open files, and exit."""
    try:
        _exits._clear = lambda: None  # since Python 3.13, its children forget what is registered
        kept = {0, 1, 2, *map(int, descriptors)}
        for descriptor in {*map(int, os.listdir("/proc/self/fd"))} - kept:
            with contextlib.suppress(OSError):  # the one of the folder itself
                os.close(descriptor)
        with contextlib.suppress(SystemExit):
            exec(program, {})  # noqa: S102 - multiprocessing's own program
    finally:
        os.kill(os.getpid(), signal.SIGKILL)  # nothing that this process registered runs twice
