"""The worker's side of isolated tasks: its fork server, and the processes that this forks."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn

import cloudpickle
import dask.config

from ...core.errors import BackendError
from ..python_process import start_python
from .child import EXIT, LOG_RECORD
from .fork_server import ENDED, KILL, MESSAGE, REJECTED, RETIRE, SET_STATE, START, STARTED
from .messages import Frames, WorkerEnd, pickled, unpickled

#: Seconds in which the server kills all children when the worker ends.
_CLOSE_LIMIT = 3.0
#: Seconds that a child may take to end after it closed its connection.
_END_LIMIT = 1.0
#: Seconds between two checks whether a running task is still wanted.
_CHECK_INTERVAL = 0.25


class ProcessEndedError(Exception):
    """A process ended before its task was done.

    Its argument is the exit code, negative for a signal; None if unknown.
    """


class ForkServer:
    """The process that forks the worker's children. It starts at once, and is ready later.

    Parameters
    ----------
    preload : sequence of str
        Modules that it imports, so that its children need not.
    """

    def __init__(self, preload: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._state = b""
        module = "dask_backend_config.backends.isolation.fork_server"
        self._popen, self._control = start_python(module, os.getpid(), list(preload))

    @property
    def alive(self) -> bool:
        """True if it has not ended."""
        return self._popen.poll() is None

    def fork(self, connection: Connection, status: Connection, state: bytes) -> int:
        """Request a child with two connections and a worker state; return its number."""
        number = next(self._numbers)
        # If the server ended, its children's connections tell it.
        with self._lock, contextlib.suppress(OSError):
            if state != self._state:
                self._control.sendall(MESSAGE.pack(SET_STATE, len(state)) + state)
                self._state = state
            descriptors = [connection.fileno(), status.fileno()]
            socket.send_fds(self._control, [MESSAGE.pack(START, number)], descriptors)
        return number

    def request(self, request: bytes, number: int) -> None:
        """Request `KILL` or `RETIRE` for a child; harmless if it has ended."""
        with self._lock, contextlib.suppress(OSError):
            self._control.sendall(MESSAGE.pack(request, number))

    def close(self) -> None:
        """Make it kill all children and end."""
        with self._lock:
            self._control.close()
        try:
            self._popen.wait(_CLOSE_LIMIT)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


class TaskProcess:
    """A child of a fork server, which runs one task after the other.

    Parameters
    ----------
    server : ForkServer
        The server that forks it.

    Attributes
    ----------
    tasks : int
        Number of tasks that it was given.
    pid : int, optional
        Its process id, once the server reported it.
    killed : bool
        Whether `kill` was called.
    timed_out : bool
        Whether it was killed because its task exceeded the time limit.
    finished : bool
        Whether it cannot run another task because it ended or was asked to exit.
    """

    def __init__(self, server: ForkServer) -> None:
        self._server = server
        self.tasks = 0
        self.pid: int | None = None
        self.killed = False
        self.timed_out = False
        self.finished = False
        connection, child_connection = Pipe()
        self._connection = WorkerEnd(connection)
        self._status, child_status = Pipe(duplex=False)
        with child_connection, child_status:
            self._number = server.fork(child_connection, child_status, _process_state())

    @property
    def idle(self) -> bool:
        """True if it is alive and can run a task."""
        try:
            while self._status.poll():
                self._read_status()
        except (ProcessEndedError, BackendError):
            return False
        return True

    def call(
        self, message: Frames, unwanted: Callable[[], bool], limit: float | None = None
    ) -> Frames:
        """Run a task to its end; pass its log records to the handlers of this process.

        Parameters
        ----------
        message : sequence of bytes or memoryview
            A task, as returned by `task_message`.
        unwanted : callable
            Returns True if the result is no longer needed; the process is then killed.
        limit : float, optional
            Seconds after which the process is killed, counted from its start or from this call,
            whichever is later.

        Returns
        -------
        list of memoryview
            ``RESULT``, ``ERROR`` or ``EXIT``, and the frames of the pickled value.

        Raises
        ------
        ProcessEndedError
            If the process ended first.
        BackendError
            If it could not be started.
        """
        self.tasks += 1
        with contextlib.suppress(OSError):  # if it has ended, its status tells why
            self._connection.send(message)
        began: float | None = None
        connection = self._connection.connection
        while True:
            if began is None and self.pid is not None:
                began = time.monotonic()
            left = _CHECK_INTERVAL
            if limit is not None and began is not None and not self.killed:
                left = min(left, max(0.0, began + limit - time.monotonic()))
            ready = wait([connection, self._status], left)
            if not ready and unwanted():
                self.kill()
            elif not ready and left <= 0:
                self.timed_out = True
                self.kill()
            elif connection in ready:
                try:
                    answer = self._connection.receive()
                except (EOFError, OSError):
                    self._raise_end()
                if answer is None:
                    continue
                if answer[0] != LOG_RECORD:
                    self.finished = answer[0] == EXIT
                    return answer
                _log(answer)
            elif ready:
                self._read_status()

    def kill(self) -> None:
        """Kill it and the processes that it started."""
        self.killed = True
        self._server.request(KILL, self._number)

    def retire(self) -> None:
        """Give it no more tasks, so that it ends by itself."""
        self._server.request(RETIRE, self._number)
        self._connection.connection.close()
        self._status.close()

    def _raise_end(self) -> NoReturn:
        """Raise how the process ended, after it closed its connection."""
        while True:
            if not self._status.poll(_END_LIMIT):
                self._server.request(KILL, self._number)
            self._read_status()

    def _read_status(self) -> None:
        """Read a status from the server.

        Raises
        ------
        ProcessEndedError, BackendError
            See `call`.
        """
        try:
            status, value = self._status.recv()
        except (EOFError, OSError):  # the server has ended
            self.finished = True
            if self.pid is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
            raise ProcessEndedError(None) from None
        if status == REJECTED:
            raise BackendError(f"a process for a task could not be started: {value}")
        if status == ENDED:
            self.finished = True
            self.pid = None  # the number may be reused
            raise ProcessEndedError(value)
        assert status == STARTED  # noqa: S101
        self.pid = value


def task_message(key: str, function: bytes, args: Any, kwargs: Any) -> Frames:
    """Return the message that makes a child run a task."""
    return [pickle.dumps((key, function)), *pickled((args, kwargs))]


def _process_state() -> bytes:
    """Return the present state of this process, pickled for its children.

    It consists of the environment variables, ``sys.path``, the working directory, dask's
    configuration, the levels of all loggers, and the level of ``logging.disable``.

    Raises
    ------
    BackendError
        If the configuration cannot be pickled.
    """
    try:
        folder = os.getcwd()
    except OSError:  # it was deleted
        folder = os.sep
    loggers = logging.root.manager.loggerDict.copy().items()
    levels = {name: level for name, log in loggers if (level := getattr(log, "level", 0))}
    levels[""] = logging.root.level
    disabled = logging.root.manager.disable
    state = (dict(os.environ), sys.path, folder, dask.config.config, levels, disabled)
    try:
        return bytes(cloudpickle.dumps(state))
    except Exception as error:
        message = f"dask's configuration cannot be sent to the process of a task: {error}"
        raise BackendError(message) from error


def _log(message: Frames) -> None:
    try:
        record = unpickled(message[1:])
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)
    except Exception:
        logging.getLogger(__name__).warning("a task's log record was lost", exc_info=True)
