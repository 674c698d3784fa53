"""The workers of a local cluster, as one entry of distributed's ``SpecCluster``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from typing import Any

import dask.config
from distributed import Status
from distributed.client import default_client
from distributed.deploy.spec import ProcessInterface

from ...core.errors import BackendError
from ..distributed_internals import cluster_of
from .process import LOST, READY, STOP, NannyProcess

logger = logging.getLogger(__name__)

#: Seconds that the nannies may take to close before their process group is killed.
_CLOSE_LIMIT = 3.0


class LocalWorkers(ProcessInterface):
    """All workers of a local cluster, as one entry of the cluster's specification.

    Parameters
    ----------
    scheduler : str
        Address of the scheduler.
    name : str
        Name of the entry.
    process : NannyProcess
        The process that will hold the nannies.
    nannies : list of dict
        Keyword arguments of each ``distributed.Nanny``.
    log_level : int, optional
        The level from which the workers log; None for the configured level.
    """

    def __init__(
        self,
        scheduler: str,
        name: str,
        process: NannyProcess,
        nannies: list[dict[str, Any]],
        log_level: int | None = None,
    ) -> None:
        super().__init__(scheduler, name)  # type: ignore[no-untyped-call]
        self._process = process
        self._nannies = [{"scheduler_ip": scheduler, **options} for options in nannies]
        self._log_level = log_level
        self._answered = threading.Event()
        self._answer = ("", "")
        self._latest = ""
        self._ended = asyncio.Event()
        self._closing: asyncio.Future[Any] | None = None

    async def start(self) -> None:
        """Start the workers; `wait` returns or raises the outcome."""
        self._process.start_nannies(_config_for_workers(), self._nannies, self._log_level)
        asyncio.get_running_loop().add_reader(self._process.channel.fileno(), self._receive)
        await super().start()  # type: ignore[no-untyped-call]

    def wait(self, seconds: float) -> None:
        """Block until all workers are connected. Do not call it in the cluster's event loop.

        Parameters
        ----------
        seconds : float
            Time limit.

        Raises
        ------
        BackendError
            If the workers do not connect in time or cannot start, with the reason.
        """
        if not self._answered.wait(seconds):
            message = f"timed out after {seconds:g} s: the workers did not start"
            raise BackendError(message, hint="Set backends.local.start-timeout to a longer time")
        outcome, reason = self._answer
        if outcome != READY:
            raise BackendError(f"the workers did not start: {reason}")

    async def close(self) -> None:
        """End the workers and the processes that their tasks started."""
        if self.status == Status.running:
            self.status = Status.closing
            if self._latest == READY:
                with contextlib.suppress(OSError, asyncio.TimeoutError):
                    self._process.channel.send(STOP)
                    await asyncio.wait_for(self._ended.wait(), _CLOSE_LIMIT)
            self._stop_listening()
        self._process.kill()
        await super().close()  # type: ignore[no-untyped-call]

    def _receive(self) -> None:
        """Receive a message of the process; the first one is the outcome of the start."""
        try:
            answer = self._process.channel.recv()
        except (EOFError, OSError):
            answer = (LOST, "their process ended")
            self._stop_listening()
            self._ended.set()
        unexpected = answer[0] == LOST and self._latest == READY
        self._latest = answer[0]
        if not self._answered.is_set():
            self._answer = answer
            self._answered.set()
        if unexpected and self.status == Status.running:
            self._closing = asyncio.ensure_future(self._close_cluster())

    async def _close_cluster(self) -> None:
        """Close the cluster, so that code that waits for a result gets an error."""
        cluster = cluster_of(self)
        if cluster is not None and cluster.status == Status.running:
            logger.error("the process of the local workers was killed; closing the cluster")
            await cluster.close()

    def _stop_listening(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.channel.fileno())


def _config_for_workers() -> dict[str, Any]:
    """Return the client's configuration without the keys that a Client sets for its process."""
    config = dict(dask.config.config)
    with contextlib.suppress(ValueError):
        default_client()
        config.pop("scheduler", None)
        config.pop("shuffle", None)
    return config
