"""The nannies of a local cluster, as its event loop sees them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import dask.config
from distributed.client import default_client

from ...core.errors import BackendError
from . import process as messages
from .process import NannyProcess

logger = logging.getLogger("dask_backend_config")

#: Seconds that nannies may take to close before their process group is killed.
_CLOSE_LIMIT = 3.0
_LOST = "their process ended"


class NannyPool:
    """Starts and closes nannies in a `NannyProcess`; to be used in the cluster's event loop.

    Parameters
    ----------
    process : NannyProcess
    log_level : int, optional
        The level from which the workers log; None for the configured level.

    Attributes
    ----------
    on_lost : callable, optional
        Called if the process ends unasked after workers were connected.
    """

    def __init__(self, process: NannyProcess, log_level: int | None) -> None:
        self.on_lost: Callable[[], object] | None = None
        self._process = process
        self._log_level = log_level
        #: Worker name -> outcome of its start, and of its end.
        self._starts: dict[str, asyncio.Future[None]] = {}
        self._ends: dict[str, asyncio.Future[None]] = {}
        self._ended = asyncio.Event()
        self._is_open = False
        self._logs_failures = False

    def open(self) -> None:
        """Send the configuration to the process, and listen to it.

        Raises
        ------
        BackendError
            If the configuration cannot be pickled.
        """
        self._process.configure(_config_for_workers(), self._log_level)
        descriptor = self._process.channel.fileno()
        asyncio.get_running_loop().add_reader(descriptor, self._receive)
        self._is_open = True

    def start_nanny(self, name: str, options: dict[str, Any]) -> None:
        """Start the nanny of a worker with these options of ``distributed.Nanny``."""
        start = self._starts[name] = asyncio.get_running_loop().create_future()
        start.add_done_callback(self._log_failure)
        self._process.send(messages.START, name, options)

    async def close_nanny(self, name: str) -> None:
        """Close the nanny of a worker."""
        if self._is_open and not self._ended.is_set():
            end = self._ends[name] = asyncio.get_running_loop().create_future()
            self._process.send(messages.CLOSE, name)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(end, _CLOSE_LIMIT)

    async def wait(self, seconds: float) -> None:
        """Wait until all workers are connected.

        Raises
        ------
        BackendError
            If the workers do not connect in time or cannot start, with the reason.
        """
        starts = list(self._starts.values())
        first = asyncio.FIRST_EXCEPTION
        done, pending = await asyncio.wait(starts, timeout=seconds, return_when=first)
        for start in done:
            start.result()
        if pending:
            message = f"timed out after {seconds:g} s: the workers did not start"
            hint = "Set backends.local.start-timeout to a longer time"
            raise BackendError(message, hint=hint)
        self._logs_failures = True

    async def close(self) -> None:
        """End all workers and the processes that their tasks started."""
        if self._is_open:
            if not self._ended.is_set():
                self.on_lost = None
                self._process.send(messages.STOP)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), _CLOSE_LIMIT)
            self._stop_listening()
        self.kill()

    def kill(self) -> None:
        """Kill the process, all workers and the processes that their tasks started."""
        self._process.kill()

    def _receive(self) -> None:
        try:
            kind, name, reason = self._process.channel.recv()
        except (EOFError, OSError):
            kind, name, reason = messages.LOST, "", _LOST
        if kind == messages.STARTED:
            _resolve(self._starts.get(name))
        elif kind == messages.FAILED:
            _resolve(self._starts.get(name), reason)
        elif kind == messages.CLOSED:
            self._starts.pop(name, None)
            _resolve(self._ends.pop(name, None))
        else:
            self._end(kind)

    def _end(self, kind: str) -> None:
        """Record that the process ended."""
        self._stop_listening()
        self._ended.set()
        waiting = [start for start in self._starts.values() if not start.done()]
        for start in waiting:
            _resolve(start, _LOST)
        for end in self._ends.values():
            _resolve(end)
        if kind == messages.LOST and not waiting and self.on_lost is not None:
            self.on_lost()

    def _log_failure(self, start: asyncio.Future[None]) -> None:
        error = start.exception()
        if error is not None and self._logs_failures:
            logger.error("%s", error)

    def _stop_listening(self) -> None:
        if self._is_open:
            self._is_open = False
            asyncio.get_running_loop().remove_reader(self._process.channel.fileno())


def _resolve(future: asyncio.Future[None] | None, reason: str = "") -> None:
    if future is None or future.done():
        return
    if reason:
        future.set_exception(BackendError(f"the workers did not start: {reason}"))
    else:
        future.set_result(None)


def _config_for_workers() -> dict[str, Any]:
    """Return the client's configuration without the keys that a Client sets for its process."""
    config = dict(dask.config.config)
    with contextlib.suppress(ValueError):
        default_client()
        config.pop("scheduler", None)
        config.pop("shuffle", None)
    return config
