"""The process of a worker that forks the processes of its tasks, and outlives it to end them.

It has one thread and has imported what each child needs, so that a fork is safe and fast;
``multiprocessing`` does the rest. A new child took 10 ms on a busy machine of two cores, half of it
the fork, and a call of one that is kept 0.05 to 0.2 ms.

Where the worker is gone, however it went, this process kills the process group of each child, that
is also what tasks have started, and ends. For that it must not be in the worker's own process
group, which a cluster may kill as a whole.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import selectors
import signal
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from . import child as child_process

#: What the worker sends, each with the number of a child. With `START` come two descriptors: the
#: child's connection, and the end of a pipe for what becomes of the child. `SETUP` comes with the
#: size of a pickled ``isolation_child.Setup`` that follows; all later children begin with it.
MESSAGE = struct.Struct("=cQ")
START, KILL, RETIRE, SETUP = b"s", b"k", b"r", b"u"
#: What that pipe brings, each with a value: a process id; an exit code; why there is no child.
STARTED, ENDED, REFUSED = "started", "ended", "refused"

#: Seconds between two looks at whether the worker lives, where a fork keeps its socket open.
_WATCH_INTERVAL = 1.0
#: Seconds that a child has to end by itself after its last task.
_GRACE = 5.0


def serve(channel: Connection, worker: int, preload: Sequence[str]) -> None:
    """Start and end children until the worker is gone.

    Parameters
    ----------
    channel : Connection
        A socket of the worker, which this function takes over.
    worker : int
        The worker's process id.
    preload : sequence of str
        Modules to import first.
    """
    problem = _import(preload)
    gc.freeze()  # so that no collection in a child copies the pages that it shares with this
    with socket.socket(fileno=os.dup(channel.fileno())) as control:
        channel.close()
        _Server(control, worker, problem).run()


def _import(modules: Sequence[str]) -> str:
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:
            return f"isolation-preload names {name}: {type(error).__name__}: {error}"
    return ""


@dataclass
class _Child:
    process: BaseProcess
    status: Connection
    deadline: float | None = None


class _Server:
    def __init__(self, control: socket.socket, worker: int, problem: str) -> None:
        self._control = control
        self._worker = worker
        self._problem = problem
        self._unready = ""
        self._children: dict[int, _Child] = {}
        self._context = multiprocessing.get_context("fork")
        self._wake, self._wakened = socket.socketpair()
        for end in (self._wake, self._wakened):
            end.setblocking(False)

    def run(self) -> None:
        """Obey until the worker is gone, then kill what is left."""
        signal.set_wakeup_fd(self._wakened.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _ignore)  # not SIG_IGN, which programs that tasks start inherit
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._control, selectors.EVENT_READ)
                selector.register(self._wake, selectors.EVENT_READ)
                while os.getppid() == self._worker:
                    ready = [key.fileobj for key, _ in selector.select(_WATCH_INTERVAL)]
                    if self._wake in ready:
                        self._wake.recv(4096)
                    self._reap()
                    if self._control in ready and not self._obey():
                        break
        finally:
            signal.set_wakeup_fd(-1)
            for child in self._children.values():
                _kill(child.process)

    def _obey(self) -> bool:
        """Carry out one message; False where there is none any more."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE.size, 2)
        except ConnectionError:
            return False
        if len(data) < MESSAGE.size:
            return False
        what, number = MESSAGE.unpack(data)
        if what == SETUP:
            return self._set_up(number)
        if what == START:
            self._start(number, *descriptors)
        elif number in self._children:
            child = self._children[number]
            if what == KILL:
                _kill(child.process)
            else:
                child.deadline = time.monotonic() + _GRACE
        return True

    def _set_up(self, size: int) -> bool:
        """Become as the children shall be, which then need not each do it; False at the end."""
        data = bytearray()
        while len(data) < size:
            part = self._control.recv(size - len(data))
            if not part:
                return False
            data += part
        try:
            child_process.set_up(data)
            gc.freeze()
            self._unready = ""
        except Exception as error:
            self._unready = f"what they begin with cannot be read: {type(error).__name__}: {error}"
        return True

    def _start(self, number: int, connection: int, status: int) -> None:
        for descriptor in (connection, status):
            os.set_inheritable(descriptor, False)
        told = Connection(status, readable=False)
        process = self._context.Process(
            target=self._in_child, args=(connection,), name=f"isolated-{number}"
        )
        try:
            if self._problem or self._unready:
                raise OSError(self._problem or self._unready)
            process.start()
        except OSError as error:
            _tell(told, REFUSED, str(error))
            told.close()
        else:
            with contextlib.suppress(OSError):
                os.setpgid(process.pid or 0, process.pid or 0)  # the child does so, too
            self._children[number] = _Child(process, told)
            _tell(told, STARTED, process.pid or 0)
        finally:
            os.close(connection)

    def _in_child(self, connection: int) -> None:
        """Leave behind what is this process's own."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for end in (self._wake, self._wakened, self._control):
            end.close()
        for child in self._children.values():
            child.status.close()
        child_process.serve(Connection(connection))

    def _reap(self) -> None:
        """Say what became of the children that ended, and end those that should have."""
        now = time.monotonic()
        for number, child in list(self._children.items()):
            code = child.process.exitcode
            if code is not None:
                _kill(child.process)  # what it started
                _tell(child.status, ENDED, code)
                child.status.close()
                child.process.close()
                del self._children[number]
            elif child.deadline is not None and now > child.deadline:
                _kill(child.process)


def _tell(status: Connection, what: str, value: object) -> None:
    with contextlib.suppress(OSError):  # the worker does not care any more
        status.send((what, value))


def _kill(process: BaseProcess) -> None:
    if process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _ignore(*_: object) -> None:
    """Let the wakeup descriptor say that there was a signal."""
