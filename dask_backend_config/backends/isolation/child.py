"""The process of isolated tasks: it receives tasks from its worker and runs one at a time."""

from __future__ import annotations

import contextlib
import ctypes
import inspect
import logging
import logging.handlers
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from multiprocessing.connection import Connection, wait
from typing import Any

import dask.config
import tblib

from ...core.errors import BackendError
from ..distributed_internals import NO_WORKER_MESSAGES
from ..missing_modules import with_remedy
from .messages import Frames, TaskEnd, pickled, unpickled

#: First frame of a message to the worker. A pickled value follows: a result; an error, its
#: traceback in tblib's form or None, and the traceback as Python prints it; an exit code and the
#: message that ``sys.exit`` prints; a ``logging.LogRecord``.
RESULT, ERROR, EXIT, LOG_RECORD = b"v", b"e", b"x", b"r"

_SET_PARENT_DEATH_SIGNAL, _SET_NAME = 1, 15
_PRCTL: Any = getattr(ctypes.CDLL(None), "prctl", None)  # Linux only


def run_tasks(connection: Connection) -> None:
    """Run tasks until the worker closes the connection.

    Parameters
    ----------
    connection : Connection
        Receives a message for each task: a frame with its key and its pickled function, then the
        frames of its arguments.
    """
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)  # processes that a task starts are killed with this group
    _end_with_parent()
    worker = TaskEnd(connection)
    try:
        handler = logging.handlers.QueueHandler(_LogQueue(worker))  # type: ignore[arg-type]
        logging.root.handlers[:] = [handler]
        while True:
            first, *arguments = worker.receive()
            key, function = unpickled([first])
            _name_process(key)
            worker.send(_outcome(key, function, arguments))
            del first, arguments
    except (EOFError, ConnectionError):  # the worker closed the connection
        return


class _LogQueue:
    """The queue of a ``QueueHandler``: the handlers of the worker write the log records."""

    def __init__(self, worker: TaskEnd) -> None:
        self._worker = worker

    def put_nowait(self, record: logging.LogRecord) -> None:
        self._worker.send_inline([LOG_RECORD, *pickled(record)])


def _outcome(key: str, function: bytes, arguments: Frames) -> Frames:
    """Run a task, and return the message with its result or error."""
    try:
        value = _call(function, arguments)
        try:
            message: Frames = [RESULT, *pickled(value)]
        except Exception as error:
            what = f"its result, a {type(value).__name__}"
            raise BackendError(f"task {key}: cannot pickle {what}: {error}") from error
    except SystemExit as error:
        code = 0 if error.code is None else error.code
        message = [EXIT, *pickled((code, "") if isinstance(code, int) else (1, str(code)))]
    except BaseException as error:
        message = _failure(error, key)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # a task may have closed or replaced it
            stream.flush()
    return message


def _call(function: bytes, arguments: Frames) -> Any:
    try:
        args, kwargs = unpickled(arguments)
        call = pickle.loads(function)  # noqa: S301 - sent by the own worker
    except ModuleNotFoundError as error:
        raise with_remedy(error) from None
    value = call(*args, **kwargs)
    if inspect.iscoroutine(value):
        import asyncio

        value = asyncio.run(value)
    return value


def _failure(error: BaseException, key: str) -> Frames:
    """Return the message with an error that the worker can unpickle."""
    frames = error.__traceback__
    for _ in range(2):  # `_outcome` and `_call`
        frames = frames.tb_next if frames is not None else None
    text = "".join(traceback.format_exception(type(error), error, frames))
    found = tblib.Traceback(frames).to_dict() if frames is not None else None
    sent = error if isinstance(error, Exception) else None
    if type(error) is ValueError and str(error).startswith(NO_WORKER_MESSAGES):
        sent = BackendError(
            f"task {key} is isolated: get_worker, get_client, worker_client and secede do not work "
            "in its process",
            hint="Use task_isolation='none' for such tasks",
        )
    if sent is not None:
        with contextlib.suppress(Exception):
            message = pickled((sent, found, text))
            unpickled(message)  # an error appears here, not in the worker
            return [ERROR, *message]
    why = "which would end a worker" if sent is None else "which cannot be pickled"
    words = ": ".join(filter(None, (type(error).__name__, _words(error))))
    replaced = BackendError(f"task {key} raised {words}, {why}")
    return [ERROR, *pickled((replaced, found, text))]


def _words(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())
    except Exception:
        return "(its message cannot be shown)"


def apply_process_state(data: bytes | bytearray) -> None:
    """Give this process the state of its worker, as `client` pickled it.

    Raises
    ------
    Exception
        If it cannot be unpickled in this process.
    """
    environ, path, folder, config, levels, disabled = pickle.loads(data)  # noqa: S301 - our worker
    if os.environ != environ:
        os.environ.clear()
        os.environ.update(environ)
    sys.path[:] = path
    with contextlib.suppress(OSError):
        os.chdir(folder)
    dask.config.config.clear()
    dask.config.config.update(config)
    for log in logging.root.manager.loggerDict.copy().values():
        if isinstance(log, logging.Logger):
            log.setLevel(logging.NOTSET)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.disable(disabled)


def _end_with_parent() -> None:
    """Kill this process when the fork server ends, which ends with the worker."""
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
    """Show the task as the command in ``ps`` and ``top``; 15 characters on Linux."""
    if _PRCTL is not None:
        _PRCTL(_SET_NAME, key.encode()[:15])
