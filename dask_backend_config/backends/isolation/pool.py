"""Runs a task in a process of its own: the part that a worker's thread runs."""

from __future__ import annotations

import signal
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import cloudpickle
import tblib

from ...core.errors import BackendError, TaskProcessError
from .child import ERROR, EXIT, Failure, loaded
from .client import Child, ForkServer, Lost, task_message
from .options import IsolationOptions

#: A worker whose status is one of these ends, whatever its tasks do.
_ENDING = ("closing", "closed", "failed", "stopping")
#: Seconds in which a worker that was sent the signal of its child shows that it closes.
_CLOSING_LIMIT = 0.3


class RemoteTraceback(Exception):  # noqa: N818 - it is the cause of one
    """The traceback of a task's error as its own process would print it; that error's cause."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'


class Isolated:
    """Calls a function in a process of its own, on the worker that this is sent to.

    The function travels as bytes that only that process reads, so that also what its module does
    when it is imported cannot harm the worker.

    Parameters
    ----------
    function : callable
    options : IsolationOptions
    """

    def __init__(self, function: Callable[..., Any], options: IsolationOptions) -> None:
        from dask.utils import funcname

        self.__name__ = funcname(function)  # what dask's dashboard shows
        self._function = cloudpickle.dumps(function)
        self._options = options

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function.

        Raises
        ------
        TaskProcessError
            Where the process ended before the function returned.
        BackendError
            Where there is no process, or argument, result or error cannot be sent.
        """
        from distributed import get_worker

        worker = get_worker()
        key = worker.get_current_task()
        try:
            message = task_message(str(key), self._function, args, kwargs)
        except Exception as error:
            raise BackendError(f"task {key}: an argument cannot be pickled: {error}") from error
        processes = TaskProcesses.of(worker, self._options)
        return processes.run(key, message, self._options)

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return (type(self).__name__, self._function)


