"""The processes of a worker's isolated tasks: run a task in one, and keep it for the next task."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import cloudpickle
import psutil
import tblib
from distributed import Reschedule, get_worker

from ...core.errors import BackendError, TaskProcessError, TaskTimeLimitError
from ..distributed_internals import is_cancelled, is_closing
from .child import ERROR, EXIT
from .client import ForkServer, ProcessEndedError, TaskProcess, task_message
from .messages import Frames, unpickled
from .options import IsolationOptions
from .task_details import with_details

#: Name of the worker plugin whose attribute `pool` is the worker's `TaskProcessPool`.
PLUGIN = "dask-backend-config-isolation"
#: Exit codes of a process after the signals with which batch schedulers end jobs.
_ENDS_OF_JOBS = (-signal.SIGTERM, -signal.SIGINT)
#: Seconds in which a worker that received the same signal as its child starts to close.
_CLOSING_LIMIT = 0.3
_UNWANTED = "the task was cancelled, or its worker closes"


class RemoteTraceback(Exception):  # noqa: N818 - it is the cause of an error, not an error
    """The traceback of a task's error as its process would print it, set as the error's cause."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


class IsolatedFunction:
    """Calls a function in another process of the worker that runs the task.

    The function is sent as bytes that only this process unpickles, so importing its module cannot
    harm the worker.

    Parameters
    ----------
    function : callable
        The function of the task.
    options : IsolationOptions
        How the task is isolated.
    time_limit : float, optional
        Seconds after which the process is killed.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        options: IsolationOptions,
        time_limit: float | None = None,
    ) -> None:
        from dask.utils import funcname

        self.__name__ = funcname(function)  # for dask's dashboard
        self._function = cloudpickle.dumps(function)
        self._options = options
        self._time_limit = time_limit

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, and return its result.

        Raises
        ------
        TaskProcessError
            If the process ended before the function returned.
        TaskTimeLimitError
            If it was killed because the function took too long.
        BackendError
            If no process could be started, or the arguments, the result or the error cannot be
            pickled.
        """
        worker = get_worker()
        key = worker.get_current_task()
        try:
            message = task_message(str(key), self._function, args, kwargs)
        except Exception as error:
            raise BackendError(f"task {key}: cannot pickle an argument: {error}") from error
        plugin: Any = worker.plugins[PLUGIN]
        try:
            return plugin.pool.run(key, message, self._options, self._time_limit)
        except TaskProcessError as error:
            job, log = plugin.place(worker)
            raise with_details(error, args, kwargs, job, log) from None

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return (type(self).__name__, self._function)


