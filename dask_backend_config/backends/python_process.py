"""Start a Python process that runs a function of this package, connected by a socket."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from .multiprocessing_internals import interpreter_command

#: Uses only the standard library until it knows the caller's ``sys.path``.
_PROGRAM = """
import os, sys
if os.getpgrp() != os.getpid():
    os.setpgid(0, 0)
from importlib import import_module
from multiprocessing.connection import Connection
channel = Connection(int(sys.argv[1]))
sys.path[:], sys.argv[:], module, arguments = channel.recv()
import_module(module).serve(channel, *arguments)
"""


def start_python(
    module: str,
    *arguments: Any,
    environ: Mapping[str, str] | None = None,
    start_new_session: bool = False,
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a process that calls ``serve(channel, *arguments)`` of a module.

    The process leads its own process group. It has the caller's ``sys.path`` and ``sys.argv``, but
    does not run the caller's script. This function returns before the process is ready.

    Parameters
    ----------
    module : str
        Dotted name of the module.
    *arguments
        Arguments of its function ``serve`` after the channel; they must be picklable.
    environ : mapping, optional
        Environment variables of the process; by default those of the caller.
    start_new_session : bool, optional
        Whether the process also leads its own session.

    Returns
    -------
    tuple of subprocess.Popen and socket.socket
        The process, and the caller's end of ``channel``.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - this Python, our own program
            [*interpreter_command(), "-c", _PROGRAM, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=environ,
            start_new_session=start_new_session,
        )
    with Connection(os.dup(ours.fileno())) as channel, contextlib.suppress(OSError):
        channel.send((sys.path, sys.argv, module, arguments))
    return process, ours
