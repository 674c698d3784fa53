"""The client's side of the process that holds the nannies of a local cluster.

All nannies live in one process. multiprocessing would run the user's script again in each worker
that the client starts itself, and a nanny changes the environment of its process; this process has
neither a script nor an environment that others use. It leads a process group with the workers and
the processes that their tasks start, so all of them can be ended together.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle

from ...core.errors import BackendError
from ..python_process import start_python

#: Commands to the process: start a nanny (name, options), close one (name), close all and end.
START, CLOSE, STOP = "start", "close", "stop"
#: Answers of the process, each with a name and a reason, which may be empty; `LOST` stands for a
#: process that ended unasked.
STARTED, FAILED, CLOSED, ENDED, LOST = "started", "failed", "closed", "ended", "lost"


class NannyProcess:
    """The process that holds the nannies; it imports distributed and waits for `configure`.

    Parameters
    ----------
    environ : mapping
        Environment variables of the process.
    fork : bool
        Whether workers are forks of the process.
    """

    def __init__(self, environ: Mapping[str, str], fork: bool) -> None:
        module = "dask_backend_config.backends.local.nannies"
        self._popen, ours = start_python(
            module, os.getpid(), fork, environ=environ, start_new_session=True
        )
        self.channel = Connection(ours.detach())

    def configure(self, config: dict[str, Any], log_level: int | None) -> None:
        """Let the process wait for commands.

        Parameters
        ----------
        config : dict
            The client's dask configuration.
        log_level : int, optional
            The level from which distributed logs; None for the configured level.

        Raises
        ------
        BackendError
            If the configuration cannot be pickled.
        """
        try:
            message = cloudpickle.dumps((config, log_level))
        except Exception as error:
            what = "dask's configuration cannot be sent to workers"
            raise BackendError(f"{what}: {error}") from error
        with contextlib.suppress(OSError):  # if the process ended, the channel tells it
            self.channel.send_bytes(message)

    def send(self, *command: Any) -> None:
        """Send a command; if the process ended, the channel tells it."""
        with contextlib.suppress(OSError):
            self.channel.send(command)

    def kill(self) -> None:
        """Kill the process and its process group."""
        if self._popen.returncode is None:
            # The number of a group leader is not reused before the leader was waited for.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
        self.channel.close()