class TaskProcessPool:
    """The processes of one worker, one for each task that runs at the same time.

    Parameters
    ----------
    worker : distributed.Worker
    preload : sequence of str
        Modules that the fork server imports.
    """

    def __init__(self, worker: Any, preload: Sequence[str]) -> None:
        self._worker = worker
        self._preload = preload
        self._lock = threading.Lock()
        self._idle: dict[IsolationOptions, list[TaskProcess]] = {}
        self._running: dict[Any, TaskProcess] = {}
        self._closed = False
        self._server: ForkServer | None = None

    def run(
        self,
        key: Any,
        message: Frames,
        options: IsolationOptions,
        time_limit: float | None = None,
    ) -> Any:
        """Run a task, and return or raise what its function does.

        Raises
        ------
        TaskProcessError, BackendError
            See `IsolatedFunction.__call__`.
        distributed.Reschedule
            If the task was cancelled or the worker closes; the result is then not needed.
        """
        process = self._take(key, options)
        try:
            # A worker that closes first waits for its tasks, and only then tears down its plugins.
            answer = process.call(
                message, lambda: self._is_closing() or is_cancelled(self._worker, key), time_limit
            )
        except ProcessEndedError as ended:
            (code,) = ended.args
            if not process.killed and code in _ENDS_OF_JOBS:
                self._wait_for_close()
            if process.timed_out and not self._is_closing():
                what = f"took longer than its time limit of {time_limit:g} s"
                raise TaskTimeLimitError(f"task {key} {what} {self._where}") from None
            self._raise_if_unwanted(process)
            raise self._error(key, code) from None
        finally:
            self._put_back(key, process, options)
        self._raise_if_unwanted(process)
        kind, value = answer[0], _value(str(key), answer[1:])
        if kind == EXIT:
            raise self._error(key, *value)
        if kind == ERROR:
            raise _with_traceback(*value)
        return value

    def kill(self, key: Any) -> None:
        """Kill the process that runs a task; harmless if there is none."""
        with self._lock:
            if key in self._running:
                self._running[key].kill()

    def close(self) -> None:
        """End all processes; the results of running tasks are not needed."""
        with self._lock:
            self._closed = True
            for process in self._running.values():
                process.killed = True
        if self._server is not None:
            self._server.close()

    def live_server(self) -> ForkServer:
        """Return the fork server; it is started if it does not run."""
        if self._closed:
            raise Reschedule(_UNWANTED)
        if self._server is not None and not self._server.alive:
            self._server.close()
            self._server = None
        self._server = self._server or ForkServer(self._preload)
        return self._server

    def _take(self, key: Any, options: IsolationOptions) -> TaskProcess:
        """Return an idle process, or a new one; from now on, `kill` finds it."""
        with self._lock:
            process, server = self._idle_process(options), self.live_server()
        process = process or TaskProcess(server)  # without the lock: the server may still start
        with self._lock:
            self._running[key] = process
        return process

    def _idle_process(self, options: IsolationOptions) -> TaskProcess | None:
        idle = self._idle.get(options, [])
        while idle:
            process = idle.pop()
            if process.idle:
                return process
            process.retire()
        return None

    def _put_back(self, key: Any, process: TaskProcess, options: IsolationOptions) -> None:
        """Keep a process for the next task unless it reached its task or memory limit."""
        with self._lock:
            del self._running[key]
            ends = process.killed or process.finished or self._closed
            if not ends and not _reached_limit(process, options):
                self._idle.setdefault(options, []).append(process)
                return
        process.retire()

    def _wait_for_close(self) -> None:
        """Wait briefly in case the signal that ended a process ends the worker, too.

        A batch scheduler sends its signal to all processes of a job.
        """
        deadline = time.monotonic() + _CLOSING_LIMIT
        while time.monotonic() < deadline and not self._is_closing():
            time.sleep(_CLOSING_LIMIT / 10)

    @property
    def _where(self) -> str:
        return f"on worker {self._worker.address}"

    def _is_closing(self) -> bool:
        return self._closed or is_closing(self._worker)

    def _raise_if_unwanted(self, process: TaskProcess) -> None:
        if process.killed or self._is_closing():
            raise Reschedule(_UNWANTED)

    def _error(self, key: Any, code: int | None, output: str = "") -> TaskProcessError:
        hint = "Linux does this when memory runs out" if code == -signal.SIGKILL else None
        where = self._where
        if code is None:
            what = "was lost"
        elif code < 0:
            what = f"was killed by {_signal_name(-code)}"
        else:
            what = f"exited with code {code}" + (f" and the message {output!r}" if output else "")
        return TaskProcessError(f"task {key}: its process {what} {where}", hint=hint)


def _reached_limit(process: TaskProcess, options: IsolationOptions) -> bool:
    if options.fresh or 0 < options.tasks_per_process <= process.tasks:
        return True
    if process.pid is not None and options.memory_limit:
        with contextlib.suppress(psutil.Error):  # it just ended; the next task notices it
            return bool(psutil.Process(process.pid).memory_info().rss > options.memory_limit)
    return False


def _value(key: str, answer: Frames) -> Any:
    try:
        return unpickled(answer)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise BackendError(f"task {key}: cannot unpickle its result or error: {reason}") from error


def _with_traceback(error: Exception, frames: dict[str, Any] | None, text: str) -> Exception:
    """Return the error of a task with the traceback of its process appended to this one's."""
    if frames is not None:
        error = error.with_traceback(tblib.Traceback.from_dict(frames).as_traceback())
    error.__cause__ = RemoteTraceback(text)
    return error


def _signal_name(number: int) -> str:
    names = {known.value: known.name for known in signal.Signals}
    return names.get(number, f"signal {number}")  # real-time signals have no names
