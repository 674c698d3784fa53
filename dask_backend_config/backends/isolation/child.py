"""What the process of an isolated task runs: it takes tasks from its worker, one at a time."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import inspect
import io
import logging
import logging.handlers
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

import cloudpickle
import dask.config
import tblib

from ...core.errors import BackendError

#: How a child's messages begin; a pickled value follows: a result; a `Failure`; the argument of
#: ``sys.exit``; a ``logging.LogRecord``.
VALUE, ERROR, EXIT, RECORD = b"v", b"e", b"x", b"r"

_SET_PARENT_DEATH_SIGNAL, _SET_NAME = 1, 15
_PRCTL: Any = getattr(ctypes.CDLL(None), "prctl", None)  # on Linux only
_NO_WORKER = ("No worker found", "No global client found", "No workers found")


@dataclass(frozen=True)
class Setup:
    """What children begin with, all as it is in the worker.

    Attributes
    ----------
    environ : dict
    path : list of str
        ``sys.path``.
    folder : str
        The current folder.
    config : dict
        ``dask.config.config``.
    levels : dict
        Logger -> level; the root logger's name is empty.
    silenced : int
        What ``logging.disable`` was told.
    """

    environ: dict[str, str]
    path: list[str]
    folder: str
    config: dict[str, Any]
    levels: dict[str, int]
    silenced: int


@dataclass(frozen=True)
class Failure:
    """What a task raised.

    Attributes
    ----------
    error : Exception
        It, or a `BackendError` in its place where it cannot be sent.
    frames : dict, optional
        Its traceback, as tblib puts it.
    text : str
        The same as Python prints it.
    """

    error: Exception
    frames: dict[str, Any] | None
    text: str


def serve(connection: Connection) -> None:
    """Run tasks until the worker closes the connection.

    Parameters
    ----------
    connection : Connection
        Brings a message for each task: its key with the pickled function, and its arguments, each
        pickled.
    """
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)  # so that what a task starts ends with it
    _end_with_parent()
    faulthandler.enable()
    channel = _Channel(connection)
    try:
        logging.root.handlers[:] = [_Handler(channel)]
        while True:
            message = io.BytesIO(connection.recv_bytes())
            key, function = pickle.load(message)  # noqa: S301
            _name_process(key)
            channel.send(_outcome(key, function, message))
            del message
    except (EOFError, ConnectionError):  # the worker needs this process no more
        return


def loaded(message: bytes) -> Any:
    """The value that follows the kind in a message."""
    return pickle.loads(memoryview(message)[1:])  # noqa: S301 - from a worker or its own child


class _Channel:
    """Sends one thing after the other; threads of a task may log while it returns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, message: io.BytesIO) -> None:
        with self._lock:
            self._connection.send_bytes(message.getbuffer())


class _Handler(logging.handlers.QueueHandler):
    """Hands records to the worker, whose handlers know where they go."""

    def __init__(self, channel: _Channel) -> None:
        super().__init__(channel)  # type: ignore[arg-type]
        self._channel = channel

    def enqueue(self, record: logging.LogRecord) -> None:
        self._channel.send(_message(RECORD, record))


def _message(kind: bytes, value: Any) -> io.BytesIO:
    message = io.BytesIO()
    message.write(kind)
    cloudpickle.dump(value, message)
    return message


def _outcome(key: str, function: bytes, arguments: io.BytesIO) -> io.BytesIO:
    """Run a task; the message that says what became of it."""
    try:
        value = _call(function, arguments)
        try:
            message = _message(VALUE, value)
        except Exception as error:
            what = f"task {key}: its result, a {type(value).__name__}, cannot be pickled"
            raise BackendError(f"{what}: {error}") from error
    except SystemExit as error:
        message = _message(EXIT, _exit_argument(error.code))
    except BaseException as error:
        message = _failure(error, key)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # a task may have closed or replaced it
            stream.flush()
    return message


def _call(function: bytes, arguments: io.BytesIO) -> Any:
    args, kwargs = pickle.load(arguments)  # noqa: S301
    value = pickle.loads(function)(*args, **kwargs)  # noqa: S301
    if inspect.iscoroutine(value):
        import asyncio

        value = asyncio.run(value)
    return value


def _exit_argument(code: Any) -> int | str:
    if code is None:
        return 0
    return code if isinstance(code, int) else str(code)


def _failure(error: BaseException, key: str) -> io.BytesIO:
    """The message with a `Failure` that can be unpickled."""
    frames = error.__traceback__
    for _ in range(2):  # `_outcome` and `_call`
        frames = frames.tb_next if frames is not None else None
    text = "".join(traceback.format_exception(type(error), error, frames))
    found = tblib.Traceback(frames).to_dict() if frames is not None else None
    sent = error if isinstance(error, Exception) else None
    if type(error) is ValueError and str(error).startswith(_NO_WORKER):
        sent = BackendError(
            f"task {key} runs in a process of its own, where get_worker, get_client, worker_client "
            "and secede do not work",
            hint="use task_isolation='none' for such tasks",
        )
    if sent is not None:
        with contextlib.suppress(Exception):
            message = _message(ERROR, Failure(sent, found, text))
            loaded(message.getvalue())  # what cannot be read is found here, not in the worker
            return message
    why = "which would end a worker" if sent is None else "which cannot be pickled"
    words = ": ".join(filter(None, (type(error).__name__, _words(error))))
    replaced = BackendError(f"task {key} raised {words}, {why}")
    return _message(ERROR, Failure(replaced, found, text))


def _words(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())
    except Exception:
        return "(no words)"


def set_up(data: bytes | bytearray) -> None:
    """Make this process as a pickled `Setup` says.

    Raises
    ------
    Exception
        Where it cannot be unpickled here.
    """
    setup: Setup = pickle.loads(data)  # noqa: S301 - our own worker
    if os.environ != setup.environ:
        os.environ.clear()
        os.environ.update(setup.environ)
    sys.path[:] = setup.path
    with contextlib.suppress(OSError):
        os.chdir(setup.folder)
    dask.config.config.clear()
    dask.config.config.update(setup.config)
    for log in logging.root.manager.loggerDict.copy().values():
        if isinstance(log, logging.Logger):
            log.setLevel(logging.NOTSET)
    for name, level in setup.levels.items():
        logging.getLogger(name or None).setLevel(level)
    logging.disable(setup.silenced)


def _end_with_parent() -> None:
    """Have this process end with the one that forked it, which ends with the worker."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if _PRCTL is not None:
        _PRCTL(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent.pid:
            os.kill(os.getpid(), signal.SIGKILL)
    else:
        sentinel = parent.sentinel
        threading.Thread(target=_wait_for_end, args=(sentinel,), daemon=True).start()


def _wait_for_end(sentinel: int) -> None:
    wait([sentinel])
    os.killpg(0, signal.SIGKILL)


def _name_process(key: str) -> None:
    """Show the task in what ``ps`` and ``top`` call the command, 15 characters on Linux."""
    if _PRCTL is not None:
        _PRCTL(_SET_NAME, key.encode()[:15])
