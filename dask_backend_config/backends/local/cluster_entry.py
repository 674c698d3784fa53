"""A local cluster and its workers, for distributed's ``SpecCluster``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from distributed import Status
from distributed.deploy.spec import ProcessInterface, SpecCluster

from ...core.errors import BackendError
from ...core.strings import count
from ..scaled_cluster_internals import ScaledCluster
from .nanny_pool import NannyPool

logger = logging.getLogger("dask_backend_config")


class LocalWorker(ProcessInterface):
    """One worker of a local cluster.

    Parameters
    ----------
    scheduler : str
        Address of the scheduler.
    name : str
        Name of the worker.
    pool : NannyPool
    **options
        Options of its ``distributed.Nanny``.
    """

    def __init__(self, scheduler: str, name: str, pool: NannyPool, **options: Any) -> None:
        super().__init__(scheduler, name)  # type: ignore[no-untyped-call]
        self.name = name
        self._pool = pool
        self._options = {"scheduler_ip": scheduler, **options}

    async def start(self) -> None:
        """Start the worker; `NannyPool.wait` waits for it."""
        self._pool.start_nanny(self.name, self._options)
        await super().start()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """End the worker."""
        if self.status == Status.running:
            self.status = Status.closing
            await self._pool.close_nanny(self.name)
        await super().close()  # type: ignore[no-untyped-call]


class LocalSpecCluster(ScaledCluster, SpecCluster):
    """The cluster of a local backend.

    Parameters
    ----------
    pool : NannyPool
    prefix : str
        The names of the workers begin with it.
    number : int
        Number of workers to start with.
    shares : sequence of mapping, optional
        The variable with the GPUs of each worker, for as many as there can be; None if workers need
        no GPU.
    worker : dict
        Options of each ``distributed.Nanny``.
    **options
        Options of ``SpecCluster``.
    """

    def __init__(
        self,
        *,
        pool: NannyPool,
        prefix: str,
        number: int,
        shares: Sequence[Mapping[str, str]] | None,
        worker: dict[str, Any],
        **options: Any,
    ) -> None:
        self._pool = pool
        self._prefix = prefix
        self._shares = shares
        spec = {"cls": LocalWorker, "options": {"pool": pool, **worker}}
        super().__init__(worker=spec, asynchronous=True, **options)  # type: ignore[no-untyped-call]
        pool.on_lost = self._end_unasked
        for _ in range(number):
            self.worker_spec.update(self.new_worker_spec())

    def request(self, *args: Any, **options: Any) -> Any:
        """See `ScaledCluster.request`.

        Raises
        ------
        BackendError
            If there are not enough GPUs for the workers; their number does not change.
        """
        before = dict(self.worker_spec)
        try:
            return super().request(*args, **options)
        except BackendError:
            self.worker_spec = before
            raise

    def adapt(self, *args: Any, **options: Any) -> Any:
        """See `ScaledCluster.adapt`; there are never more workers than GPUs suffice for."""
        if self._shares is not None:
            limit: float = {**self.adaptive_defaults, **options}["maximum"]
            options["maximum"] = min(limit, len(self._shares))
        return super().adapt(*args, **options)

    def new_worker_spec(self) -> dict[str, Any]:
        """Return name and specification of another worker."""
        ((name, spec),) = super().new_worker_spec().items()  # type: ignore[no-untyped-call]
        if self._shares is None:
            return {name: spec}
        taken = [worker["options"]["env"].items() for worker in self.worker_spec.values()]
        unused = (share for share in self._shares if not any(share.items() <= env for env in taken))
        free = next(unused, None)
        if free is None:
            available = count(len(self._shares), "worker")
            raise BackendError(f"the GPUs of this machine suffice for {available}")
        options = spec["options"]
        environ = {**options["env"], **free}
        return {name: {**spec, "options": {**options, "env": environ}}}

    def _new_worker_name(self, worker_number: int) -> str:
        return f"{self._prefix}-{worker_number}"

    def before_start(self) -> None:
        """Connect to the process of the nannies."""
        self._pool.open()

    async def before_close(self) -> None:
        """End all workers together, which is faster than one after the other."""
        await self._pool.close()

    def _end_unasked(self) -> None:
        """Close the cluster, so that code that waits for a result gets an error."""
        if self.status == Status.running:
            logger.error("the process of the local workers was killed; closing the cluster")
            closing: Any = self.close()
            self._closing = asyncio.ensure_future(closing)
