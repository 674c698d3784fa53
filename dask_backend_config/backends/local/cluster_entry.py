"""A local cluster and its workers, for distributed's ``SpecCluster``."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distributed import Status
from distributed.deploy.spec import ProcessInterface, SpecCluster

from ...core.errors import BackendError
from ...core.strings import count
from ..adaptive_internals import WorkerGroup
from ..gpus import VisibleGPUs
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


@dataclass(frozen=True)
class LocalGroup:
    """The workers of one group.

    Attributes
    ----------
    name : str
        Empty for a backend without groups.
    number : int
        Number of workers to start with.
    tasks : int
        Tasks that each runs at once.
    gpus : int
        GPUs of each.
    options : mapping
        Options of each ``distributed.Nanny``.
    """

    name: str
    number: int
    tasks: int
    gpus: int
    options: Mapping[str, Any]


class LocalSpecCluster(ScaledCluster, SpecCluster):  # type: ignore[misc] # `adapt` has more options
    """The cluster of a local backend.

    Parameters
    ----------
    pool : NannyPool
    prefix : str
        The names of the workers begin with it.
    worker_groups : sequence of LocalGroup
    gpus : VisibleGPUs
        The GPUs that workers share.
    **options
        Options of ``SpecCluster``.
    """

    def __init__(
        self,
        *,
        pool: NannyPool,
        prefix: str,
        worker_groups: Sequence[LocalGroup],
        gpus: VisibleGPUs,
        **options: Any,
    ) -> None:
        self._pool = pool
        self._prefix = prefix
        self._gpus = gpus
        specs = {group.name: _spec(pool, group) for group in worker_groups}
        first = next(iter(specs.values()))
        super().__init__(worker=first, asynchronous=True, **options)  # type: ignore[no-untyped-call]
        pool.on_lost = self._end_unasked
        self.groups = {
            group.name: WorkerGroup(
                self,
                group.name,
                spec=specs[group.name],
                tasks=group.tasks,
                resources=group.options["resources"] or {},
                limit=len(gpus.names) // group.gpus if self._divides(group.gpus) else math.inf,
                defaults={"maximum": group.number},
            )
            for group in worker_groups
        }
        self._gpus_of_worker = {group.name: group.gpus for group in worker_groups}
        for group in worker_groups:
            for _ in range(group.number):
                self.worker_spec.update(self.new_member(self.groups[group.name]))

    def scale(self, *args: Any, **options: Any) -> Any:
        """See `ScaledCluster.scale`.

        Raises
        ------
        BackendError
            If there are not enough GPUs for the workers; their number does not change.
        """
        before = dict(self.worker_spec)
        try:
            return super().scale(*args, **options)
        except BackendError:
            self.worker_spec = before
            raise

    def new_member(self, group: WorkerGroup) -> dict[Any, Any]:
        """Return name and specification of another worker, with GPUs that no other has."""
        ((name, spec),) = super().new_member(group).items()
        number = self._gpus_of_worker[group.name]
        if not self._divides(number):
            return {name: spec}
        variable = self._gpus.variable
        options = spec["options"]
        taken = {
            gpu
            for worker in self.worker_spec.values()
            for gpu in worker["options"]["env"].get(variable, "").split(",")
        }
        free = [gpu for gpu in self._gpus.names if gpu not in taken]
        if len(free) < number:
            available = count(len(self.worker_spec), "worker")
            raise BackendError(f"the GPUs of this machine suffice for {available}")
        environ = {**options["env"], variable: ",".join(free[:number])}
        return {name: {**spec, "options": {**options, "env": environ}}}

    def _divides(self, number: int) -> bool:
        """Return whether workers with so many GPUs get their own."""
        return bool(number and self._gpus.names)

    def _new_worker_name(self, worker_number: int) -> str:
        return str(self.name_in_group(f"{self._prefix}-{worker_number}"))

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


def _spec(pool: NannyPool, group: LocalGroup) -> dict[str, Any]:
    return {"cls": LocalWorker, "options": {"pool": pool, **group.options}}
