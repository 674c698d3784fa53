"""The process that holds the nannies of a local cluster."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

import dask.config
import distributed

from ..distributed_internals import log_only, start_workers_with
from ..multiprocessing_internals import leave_fork_server, remove_semaphores, start_fork_server
from ..start_errors import root_cause
from ..worker_logs import local_log_path, redirect_output, start_log
from .process import CLOSE, CLOSED, ENDED, FAILED, START, STARTED, STOP

#: Seconds that a worker may take to close before its nanny kills it. Running tasks are lost anyway;
#: the time is for its connections and its folder.
CLOSE_TIMEOUT = 1.0
#: Seconds between two checks that the client still runs. If the client forked, the fork keeps the
#: channel open after the client's end.
_CHECK_INTERVAL = 1.0


class Worker(distributed.Worker):
    """distributed's worker; its process imports this package before it gets its configuration.

    A task would import this package later anyway. Then our defaults could replace values that the
    client set to exactly distributed's default.

    Parameters
    ----------
    log_directory : str, optional
        Folder for a log file, to which this process and its children write all their output.
    **options
        Options of ``distributed.Worker``.
    """

    def __init__(self, *addresses: Any, log_directory: str | None = None, **options: Any) -> None:
        leave_fork_server()
        if log_directory is not None:
            name = str(options["name"])
            redirect_output(local_log_path(log_directory, name, os.getpid()))
            start_log(name)
            options["silence_logs"] = None
        super().__init__(*addresses, **options)


def serve(channel: Connection, client: int, fork: bool) -> None:
    """Start and stop nannies as the client asks for it, until it asks for the end or ends itself.

    Parameters
    ----------
    channel : Connection
        Receives the pickled arguments of `NannyProcess.configure`, then commands. Sends answers.
    client : int
        Process id of the client.
    fork : bool
        Whether workers are forks of this process, before it has threads. Otherwise each of them
        imports distributed again.
    """
    if fork:
        start_workers_with(start_fork_server())
    try:
        message = channel.recv_bytes()
    except EOFError:  # the client ended
        return
    config, log_level = pickle.loads(message)  # noqa: S301 - from our own parent
    dask.config.set(config)
    with log_only(log_level):
        asyncio.run(_Nannies(channel, log_level).serve(client))
    channel.send((ENDED, "", ""))


class _Nannies:
    """The nannies of this process, by the names of their workers."""

    def __init__(self, channel: Connection, log_level: int | None) -> None:
        self._channel = channel
        self._log_level = log_level
        self._nannies: dict[str, distributed.Nanny] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = 0
        self._silence = contextlib.ExitStack()

    async def serve(self, client: int) -> None:
        """Carry out commands until `STOP`, then close all nannies."""
        commands: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def put(command: tuple[Any, ...]) -> None:
            loop.call_soon_threadsafe(commands.put_nowait, command)

        watched = (self._channel, client, put)
        threading.Thread(target=_watch_client, args=watched, daemon=True).start()
        actions: dict[str, Callable[..., Any]] = {START: self._start, CLOSE: self._close}
        while (command := await commands.get())[0] != STOP:
            task = asyncio.create_task(actions[command[0]](*command[1:]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        closing = map(self._close, list(self._nannies))
        await asyncio.gather(*closing, return_exceptions=True)

    async def _start(self, name: str, options: dict[str, Any]) -> None:
        try:
            nanny = distributed.Nanny(
                worker_class=Worker, silence_logs=self._log_level, name=name, **options
            )
            self._nannies[name] = nanny
            await nanny
        except Exception as error:
            self._channel.send((FAILED, name, root_cause(error)))
        else:
            self._channel.send((STARTED, name, ""))

    async def _close(self, name: str) -> None:
        nanny = self._nannies.pop(name, None)
        if nanny is not None:
            with self._quiet(), contextlib.suppress(Exception):
                await nanny.close(timeout=CLOSE_TIMEOUT)
        self._channel.send((CLOSED, name, ""))

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """Drop the warnings about workers that are killed because they still run a task."""
        if not self._closing:
            self._silence.enter_context(log_only(self._log_level and logging.ERROR))
        self._closing += 1
        try:
            yield
        finally:
            self._closing -= 1
            if not self._closing:
                self._silence.close()


def _watch_client(channel: Connection, client: int, put: Callable[[Any], object]) -> None:
    """Call `put` with the client's commands; kill the process group when the client ends.

    The group holds the workers and the processes that their tasks started.
    """
    while os.getppid() == client:
        try:
            if channel.poll(_CHECK_INTERVAL):
                put(channel.recv())
        except (EOFError, OSError):
            break
    try:
        remove_semaphores()
    finally:
        os.killpg(0, signal.SIGKILL)
