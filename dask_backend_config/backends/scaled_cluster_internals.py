"""A cluster whose numbers of workers are set by the user, or adapted to the tasks.

Undocumented methods of distributed's ``SpecCluster`` are replaced here; see also
`distributed_internals` and `adaptive_internals`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import dask.config
from dask.utils import parse_bytes, parse_timedelta
from distributed import Status
from distributed.deploy.adaptive import Adaptive
from distributed.deploy.cluster import Cluster
from distributed.utils import NoOpAwaitable

from .adaptive_internals import WorkerGroup
from .group_tasks import GroupTasks

#: Seconds from when a lost worker is forgotten until another is started for it.
_AFTER_LOSS = 0.1


class ScaledCluster:
    """A mixin of ``SpecCluster`` whose workers may be of several groups.

    A number of workers that the user sets holds until the user changes it. Type checkers do not
    know the methods of ``SpecCluster`` here, so calls of them are marked.
    """

    workers: dict[Any, Any]
    worker_spec: dict[Any, Any]
    new_spec: Any
    scheduler: Any
    scheduler_info: dict[str, Any]
    status: Status
    loop: Any
    _adaptive: Any
    _adaptive_options: dict[str, Any]
    _futures: set[Any]
    _correct_state_waiting: Any
    #: The group for which methods of distributed run, see `_as_current`.
    _current: WorkerGroup | None = None

    @functools.cached_property
    def groups(self) -> Mapping[str, WorkerGroup]:
        """The groups by their names."""
        return {group.name: group for group in self.make_groups()}

    @functools.cached_property
    def _members(self) -> dict[Any, WorkerGroup]:
        return {}

    def make_groups(self) -> Iterator[WorkerGroup]:
        """Yield the groups; the first one has the workers that are not otherwise known."""
        yield WorkerGroup(self, spec=self.new_spec)

    def group(self, name: str | None = None) -> WorkerGroup:
        """Return a group, the first one for None."""
        return next(iter(self.groups.values())) if name is None else self.groups[name]

    def group_of(self, name: Any) -> WorkerGroup:
        """Return the group of a member or a worker."""
        member = self._members.get(name) or self._members.get(str(name).rpartition("-")[0])
        return member or self.group()

    def new_member(self, group: WorkerGroup) -> dict[Any, Any]:
        """Return name and specification of another member of a group."""
        with self._as_current(group):
            ((name, spec),) = self.new_worker_spec().items()  # type: ignore[attr-defined]
        self._members[name] = group
        return {name: spec}

    def _new_worker_name(self, worker_number: int) -> Any:
        return self.name_in_group(super()._new_worker_name(worker_number))  # type: ignore[misc]

    def name_in_group(self, name: Any) -> Any:
        """Return the name of a new member with that of its group before the number."""
        group = self._current.name if self._current else ""
        return f"-{group}-".join(str(name).rsplit("-", 1)) if group else name

    def scale(
        self,
        n: int | None = None,
        memory: str | float | None = None,
        cores: int | None = None,
        jobs: int = 0,
        worker_group: str | None = None,
    ) -> Any:
        """Set the number of workers of a group, by default the first; it adapts no more."""
        if self.status in (Status.closing, Status.closed):
            self.worker_spec.clear()
            return NoOpAwaitable()
        group = self.group(worker_group)
        group.stop_adapting("scaled")
        with self._as_current(group):
            needed = [n or 0, jobs * group.size]
            if memory is not None:
                needed.append(math.ceil(parse_bytes(memory) / self._memory_per_worker()))  # type: ignore[attr-defined]
            if cores is not None:
                needed.append(math.ceil(cores / self._threads_per_worker()))  # type: ignore[attr-defined]
        group.scale(group.members_for(max(needed)))
        return NoOpAwaitable()

    def adapt(
        self,
        Adaptive: type[Adaptive] = Adaptive,  # noqa: N803 - the name of dask's parameter
        worker_group: str | None = None,
        **options: Any,
    ) -> Any:
        """Adapt the number of workers of a group, by default the first, to its tasks.

        See ``distributed.deploy.Adaptive``.
        """
        group = self.group(worker_group)
        for limit in ("minimum", "maximum"):
            if (jobs := options.pop(f"{limit}_jobs", None)) is not None:
                options[limit] = jobs * group.size

        def new(_: Any, **given: Any) -> Any:
            return group.new_adaptive(Adaptive, **given)

        with self._as_current(group):
            group.adaptive = super().adapt(Adaptive=new, **{**group.defaults, **options})  # type: ignore[misc]
        self._adaptive = self.group().adaptive
        return group.adaptive

    @contextlib.contextmanager
    def _as_current(self, group: WorkerGroup) -> Iterator[None]:
        """Let methods of distributed read and change a group where they mean the whole cluster."""
        saved = self.new_spec, self._adaptive, self._current
        self.new_spec, self._adaptive, self._current = group.spec, group.adaptive, group
        self._adaptive_options = group.adaptive_options
        try:
            yield
        finally:
            self.new_spec, self._adaptive, self._current = saved

    @contextlib.asynccontextmanager
    async def at_least(self, number: int, worker_group: str | None = None) -> AsyncIterator[None]:
        """Request a number of workers at once, and keep them from being closed in the block.

        Without the name of a group, workers of all groups count, and those that are missing are
        requested from the first.
        """
        group = self.group(worker_group)
        if worker_group is None:
            others = (other for other in self.groups.values() if other is not group)
            number -= sum(len(other.plan) * other.size for other in others)
        async with group.at_least(max(0, number)):
            yield

    def most_workers(self, worker_group: str | None = None) -> float:
        """Return the most workers that there will be unless the user scales again."""
        named = self.groups.values() if worker_group is None else [self.group(worker_group)]
        return sum(group.most_workers() for group in named)

    def connected_workers(self, worker_group: str | None = None) -> int:
        """Return the number of connected workers of a group, or of all."""
        names = [worker["name"] for worker in self.scheduler_info["workers"].values()]
        if worker_group is None:
            return len(names)
        return sum(self.group_of(name).name == worker_group for name in names)

    def before_start(self) -> None:
        """Do what the start of the cluster needs."""

    async def before_close(self) -> None:
        """Do what the end of the cluster needs."""

    async def _start(self) -> None:
        self.before_start()
        await super()._start()  # type: ignore[misc]
        self.scheduler.add_plugin(GroupTasks(self.groups))

    async def _close(self) -> None:
        for group in self.groups.values():
            group.stop_adapting("closed")
        await self.before_close()
        await super()._close()  # type: ignore[misc]

    def _correct_state(self) -> Any:
        """Close and start members; an interrupted caller does not end that half-way.

        distributed would also return a task again that was cancelled before.
        """
        if self._correct_state_waiting is not None and self._correct_state_waiting.done():
            self._correct_state_waiting = None
        return asyncio.shield(super()._correct_state())  # type: ignore[misc]

    async def _correct_state_internal(self) -> None:
        """Close and start members; those that are closed give their results to others before.

        distributed means to do that as well, but takes the names of the workers for addresses.
        """
        retired: set[Any] = set()
        while self.status == Status.running and (leaving := self._leaving() - retired):
            retired |= leaving
            names = [name for each in leaving for name in self.group_of(each).workers_of(each)]
            self.scheduler.leaving |= set(names)
            await self.scheduler.retire_workers(names=names, remove=False)
        await super()._correct_state_internal()  # type: ignore[misc]

    def _leaving(self) -> set[Any]:
        return self.workers.keys() - self.worker_spec.keys()

    def _update_worker_status(self, op: str, msg: Any) -> None:
        """Start another member for one that was lost; distributed does only while it adapts."""
        if op == "remove":
            name = self.scheduler_info["workers"][msg]["name"]
            timeout = parse_timedelta(dask.config.get("distributed.deploy.lost-worker-timeout"))
            member = self.group_of(name).member_of(name)
            asyncio.get_running_loop().call_later(timeout, self._replace_lost, member)
        Cluster._update_worker_status(self, op, msg)  # type: ignore[arg-type]

    def _replace_lost(self, member: Any) -> None:
        """Close a member unless one of its workers came back, and start what is missing."""
        workers = self.scheduler_info["workers"].values()
        names = {worker["name"] for worker in workers}
        if names.isdisjoint(self.group_of(member).workers_of(member)):
            lost = self.workers.pop(member, None)
            if lost is not None:
                self._futures.add(asyncio.ensure_future(lost.close()))
            asyncio.get_running_loop().call_later(_AFTER_LOSS, self._start_missing)

    def _start_missing(self) -> None:
        if self.status == Status.running and self.worker_spec.keys() - self.workers.keys():
            self._correct_state()


def scaled(cluster: type[Any]) -> type[Any]:
    """Return a subclass of a subclass of ``SpecCluster`` that is a `ScaledCluster`."""
    return type(cluster.__name__, (ScaledCluster, cluster), {})
