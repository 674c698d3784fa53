"""Replace workers before their planned ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dask.config
from dask.utils import parse_timedelta
from distributed.diagnostics.plugin import SchedulerPlugin

from .. import distributed_internals as internals
from ..adaptive_internals import WorkerGroup
from . import planned_ends
from .jobs import Jobs
from .planned_ends import TOPIC, PlannedEnd

logger = logging.getLogger("dask_backend_config")

_INTERVAL = 0.5


class Retirement(SchedulerPlugin):
    """Requests the successors of jobs that will end, as a plugin of a cluster's scheduler.

    A job whose successor was requested is taken out of the cluster, so that dask's adaptive scaling
    counts the successor in its place. Its workers work on until their planned ends.

    Parameters
    ----------
    group : WorkerGroup
    jobs : Jobs
    """

    def __init__(self, group: WorkerGroup, jobs: Jobs) -> None:
        self.name = f"dask-backend-config-retirement-{group.name}"
        self._group = group
        self._jobs = jobs
        #: Address of each connected worker that has one -> its end.
        self._ends: dict[str, PlannedEnd] = {}
        #: Address of each connected worker -> the name of its job in the cluster.
        self._names: dict[str, str] = {}
        #: Names of the jobs taken out of the cluster -> their processes in it.
        self._leaving: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start_checks(self) -> None:
        """Start to look for ends, in the cluster's event loop."""
        self._group.scheduler.add_plugin(self)
        self._background(self._run())

    async def close(self) -> None:
        """Stop looking; distributed calls this when the scheduler closes."""
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._group.cluster.workers.update(self._leaving)  # so that the cluster closes them
        self._leaving.clear()

    def planned_end(self, address: str) -> PlannedEnd | None:
        """Return when a worker ends; None if it has not reported an end."""
        return self._ends.get(address)

    def log_event(self, topic: str, msg: Any) -> None:
        """Record the end that a worker reported."""
        if topic == TOPIC:
            end = PlannedEnd.of_event(msg, time.monotonic())
            if self._group.cluster.group_of(end.name) is self._group:
                self._ends[msg["worker"]] = replace(end, name=self._group.member_of(end.name))

    def add_worker(self, scheduler: Any, worker: str) -> None:
        """Record the job of a worker that connected."""
        self._names[worker] = self._group.member_of(str(scheduler.workers[worker].name))

    def remove_worker(self, scheduler: Any, worker: str, **_: Any) -> None:
        """Make sure that a job ends when all of its workers have left."""
        self._ends.pop(worker, None)
        name = self._names.pop(worker, None)
        if name in self._leaving:
            self._background(self._close_later(name))

    async def leave(self, name: str) -> None:
        """Replace the job of a worker that ends now, if that has not happened yet."""
        member = self._group.member_of(name)
        if member in self._group.cluster.workers:
            await self._replace([member], at_least=1)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            try:
                await self._replace(self._due(), at_least=0)
            except Exception:
                logger.exception("replacing workers failed")

    def _due(self) -> list[str]:
        now = time.monotonic()
        members = self._group.requested | self._leaving.keys()
        latest_first = sorted(self._ends.values(), key=lambda end: -end.planned)
        ends = {end.name: end for end in latest_first if end.name in members}.values()
        jobs = self._jobs.by_name.values()
        waiting = (now - job.submitted_at for job in jobs if job.number and not job.connected)
        lead = planned_ends.lead_time([*self._jobs.waits, *waiting])
        planned = len(self._group.plan)
        return planned_ends.due(ends, self._leaving, planned, now, lead)

    async def _replace(self, names: Sequence[str], at_least: int) -> None:
        """Take jobs out of the cluster and request others, as many as the tasks need."""
        if not names or self._jobs.failure is not None:
            return
        number = await self._group.number_to_replace(len(names))
        for name in names[: max(number, at_least)]:
            self._leaving[name] = internals.take_out(self._group.cluster, name)
        if number:
            self._group.scale(len(self._group.plan) + number)

    async def _close_later(self, name: str) -> None:
        """Cancel a job whose workers left, unless one comes back."""
        timeout = parse_timedelta(dask.config.get("distributed.deploy.lost-worker-timeout"))
        await asyncio.sleep(timeout)
        if name in self._leaving and name not in self._names.values():
            await self._leaving.pop(name).close()

    def _background(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
