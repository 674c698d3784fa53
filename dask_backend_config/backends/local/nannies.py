"""The process that holds the nannies of a local cluster."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import pickle
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import dask.config
import distributed

from ..base import root_cause
from ..distributed_internals import log_only, start_workers_with
from ..multiprocessing_internals import leave_fork_server, start_fork_server
from ..worker_logs import local_log_path, redirect_output, start_log
from .process import ENDED, FAILED, READY, STOP

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
    """Start nannies, report to the client, and close them when the client asks for it or ends.

    Parameters
    ----------
    channel : Connection
        Receives the pickled arguments of `NannyProcess.start_nannies`, then `STOP`. Sends
        ``(READY, "")`` or ``(FAILED, reason)``, and at the end ``(ENDED, "")``.
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
    config, nannies, log_level = pickle.loads(message)  # noqa: S301 - from our own parent
    dask.config.set(config)
    with log_only(log_level):
        asyncio.run(_serve(channel, client, nannies, log_level))
    channel.send((ENDED, ""))


async def _serve(
    channel: Connection, client: int, arguments: list[dict[str, Any]], log_level: int | None
) -> None:
    stop = asyncio.Event()
    request_stop = functools.partial(asyncio.get_running_loop().call_soon_threadsafe, stop.set)
    watched = (channel, client, request_stop)
    threading.Thread(target=_watch_client, args=watched, daemon=True).start()
    nannies: list[Any] = []
    try:
        for options in arguments:
            nanny = distributed.Nanny(worker_class=Worker, silence_logs=log_level, **options)
            nannies.append(nanny)
        await asyncio.gather(*nannies)
    except Exception as error:
        channel.send((FAILED, root_cause(error)))
    else:
        channel.send((READY, ""))
        ends = [asyncio.ensure_future(each) for each in (stop.wait(), _finished(nannies))]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    # A worker that still runs a task is killed; distributed would log a warning about it.
    with log_only(log_level and logging.ERROR):
        closing = (nanny.close(timeout=CLOSE_TIMEOUT) for nanny in nannies)
        await asyncio.gather(*closing, return_exceptions=True)


async def _finished(nannies: list[Any]) -> None:
    for nanny in nannies:
        await nanny.finished()


def _watch_client(channel: Connection, client: int, stop: Callable[[], object]) -> None:
    """Call `stop` when the client sends `STOP`; kill the process group when the client ends.

    The group holds the workers and the processes that their tasks started.
    """
    while os.getppid() == client:
        try:
            if channel.poll(_CHECK_INTERVAL) and channel.recv() == STOP:
                stop()
        except (EOFError, OSError):
            break
    os.killpg(0, signal.SIGKILL)
