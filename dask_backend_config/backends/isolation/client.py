"""A worker's side of the processes of its tasks: the fork server, and one child of it."""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing import Pipe, spawn, util
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn

import cloudpickle
import dask.config

from ...core.errors import BackendError
from .child import EXIT, RECORD, Setup, loaded
from .fork_server import ENDED, KILL, MESSAGE, REFUSED, RETIRE, SETUP, START, STARTED

#: Runs before anything but the standard library can be imported; its own process group first.
_PROGRAM = """
import os, sys
os.setpgid(0, 0)
from multiprocessing.connection import Connection
channel = Connection(int(sys.argv[1]))
worker, sys.path[:], sys.argv[:], preload = channel.recv()
from dask_backend_config.backends.isolation.fork_server import serve
serve(channel, worker, preload)
"""
#: Seconds that the server has to kill all children when the worker ends.
_CLOSE_LIMIT = 3.0
#: Seconds in which a child that closed its connection has to end.
_END_LIMIT = 1.0
#: Seconds between two looks at whether a task that runs is still wanted.
_LOOK_INTERVAL = 0.25


class Lost(Exception):  # noqa: N818 - control flow within this family, no error of a user's
    """A child ended before its task did.

    Parameters
    ----------
    code : int, optional
        Its exit code, negative for a signal; None where nobody knows.
    """

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class ForkServer:
    """The process that forks a worker's children; it starts at once and is ready later.

    Parameters
    ----------
    preload : sequence of str
        Modules that it imports, so that each child has them.
    """

    def __init__(self, preload: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._setup = b""
        self._control, theirs = socket.socketpair()
        flags = util._args_from_interpreter_flags()  # type: ignore[attr-defined]
        with theirs:
            self._popen = subprocess.Popen(  # noqa: S603 - this Python, our own program
                [spawn.get_executable(), *flags, "-c", _PROGRAM, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        channel = Connection(os.dup(self._control.fileno()))
        with channel, contextlib.suppress(OSError):
            channel.send((os.getpid(), sys.path, sys.argv, list(preload)))

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._popen.poll() is None

    def fork(self, connection: Connection, status: Connection, setup: bytes) -> int:
        """Ask for a child that gets these; the number that stands for it here."""
        number = next(self._numbers)
        with self._lock, contextlib.suppress(OSError):  # its end shows in the children's pipes
            if setup != self._setup:
                self._control.sendall(MESSAGE.pack(SETUP, len(setup)) + setup)
                self._setup = setup
            descriptors = [connection.fileno(), status.fileno()]
            socket.send_fds(self._control, [MESSAGE.pack(START, number)], descriptors)
        return number

    def kill(self, number: int) -> None:
        """Kill a child and what it started; harmless where it has ended."""
        self._send(KILL, number)

    def retire(self, number: int) -> None:
        """Kill a child that has not ended by itself in some seconds."""
        self._send(RETIRE, number)

    def close(self) -> None:
        """Have it kill all children, and end."""
        with self._lock:
            self._control.close()
        try:
            self._popen.wait(_CLOSE_LIMIT)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    def _send(self, what: bytes, number: int) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._control.sendall(MESSAGE.pack(what, number))


class Child:
    """A process that runs one task after the other.

    Parameters
    ----------
    server : ForkServer
        Forks it.

    Attributes
    ----------
    tasks : int
        How many it was given.
    pid : int, optional
        None until the server has said it.
    killed : bool
        Whether `kill` was called.
    """

    def __init__(self, server: ForkServer) -> None:
        self._server = server
        self.tasks = 0
        self.pid: int | None = None
        self.killed = False
        self._finished = False
        self._connection, theirs = Pipe()
        self._status, told = Pipe(duplex=False)
        with theirs, told:
            self._number = server.fork(theirs, told, _setup())

    @property
    def reusable(self) -> bool:
        """Whether it may get another task, as far as is known without a look at the process."""
        return not self.killed and not self._finished

    @property
    def idle(self) -> bool:
        """Whether it lives and can take a task."""
        try:
            return not self._status.poll() or self._status_says_started()
        except (Lost, BackendError):
            return False

    def call(self, message: memoryview, unwanted: Callable[[], bool]) -> bytes:
        """Run a task to its end, and hand the records of its log to this process's handlers.

        Parameters
        ----------
        message : memoryview
            What the child is sent, see `task_message`.
        unwanted : callable
            Asked now and then whether to kill the child, since nobody waits for the task any more.

        Returns
        -------
        bytes
            ``VALUE``, ``ERROR`` or ``EXIT``, and what it is, pickled.

        Raises
        ------
        Lost
            Where the process ended before.
        BackendError
            Where it could not be started.
        """
        self.tasks += 1
        with contextlib.suppress(OSError):  # where it is gone, its status says more
            self._connection.send_bytes(message)
        while True:
            ready = wait([self._connection, self._status], _LOOK_INTERVAL)
            if not ready and unwanted():
                self.kill()
            elif self._connection in ready:
                try:
                    answer = self._connection.recv_bytes()
                except (EOFError, OSError):
                    self._raise_end()
                if answer[:1] != RECORD:
                    self._finished = answer[:1] == EXIT
                    return answer
                _log(answer)
            elif ready:
                self._status_says_started()

    def kill(self) -> None:
        """End it and what it started at once."""
        self.killed = True
        self._server.kill(self._number)

    def retire(self) -> None:
        """Let it end by itself; it gets no more tasks."""
        self._server.retire(self._number)
        self._connection.close()
        self._status.close()

    def _raise_end(self) -> NoReturn:
        """Raise what became of a child whose connection is closed."""
        while True:
            if not self._status.poll(_END_LIMIT):
                self._server.kill(self._number)
            self._status_says_started()

    def _status_says_started(self) -> bool:
        """Take what the server says of the child; True unless there is none any more.

        Raises
        ------
        Lost, BackendError
            As `call`.
        """
        try:
            what, value = self._status.recv()
        except (EOFError, OSError):
            self._finished = True
            self._kill_without_server()
            raise Lost(None) from None
        if what == REFUSED:
            raise BackendError(f"a process for a task could not be started: {value}")
        if what == ENDED:
            self._finished = True
            self.pid = None  # another process may get the number
            raise Lost(value)
        assert what == STARTED  # noqa: S101
        self.pid = value
        return True

    def _kill_without_server(self) -> None:
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)


def task_message(key: str, function: bytes, args: Any, kwargs: Any) -> memoryview:
    """What a child is sent to run a task."""
    message = io.BytesIO()
    pickle.dump((key, function), message)
    cloudpickle.dump((args, kwargs), message)
    return message.getbuffer()


def _setup() -> bytes:
    """What a child is told of this process as it is now.

    Raises
    ------
    BackendError
        Where the configuration holds what cannot be sent.
    """
    loggers = logging.root.manager.loggerDict.copy().items()
    levels = {name: log.level for name, log in loggers if isinstance(log, logging.Logger)}
    setup = Setup(
        environ=dict(os.environ),
        path=list(sys.path),
        folder=_folder(),
        config=dask.config.config,
        levels={"": logging.root.level} | {name: lev for name, lev in levels.items() if lev},
        silenced=logging.root.manager.disable,
    )
    try:
        data: bytes = cloudpickle.dumps(setup)
    except Exception as error:
        what = "dask's configuration cannot be sent to the process of a task"
        raise BackendError(f"{what}: {error}") from error
    return data


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return os.sep


def _log(message: bytes) -> None:
    try:
        record = loaded(message)
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)
    except Exception:
        logging.getLogger(__name__).warning("A task's log record was lost", exc_info=True)
