"""What runs in the process that holds the nannies of a local cluster."""

from __future__ import annotations

import asyncio
import contextlib
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
from distributed.utils import silence_logging_cmgr

from ..base import root_cause
from ..worker_logs import begin, path_of, redirect
from .process import ENDED, FAILED, READY, STOP, Start

#: Seconds that a worker has to end by itself before its nanny kills it. Tasks that run are lost
#: anyway, so what is waited for is its connections and its folder.
CLOSE_TIMEOUT = 1.0
#: Seconds between two looks at whether the client lives, for clients that forked: a fork keeps the
#: channel open when the client is gone.
_WATCH_INTERVAL = 1.0


class Worker(distributed.Worker):
    """distributed's worker, whose process imports this package before it gets its configuration.

    It would do so sooner or later, with the first task that uses this package. Then our defaults
    could replace what the client set to exactly distributed's default; before, they cannot.

    Parameters
    ----------
    log_directory : str, optional
        Folder for a log, in which this process and its children write from now on.
    **options
        Those of ``distributed.Worker``.
    """

    def __init__(self, *addresses: Any, log_directory: str | None = None, **options: Any) -> None:
        if log_directory is not None:
            name = str(options["name"])
            redirect(path_of(log_directory, name, os.getpid()))
            begin(name)
            options["silence_logs"] = None
        super().__init__(*addresses, **options)


def serve(channel: Connection) -> None:
    """Start nannies, report, and end them when the client says so or is gone.

    Parameters
    ----------
    channel : Connection
        Brings a pickled `Start`, then `STOP`; takes ``(READY, "")`` or ``(FAILED, reason)``, and
        in the end ``(ENDED, "")``.
    """
    try:
        message = channel.recv_bytes()
    except EOFError:  # the client is gone already
        return
    start: Start = pickle.loads(message)  # noqa: S301 - our own parent
    dask.config.set(start.config)
    with _logging_only(start.log_level):
        asyncio.run(_serve(channel, start))
    channel.send((ENDED, ""))


async def _serve(channel: Connection, start: Start) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    watch = threading.Thread(
        target=_watch,
        args=(channel, start.client, lambda: loop.call_soon_threadsafe(stop.set)),
        daemon=True,
    )
    watch.start()
    nannies: list[Any] = []
    try:
        for options in start.nannies:
            options = {"worker_class": Worker, "silence_logs": start.log_level, **options}
            nannies.append(distributed.Nanny(start.scheduler, **options))
        await asyncio.gather(*nannies)
    except Exception as error:
        channel.send((FAILED, root_cause(error)))
    else:
        channel.send((READY, ""))
        ends = [asyncio.ensure_future(each) for each in (stop.wait(), _finished(nannies))]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    # That a worker had to be killed, since it was at work when it was to end, is no news then.
    with _logging_only(start.log_level and logging.ERROR):
        closing = (nanny.close(timeout=CLOSE_TIMEOUT) for nanny in nannies)
        await asyncio.gather(*closing, return_exceptions=True)


def _logging_only(level: int | None) -> contextlib.AbstractContextManager[None]:
    """Silence what distributed logs below `level`; None for what the user's configuration says."""
    return contextlib.nullcontext() if level is None else silence_logging_cmgr(level=level)


async def _finished(nannies: list[Any]) -> None:
    for nanny in nannies:
        await nanny.finished()


def _watch(channel: Connection, client: int, stop: Callable[[], object]) -> None:
    """Pass on `STOP`; end the whole process group at once where the client is gone.

    The group holds the workers and whatever their tasks started.
    """
    while os.getppid() == client:
        try:
            if channel.poll(_WATCH_INTERVAL) and channel.recv() == STOP:
                stop()
        except (EOFError, OSError):
            break
    os.killpg(0, signal.SIGKILL)
