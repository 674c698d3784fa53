"""The fork server: a process of a worker that forks the processes of its tasks, and ends them.

It has one thread and has imported the modules that each child needs, so a fork is safe and fast. On
a busy machine of two cores, a new child takes 10 ms, half of it for the fork; in a kept child, a
task takes 0.05 to 0.2 ms longer than in the worker.

When the worker is gone, however it ended, the server kills the process group of each child, which
includes the processes that tasks started, and ends. So it must not be in the worker's process
group, which a cluster may kill completely.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import multiprocessing
import os
import signal
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess

from ..main_by_value import pickle_main_by_value
from .child import apply_process_state, run_tasks

#: Requests of the worker, each with the number of a child. Two descriptors come with `START`: the
#: child's connection, and the end of a pipe for its status. `SET_STATE` has the size of the
#: worker's pickled state, which follows, in place of a number; later children start with it.
#: `KILL` kills a child and the processes that it started; `RETIRE` does so if it does not end.
MESSAGE = struct.Struct("=cQ")
START, KILL, RETIRE, SET_STATE = b"s", b"k", b"r", b"u"
#: Statuses in that pipe, each with a value: a process id; an exit code; why there is no child.
STARTED, ENDED, REJECTED = "started", "ended", "rejected"

#: Seconds between two checks that the worker runs; a fork of the worker may keep its socket open.
_CHECK_INTERVAL = 1.0
#: Seconds that a child may take to end by itself after its last task.
_GRACE = 5.0


def serve(channel: Connection, worker: int, preload: Sequence[str]) -> None:
    """Start and end children until the worker is gone.

    Parameters
    ----------
    channel : Connection
        A socket of the worker; this function closes it.
    worker : int
        Process id of the worker.
    preload : sequence of str
        Modules to import first.
    """
    problem = _import(preload)
    faulthandler.enable()  # children inherit this, and the next
    pickle_main_by_value()
    gc.freeze()  # garbage collection in a child then copies no memory that it shares with this
    with socket.socket(fileno=os.dup(channel.fileno())) as control:
        channel.close()
        _Server(control, worker, problem).run()


def _import(modules: Sequence[str]) -> str:
    """Import modules; return why one cannot be imported, or an empty string."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:
            return f"cannot import {name} of isolation-preload: {type(error).__name__}: {error}"
    return ""


@dataclass
class _Child:
    process: ForkProcess
    status: Connection
    deadline: float | None = None


class _Server:
    def __init__(self, control: socket.socket, worker: int, problem: str) -> None:
        self._control = control
        self._worker = worker
        self._preload_problem = problem
        self._state_problem = ""
        self._children: dict[int, _Child] = {}
        self._context = multiprocessing.get_context("fork")
        self._signal_reader, self._signal_writer = socket.socketpair()
        for end in (self._signal_reader, self._signal_writer):
            end.setblocking(False)

    def run(self) -> None:
        """Carry out requests until the worker is gone, then kill the remaining children."""
        signal.set_wakeup_fd(self._signal_writer.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            # The wakeup descriptor reports it. Programs that tasks start would inherit SIG_IGN.
            signal.signal(number, lambda *_: None)
        try:
            while os.getppid() == self._worker:
                ready = wait([self._control, self._signal_reader], _CHECK_INTERVAL)
                if self._signal_reader in ready:
                    self._signal_reader.recv(4096)
                self._reap()
                if self._control in ready and not self._carry_out_request():
                    break
        finally:
            signal.set_wakeup_fd(-1)
            for child in self._children.values():
                _kill(child.process)

    def _carry_out_request(self) -> bool:
        """Carry out one request; return False if the worker is gone."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE.size, 2)
        except ConnectionError:
            return False
        if len(data) < MESSAGE.size:
            return False
        request, number = MESSAGE.unpack(data)
        if request == SET_STATE:
            return self._set_state(number)
        if request == START:
            self._start(number, *descriptors)
        elif number in self._children:
            child = self._children[number]
            if request == KILL:
                _kill(child.process)
            else:
                child.deadline = time.monotonic() + _GRACE
        return True

    def _set_state(self, size: int) -> bool:
        """Take on the state with which children start; return False if the worker is gone."""
        data = bytearray()
        while len(data) < size:
            part = self._control.recv(size - len(data))
            if not part:
                return False
            data += part
        try:
            apply_process_state(data)
            gc.freeze()
            self._state_problem = ""
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            self._state_problem = f"the state of the worker cannot be unpickled: {reason}"
        return True

    def _start(self, number: int, connection: int, status: int) -> None:
        for descriptor in (connection, status):
            os.set_inheritable(descriptor, False)
        status_pipe = Connection(status, readable=False)
        process = self._context.Process(
            target=self._in_child, args=(connection,), name=f"isolated-{number}"
        )
        try:
            if problem := self._preload_problem or self._state_problem:
                raise OSError(problem)
            process.start()
        except OSError as error:
            _send_status(status_pipe, REJECTED, str(error))
            status_pipe.close()
        else:
            with contextlib.suppress(OSError):
                os.setpgid(process.pid or 0, process.pid or 0)  # the child does so, too
            self._children[number] = _Child(process, status_pipe)
            _send_status(status_pipe, STARTED, process.pid or 0)
        finally:
            os.close(connection)

    def _in_child(self, connection: int) -> None:
        """Restore signals, close what only the server uses, and run tasks."""
        signal.set_wakeup_fd(-1)
        # LSF ends jobs with SIGINT first. A KeyboardInterrupt would look like an error of the task.
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        for end in (self._signal_reader, self._signal_writer, self._control):
            end.close()
        for child in self._children.values():
            child.status.close()
        run_tasks(Connection(connection))

    def _reap(self) -> None:
        """Report the children that ended, and kill those that should have ended."""
        now = time.monotonic()
        for number, child in list(self._children.items()):
            code = child.process.exitcode
            if code is not None:
                _kill(child.process)  # the processes that it started
                _send_status(child.status, ENDED, code)
                child.status.close()
                child.process.close()
                del self._children[number]
            elif child.deadline is not None and now > child.deadline:
                _kill(child.process)


def _send_status(pipe: Connection, status: str, value: object) -> None:
    with contextlib.suppress(OSError):  # the worker has closed the pipe
        pipe.send((status, value))


def _kill(process: ForkProcess) -> None:
    if process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
