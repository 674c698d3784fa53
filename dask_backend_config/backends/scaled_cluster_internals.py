"""The number of workers of a cluster: set by the user, or adapted to the tasks.

Undocumented methods of distributed's ``SpecCluster`` are replaced here; see also
`distributed_internals`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import dask.config
from dask.utils import parse_timedelta
from distributed import Status
from distributed.deploy.adaptive import Adaptive

from . import distributed_internals as internals

#: Seconds from when a ``SpecCluster`` forgets a lost worker until another is started for it.
_AFTER_LOSS = 0.1
#: Whether distributed's adaptive scaling calls the method that runs.
_is_adapting: ContextVar[bool] = ContextVar("is_adapting", default=False)


class ScaledCluster:
    """A mixin of ``SpecCluster``, whose number of workers holds until the user changes it.

    Attributes
    ----------
    adaptive_defaults : mapping
        Defaults of the options of `adapt`.
    """

    adaptive_defaults: Mapping[str, Any] = MappingProxyType({})
    #: The numbers of workers that are waited for, and the cluster's minimum without them.
    _requests: tuple[int, ...] = ()
    _least = 0
    workers: dict[Any, Any]
    worker_spec: dict[Any, Any]
    scheduler: Any
    status: Status

    def scale(self, *args: Any, **options: Any) -> Any:
        """Set the number of workers; adaptive scaling ends if it does not call this itself."""
        if not _is_adapting.get():
            internals.stop_adapting(self, "scaled")
        return self.request(*args, **options)

    def request(self, *args: Any, **options: Any) -> Any:
        """Set the number of workers for now; adaptive scaling continues."""
        return super().scale(*args, **options)  # type: ignore[misc]

    def adapt(self, Adaptive: type[Adaptive] = Adaptive, **options: Any) -> Any:  # noqa: N803
        """Adapt the number of workers to the tasks, see ``distributed.deploy.Adaptive``."""
        kind = type(Adaptive.__name__, (_Scaling, Adaptive), {})
        return super().adapt(Adaptive=kind, **{**self.adaptive_defaults, **options})  # type: ignore[misc]

    @contextlib.asynccontextmanager
    async def at_least(self, number: int) -> AsyncIterator[None]:
        """Request a number of workers at once, and keep them from being closed in the block."""
        if not self._requests:
            self._least = internals.adaptive_limits(self)[0]
        self._requests = (*self._requests, number)
        try:
            await self._request_at_once(max(self._least, *self._requests))
            yield
        finally:
            rest = list(self._requests)
            rest.remove(number)
            self._requests = tuple(rest)
            internals.set_minimum_workers(self, max([self._least, *rest]))

    async def _request_at_once(self, number: int) -> None:
        internals.set_minimum_workers(self, number)
        await internals.request_workers(self)
        if len(self.worker_spec) < number:  # `scale` ended the adapting
            self.request(number)

    def most_workers(self) -> float:
        """Return the most workers that there will be unless the cluster is scaled again."""
        return max(len(self.worker_spec), internals.adaptive_limits(self)[1])

    def before_start(self) -> None:
        """Do what the start of the cluster needs."""

    async def before_close(self) -> None:
        """Do what the end of the cluster needs."""

    async def _start(self) -> None:
        self.before_start()
        await super()._start()  # type: ignore[misc]

    async def _close(self) -> None:
        await self.before_close()
        await super()._close()  # type: ignore[misc]

    async def _correct_state_internal(self) -> None:
        """Close and start workers; those that are closed give their results to others before.

        distributed means to do that as well, but takes the names of the workers for addresses.
        """
        retired: set[str] = set()
        while self.status == Status.running and (leaving := self._leaving() - retired):
            retired |= leaving
            self.scheduler.leaving |= leaving
            await self.scheduler.retire_workers(names=list(leaving), remove=False)
        await super()._correct_state_internal()  # type: ignore[misc]

    def _leaving(self) -> set[str]:
        return self.workers.keys() - self.worker_spec.keys()

    def _update_worker_status(self, op: str, msg: Any) -> None:
        """Start another worker for one that was lost; distributed does only while it adapts."""
        super()._update_worker_status(op, msg)  # type: ignore[misc]
        if op == "remove":
            timeout = parse_timedelta(dask.config.get("distributed.deploy.lost-worker-timeout"))
            asyncio.get_running_loop().call_later(timeout + _AFTER_LOSS, self._replace_lost)

    def _replace_lost(self) -> None:
        if self.status == Status.running and self.worker_spec.keys() - self.workers.keys():
            self._correct_state()  # type: ignore[attr-defined]


class _Scaling(Adaptive):
    """Adaptive scaling of a `ScaledCluster`, which it does not end by its own calls."""

    async def scale_up(self, n: Any) -> None:
        token = _is_adapting.set(True)
        try:
            await super().scale_up(n)  # type: ignore[no-untyped-call]
        finally:
            _is_adapting.reset(token)

    async def scale_down(self, workers: Any) -> None:
        """Close workers; the cluster retires them, and does not expect them to close themselves."""
        await self.cluster.scale_down(workers)  # type: ignore[attr-defined]


def scaled(cluster: type[Any]) -> type[Any]:
    """Return a subclass of a subclass of ``SpecCluster`` that is a `ScaledCluster`."""
    return type(cluster.__name__, (ScaledCluster, cluster), {})