class TaskProcesses:
    """The processes of one worker: as many as run tasks at the same time.

    Parameters
    ----------
    worker : distributed.Worker
    options : IsolationOptions
        Of these the modules to preload.
    """

    _all: ClassVar[weakref.WeakKeyDictionary[Any, TaskProcesses]] = weakref.WeakKeyDictionary()
    _all_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, worker: Any, options: IsolationOptions) -> None:
        self._worker = weakref.ref(worker)
        self._preload = options.preload
        self._lock = threading.Lock()
        self._idle: dict[IsolationOptions, list[Child]] = {}
        self._running: dict[Any, Child] = {}
        self._closed = False
        self._server = ForkServer(self._preload)

    @classmethod
    def of(cls, worker: Any, options: IsolationOptions) -> TaskProcesses:
        """Those of `worker`; the first to ask has their server started."""
        with cls._all_lock:
            found = cls._all.get(worker)
            if found is None:
                found = cls._all[worker] = cls(worker, options)
            return found

    def run(self, key: Any, message: memoryview, options: IsolationOptions) -> Any:
        """What the function returns, or raise what it raises.

        Raises
        ------
        TaskProcessError, BackendError
            See `Isolated.__call__`.
        distributed.Reschedule
            Where the task was cancelled or the worker closes: nobody waits for its result here.
        """
        child = self._take(key, options)
        try:
            answer = child.call(message, lambda: self._unwanted(key))
        except Lost as lost:
            if not child.killed and lost.code == -signal.SIGTERM:
                self._wait_for_close()
            self._raise_if_unwanted(child)
            raise self._error(key, lost.code) from None
        finally:
            self._put_back(key, child, options)
        self._raise_if_unwanted(child)
        kind = answer[:1]
        result = _result(str(key), answer)
        if kind == EXIT:
            said = (result,) if isinstance(result, int) else (1, result)
            raise self._error(key, *said)
        if kind == ERROR:
            raise _as_raised(result)
        return result

    def kill(self, key: Any) -> None:
        """End the process that runs a task; harmless where none does."""
        with self._lock:
            child = self._running.get(key)
            if child is not None:
                child.kill()

    def close(self) -> None:
        """End all processes; what they run is not wanted any more."""
        with self._lock:
            self._closed = True
            for child in self._running.values():
                child.killed = True
        self._server.close()
        with self._all_lock:
            worker = self._worker()
            if worker is not None and self._all.get(worker) is self:
                del self._all[worker]

    def _take(self, key: Any, options: IsolationOptions) -> Child:
        """A child that waits for a task, or a new one; `kill` finds it from here on."""
        with self._lock:
            child, server = self._warm(options), self._living_server()
        child = child or Child(server)  # not under the lock, as it may wait for the server's start
        with self._lock:
            self._running[key] = child
        return child

    def _unwanted(self, key: Any) -> bool:
        """Whether the worker closes, or the task was cancelled before `kill` knew of it.

        A worker that closes waits for its tasks first, and only then tells its plugins.
        """
        worker = self._worker()
        state = worker.state.tasks.get(key) if worker is not None else None
        return self._closing() or (state is not None and state.state == "cancelled")

    def _warm(self, options: IsolationOptions) -> Child | None:
        idle = self._idle.get(options, [])
        while idle:
            child = idle.pop()
            if child.idle:
                return child
            child.retire()
        return None

    def _living_server(self) -> ForkServer:
        if self._closed:
            raise _reschedule()
        if not self._server.alive:
            self._server.close()
            self._server = ForkServer(self._preload)
        return self._server

    def _put_back(self, key: Any, child: Child, options: IsolationOptions) -> None:
        """Keep a child for the next task, unless it has done its duty."""
        with self._lock:
            del self._running[key]
            if child.reusable and not self._closed and not _worn_out(child, options):
                self._idle.setdefault(options, []).append(child)
                return
        child.retire()

    def _wait_for_close(self) -> None:
        """Wait a little for the worker to show that what ended its child ends it, too.

        A batch scheduler sends its signal to all processes of a job.
        """
        deadline = time.monotonic() + _CLOSING_LIMIT
        while time.monotonic() < deadline and not self._closing():
            time.sleep(_CLOSING_LIMIT / 10)

    def _closing(self) -> bool:
        worker = self._worker()
        return self._closed or worker is None or worker.status.name in _ENDING

    def _raise_if_unwanted(self, child: Child) -> None:
        if child.killed or self._closing():
            raise _reschedule()

    def _error(self, key: Any, code: int | None, words: str = "") -> TaskProcessError:
        worker = self._worker()
        where = f" on worker {worker.address}" if worker is not None else ""
        hint = None
        if code is None:
            what = "was lost"
        elif code < 0:
            what = f"was killed by {_signal_name(-code)}"
            if code == -signal.SIGKILL:
                hint = "the kernel does so where memory runs out"
        else:
            what = f"exited with code {code}" + (f", saying {words!r}" if words else "")
        return TaskProcessError(f"task {key}: its process {what}{where}", hint=hint)


def _worn_out(child: Child, options: IsolationOptions) -> bool:
    if options.fresh or 0 < options.tasks_per_process <= child.tasks:
        return True
    return child.pid is not None and 0 < options.memory_limit < _memory(child.pid)


def _memory(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # it just ended; whoever takes it next finds out
        return 0


def _result(key: str, answer: bytes) -> Any:
    try:
        return loaded(answer)
    except Exception as error:
        what = f"task {key}: what its process sent cannot be unpickled in the worker"
        raise BackendError(f"{what}: {type(error).__name__}: {error}") from error


def _as_raised(failure: Failure) -> Exception:
    """The error of a task, whose traceback goes on where this process's ends."""
    error = failure.error
    if failure.frames is not None:
        error = error.with_traceback(tblib.Traceback.from_dict(failure.frames).as_traceback())
    error.__cause__ = RemoteTraceback(failure.text)
    return error


def _reschedule() -> Exception:
    from distributed import Reschedule

    return Reschedule("the task was cancelled, or its worker closes")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
