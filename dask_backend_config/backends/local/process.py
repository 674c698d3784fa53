"""The process that holds the nannies of a local cluster, as the client holds it.

All nannies live in one process of their own. multiprocessing would run the user's script again in
each worker that the client itself spawned, and a nanny changes the environment of its process; this
process has neither a script nor an environment that anybody else uses. It leads a process group
with the workers and whatever their tasks start, which ends as a whole.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import Pipe, spawn, util
from typing import Any

import cloudpickle

from ...core.errors import BackendError

#: What goes to and fro: `STOP` to the process; pairs of one of the others and a reason from it.
STOP = "stop"
READY, FAILED, ENDED, LOST = "ready", "failed", "ended", "lost"

#: Runs before anything but the standard library can be imported, as the client's path says where
#: to find the rest.
_PROGRAM = """
import sys
from multiprocessing.connection import Connection
channel = Connection(int(sys.argv[1]))
sys.path[:], sys.argv[:] = channel.recv()
from dask_backend_config.backends.local.nannies import serve
serve(channel)
"""


@dataclass(frozen=True)
class Start:
    """What the process is told: the client's process and configuration, and whom to start.

    `nannies` holds the keywords of each ``distributed.Nanny``; `log_level` is None for what the
    configuration says.
    """

    client: int
    config: dict[str, Any]
    scheduler: str
    nannies: list[dict[str, Any]]
    log_level: int | None


class NannyProcess:
    """Starts the process; it imports distributed and then waits for `begin`.

    Parameters
    ----------
    environ : mapping
        The process's environment.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.channel, theirs = Pipe()
        flags = util._args_from_interpreter_flags()  # type: ignore[attr-defined]
        with theirs:
            self._popen = subprocess.Popen(  # noqa: S603 - this Python, our own program
                [spawn.get_executable(), *flags, "-c", _PROGRAM, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=dict(environ),
                start_new_session=True,
            )
        self._send((sys.path, sys.argv))

    def begin(self, start: Start) -> None:
        """Have it start the nannies.

        Raises
        ------
        BackendError
            Where the configuration holds what cannot be sent to another process.
        """
        try:
            message = cloudpickle.dumps(start)
        except Exception as error:
            raise BackendError(
                f"dask's configuration cannot be sent to workers: {error}"
            ) from error
        with contextlib.suppress(OSError):  # where it is gone, the channel's end says so
            self.channel.send_bytes(message)

    def stop(self) -> None:
        """Ask it to close the nannies and to end."""
        self._send(STOP)

    def kill(self) -> None:
        """End what is left of it and of its process group."""
        if self._popen.returncode is None:
            # Only a leader that nobody has waited for keeps its number from being given away.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
        self.channel.close()

    def _send(self, message: Any) -> None:
        with contextlib.suppress(OSError):
            self.channel.send(message)
