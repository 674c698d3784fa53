"""The workers of a local cluster, as distributed's cluster object sees them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from typing import Any

import dask.config
from distributed import Status
from distributed.client import default_client
from distributed.deploy.spec import ProcessInterface

from ...core.errors import BackendError
from .process import LOST, READY, NannyProcess, Start

logger = logging.getLogger(__name__)

#: Seconds that the nannies have to close before their process group is killed.
_CLOSE_LIMIT = 3.0


class LocalWorkers(ProcessInterface):
    """All workers of a local cluster: one entry of the cluster's specification.

    Parameters
    ----------
    scheduler : str
        The scheduler's address.
    name : str
        The entry's name.
    process : NannyProcess
        A process that waits for its nannies.
    nannies : list of dict
        Keywords of each ``distributed.Nanny``.
    log_level : int, optional
        What the workers log, as configured where it is None.
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
        self._scheduler = scheduler
        self._process = process
        self._nannies = nannies
        self._log_level = log_level
        self._answered = threading.Event()
        self._answer: tuple[str, str] | None = None
        self._latest = ""
        self._ended = asyncio.Event()
        self._closing: asyncio.Future[Any] | None = None

    async def start(self) -> None:
        """Have the workers started; `wait` says how that went."""
        config = _config_for_workers()
        start = Start(os.getpid(), config, self._scheduler, self._nannies, self._log_level)
        self._process.begin(start)
        asyncio.get_running_loop().add_reader(self._process.channel.fileno(), self._receive)
        await super().start()  # type: ignore[no-untyped-call]

    def wait(self, seconds: float) -> None:
        """Block until all workers are there; not for the cluster's own thread.

        Raises
        ------
        BackendError
            Where they are not, with the reason.
        """
        if not self._answered.wait(seconds) or self._answer is None:
            hint = "backends.local.start-timeout is the limit"
            raise BackendError(f"the workers did not start within {seconds:g} seconds", hint=hint)
        word, reason = self._answer
        if word != READY:
            raise BackendError(f"the workers did not start: {reason}")

    async def close(self) -> None:
        """End the workers and everything that their tasks started."""
        if self.status == Status.running:
            self.status = Status.closing
            if self._latest == READY:
                self._process.stop()
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), _CLOSE_LIMIT)
            self._stop_listening()
        self._process.kill()
        await super().close()  # type: ignore[no-untyped-call]

    def _receive(self) -> None:
        """Take what the process says; its first answer says how the start went."""
        try:
            answer = self._process.channel.recv()
        except (EOFError, OSError):
            answer = (LOST, "their process ended")
            self._stop_listening()
            self._ended.set()
        unexpected = answer[0] == LOST and self._latest == READY
        self._latest = answer[0]
        self._answer = self._answer or answer
        self._answered.set()
        if unexpected and self.status == Status.running:
            self._closing = asyncio.ensure_future(self._lost())

    async def _lost(self) -> None:
        """Close the cluster, so that what waits for a result ends with an error."""
        cluster = self._cluster() if hasattr(self, "_cluster") else None
        if cluster is not None and cluster.status == Status.running:
            logger.error("The process that holds the local workers was killed; the cluster closes")
            await cluster.close()

    def _stop_listening(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.channel.fileno())


def _config_for_workers() -> dict[str, Any]:
    """The client's configuration, less what a Client sets for its own process."""
    config = dict(dask.config.config)
    with contextlib.suppress(ValueError):
        default_client()
        config.pop("scheduler", None)
        config.pop("shuffle", None)
    return config
