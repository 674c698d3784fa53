"""Adaptive scaling of the workers of a cluster, in one or more groups.

distributed's own rules are applied to each group: the undocumented methods ``adaptive_target`` and
``workers_to_close`` of its scheduler run with the tasks and workers of the group.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from distributed import Scheduler, Status
from distributed.deploy.adaptive import Adaptive

from .worker_groups import covers

#: Tasks of a worker from which the part of a group is estimated; distributed estimates as well.
_SAMPLE = 100


class GroupScaling(Adaptive):
    """distributed's adaptive scaling for a `WorkerGroup`; it counts the members of the group."""

    cluster: Any

    async def target(self) -> int:
        """Return the number of members that the tasks need."""
        number: int = self.cluster.target(self.target_duration)
        return number

    async def workers_to_close(self, target: int) -> list[str]:
        """Return the members to close, so that `target` of those that are connected remain."""
        members: list[str] = self.cluster.members_to_close(target)
        return members

    async def scale_down(self, workers: Any) -> None:
        """Close members; the cluster retires them, and does not expect them to close themselves."""
        await self.cluster.scale_down(workers)


class WorkerGroup:
    """Workers of the same kind in a cluster, as distributed's ``Adaptive`` sees a cluster.

    The group's members are entries of the specification of a ``SpecCluster``, such as a job, which
    may have several workers.

    Parameters
    ----------
    cluster : ScaledCluster
    name : str
        Empty if the cluster has one group only.
    spec : mapping
        Specification of each member.
    size : int
        Workers of each member.
    tasks : int
        Tasks that each worker runs at once.
    resources : mapping
        dask's abstract resources of each worker, which decide which tasks the group can run.
    limit : float
        The most members that there can ever be.
    defaults : mapping
        Defaults of the options of `adapt`; minimum and maximum are numbers of workers.
    """

    def __init__(
        self,
        cluster: Any,
        name: str = "",
        *,
        spec: Mapping[str, Any],
        size: int = 1,
        tasks: int = 1,
        resources: Mapping[str, float] = MappingProxyType({}),
        limit: float = math.inf,
        defaults: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.cluster = cluster
        self.name = name
        self.size = size
        self.spec = spec if size == 1 else {**spec, "group": [f"-{i}" for i in range(size)]}
        self.resources = resources
        self.defaults = defaults
        self.adaptive: Any = None
        #: The options of the last `adapt`, which hold until they are given again.
        self.adaptive_options: dict[str, Any] = {}
        self._tasks = tasks
        self._limit = limit
        #: The numbers of members that are waited for, and the minimum without them.
        self._requests: list[int] = []
        self._least = 0

    def __getattr__(self, name: str) -> Any:
        """Return what else the cluster has, such as ``loop``, ``status`` and ``scheduler``."""
        return getattr(self.cluster, name)

    def __await__(self) -> Generator[Any, Any, Any]:
        """Wait until the cluster has started what was requested."""
        started: Generator[Any, Any, Any] = self.cluster.__await__()
        return started

    @property
    def plan(self) -> set[Any]:
        """Members that should exist."""
        members = self.cluster.worker_spec
        return {member for member in members if self.cluster.group_of(member) is self}

    @property
    def requested(self) -> set[Any]:
        """Members that were requested."""
        return self.plan.intersection(self.cluster.workers)

    @property
    def observed(self) -> set[Any]:
        """Members with a connected worker."""
        workers = self.cluster.scheduler_info["workers"].values()
        return self.plan.intersection(self.member_of(worker["name"]) for worker in workers)

    def members_for(self, workers: float) -> int:
        """Return the number of members with so many workers."""
        return math.ceil(workers / self.size)

    def member_of(self, worker: Any) -> Any:
        """Return the name of the member that a worker is in."""
        return worker if self.size == 1 else str(worker).rpartition("-")[0]

    def workers_of(self, member: Any) -> list[Any]:
        """Return the names of the workers of a member."""
        return [member] if self.size == 1 else [f"{member}{each}" for each in self.spec["group"]]

    def offers(self, resources: Mapping[str, float] | None) -> bool:
        """Return whether each worker has these abstract resources."""
        return covers(self.resources, resources or {})

    def owns(self, task: Any) -> bool:
        """Return whether the group is the only one, or the first that can run a ``TaskState``."""
        groups = list(self.cluster.groups.values())
        able = (group for group in groups if group.offers(task.resource_restrictions))
        return len(groups) == 1 or next(able, None) is self

    def scale(self, n: int) -> None:
        """Set the number of members; adaptive scaling continues.

        Those whose workers are not connected are closed first. A cluster that closes gets none:
        adaptive scaling may still wait for a slow command then.
        """
        if self.cluster.status in (Status.closing, Status.closed):
            return
        spec: dict[Any, Any] = self.cluster.worker_spec
        connected = self.observed
        members = sorted(self.plan, key=lambda member: member in connected)
        for member in members[: max(0, len(members) - n)]:
            del spec[member]
        for _ in range(n - len(members)):
            spec.update(self.cluster.new_member(self))
        self.cluster.loop.add_callback(self.cluster._correct_state)

    def new_adaptive(
        self, kind: type[Adaptive], minimum: float = 0, maximum: float = math.inf, **options: Any
    ) -> Adaptive:
        """Return the adaptive scaling of the group, with limits of the number of its workers."""
        if kind is Adaptive:
            kind = GroupScaling
        elif not issubclass(kind, GroupScaling):
            kind = type(kind.__name__, (kind, GroupScaling), {})
        if not math.isinf(maximum):
            maximum = max(maximum // self.size, 1 if maximum else 0)
        limits = {"minimum": self.members_for(minimum), "maximum": min(maximum, self._limit)}
        made: Any = kind  # a `WorkerGroup` is no ``Cluster``
        adaptive: Adaptive = made(self, **limits, **options)
        return adaptive

    def target(self, target_duration: float) -> int:
        """Return the number of members that the tasks need, see ``Scheduler.adaptive_target``.

        Without workers, distributed counts as if each would run one task at once.
        """
        part = self._part_of_scheduler()
        workers: float = part.adaptive_target(target_duration)
        return self.members_for(workers if part.workers else workers / self._tasks)

    def members_to_close(self, target: int) -> list[Any]:
        """Return the members that are closed at the least cost, so that `target` remain."""
        part = self._part_of_scheduler()
        number = len(part.workers) - target * self.size
        names = part.workers_to_close(
            n=number, key=lambda worker: self.member_of(worker.name), attribute="name"
        )
        return list({self.member_of(name) for name in names})

    async def request_workers(self) -> None:
        """Request now the workers that the tasks need, if the group adapts; it closes none."""
        adaptive = self._running_adaptive()
        if adaptive is None or len(self.plan) >= adaptive.maximum:
            return
        target = await adaptive.safe_target()
        if target > len(self.plan):
            await adaptive.scale_up(n=target)

    async def number_to_replace(self, leaving: int) -> int:
        """Return how many members are replaced if `leaving` of them leave now."""
        adaptive = self._running_adaptive()
        if adaptive is None:
            return leaving
        target: int = await adaptive.safe_target()
        return max(0, min(leaving, target - len(self.plan) + leaving))

    def stop_adapting(self, reason: str = "jobs-failed") -> None:
        """Keep the group from changing its number of workers by itself."""
        if self.adaptive is not None:
            self.adaptive.stop(reason=reason)

    def most_workers(self) -> float:
        """Return the most workers that there will be unless the group is scaled again."""
        adaptive = self._running_adaptive()
        most: float = len(self.plan) if adaptive is None else max(len(self.plan), adaptive.maximum)
        return most * self.size

    @contextlib.asynccontextmanager
    async def at_least(self, workers: int) -> AsyncIterator[None]:
        """Request a number of workers at once, and keep them from being closed in the block."""
        number, adaptive = self.members_for(workers), self._running_adaptive()
        if not self._requests:
            self._least = 0 if adaptive is None else adaptive.minimum
        self._requests.append(number)
        try:
            least = self._keep_requested()
            await self.request_workers()
            if len(self.plan) < least:  # `scale` ended the adapting
                self.scale(least)
            yield
        finally:
            self._requests.remove(number)
            self._keep_requested()

    def _keep_requested(self) -> int:
        least = max([self._least, *self._requests])
        if self.adaptive is not None:
            self.adaptive.minimum = least
        return least

    def _running_adaptive(self) -> Any:
        """Return what adapts the number of workers; None after `stop_adapting`, too."""
        adaptive = self.adaptive
        return None if adaptive is None or adaptive.periodic_callback is None else adaptive

    def _part_of_scheduler(self) -> Any:
        scheduler = self.cluster.scheduler
        return scheduler if len(self.cluster.groups) == 1 else _PartOfScheduler(scheduler, self)


class _PartOfScheduler:
    """A scheduler as it would be with some of its tasks and workers only.

    Tasks in its queue are those without restrictions. Methods of ``Scheduler`` run with it as
    their ``self``, which type checkers refuse.
    """

    def __init__(self, scheduler: Any, group: WorkerGroup) -> None:
        self._scheduler = scheduler
        group_of, owns = group.cluster.group_of, group.owns
        workers = scheduler.workers.items()
        self.workers = {address: each for address, each in workers if group_of(each.name) is group}
        self.queued = scheduler.queued if group.cluster.group() is group else []
        self.unrunnable = {task: 0.0 for task in scheduler.unrunnable if owns(task)}
        self.total_occupancy = sum(
            worker.occupancy * _part(worker.processing, owns)
            for worker in scheduler.workers.values()
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scheduler, name)

    def adaptive_target(self, target_duration: float) -> int:
        return Scheduler.adaptive_target(self, target_duration)  # type: ignore[arg-type]

    def workers_to_close(self, **options: Any) -> list[Any]:
        return Scheduler.workers_to_close(self, **options)  # type: ignore[arg-type]


def _part(tasks: Iterable[Any], owns: Callable[[Any], bool]) -> float:
    """Return which part of the first tasks a group owns."""
    sample = [owns(task) for task in itertools.islice(tasks, _SAMPLE)]
    return sum(sample) / max(1, len(sample))
