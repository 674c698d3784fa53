"""Replace workers before their planned ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from typing import Any

import dask.config
from dask.utils import parse_timedelta
from distributed.diagnostics.plugin import SchedulerPlugin

from .. import distributed_internals as internals
from . import planned_ends
from .jobs import Jobs
from .planned_ends import TOPIC, PlannedEnd

logger = logging.getLogger("dask_backend_config")

_INTERVAL = 0.5


class Retirement(SchedulerPlugin):
    """Requests the successors of workers that will end, as a plugin of a cluster's scheduler.

    A worker whose successor was requested is taken out of the cluster, so that dask's adaptive
    scaling counts the successor in its place. It works on until its planned end.

    Parameters
    ----------
    cluster : dask_jobqueue.JobQueueCluster
    jobs : Jobs
    """

    name = "dask-backend-config-retirement"

    def __init__(self, cluster: Any, jobs: Jobs) -> None:
        self._cluster = cluster
        self._jobs = jobs
        #: Address of each connected worker that has one -> its end.
        self._ends: dict[str, PlannedEnd] = {}
        #: Address of each connected worker -> its name.
        self._names: dict[str, str] = {}
        #: Names of the workers taken out of the cluster -> their processes in it.
        self._leaving: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start_checks(self) -> None:
        """Start to look for ends, in the cluster's event loop."""
        self._cluster.scheduler.add_plugin(self)
        self._background(self._run())

    async def close(self) -> None:
        """Stop looking; distributed calls this when the scheduler closes."""
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._cluster.workers.update(self._leaving)  # so that the cluster closes them
        self._leaving.clear()

    def planned_end(self, address: str) -> PlannedEnd | None:
        """Return when a worker ends; None if it has not reported an end."""
        return self._ends.get(address)

    def log_event(self, topic: str, msg: Any) -> None:
        """Record the end that a worker reported."""
        if topic == TOPIC:
            self._ends[msg["worker"]] = PlannedEnd.of_event(msg, time.monotonic())

    def add_worker(self, scheduler: Any, worker: str) -> None:
        """Record the name of a worker that connected."""
        self._names[worker] = str(scheduler.workers[worker].name)

    def remove_worker(self, scheduler: Any, worker: str, **_: Any) -> None:
        """Make sure that the job of a worker that left ends."""
        self._ends.pop(worker, None)
        name = self._names.pop(worker, None)
        if name in self._leaving:
            self._background(self._close_later(name))

    async def leave(self, name: str) -> None:
        """Replace a worker that ends now, if that has not happened yet."""
        if name in self._cluster.workers:
            await self._replace([name], at_least=1)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            try:
                await self._replace(self._due(), at_least=0)
            except Exception:
                logger.exception("replacing workers failed")

    def _due(self) -> list[str]:
        now = time.monotonic()
        members = self._cluster.workers.keys() | self._leaving.keys()
        ends = [end for end in self._ends.values() if end.name in members]
        jobs = self._jobs.by_name.values()
        waiting = (now - job.submitted_at for job in jobs if job.number and not job.connected)
        lead = planned_ends.lead_time([*self._jobs.waits, *waiting])
        planned = len(self._cluster.plan)
        return planned_ends.due(ends, self._leaving, planned, now, lead)

    async def _replace(self, names: Sequence[str], at_least: int) -> None:
        """Take workers out of the cluster and request others, as many as its tasks need."""
        if not names or self._jobs.failure is not None:
            return
        number = await internals.number_to_replace(self._cluster, len(names))
        for name in names[: max(number, at_least)]:
            self._leaving[name] = internals.take_out(self._cluster, name)
        if number:
            self._cluster.request(len(self._cluster.plan) + number)

    async def _close_later(self, name: str) -> None:
        """Cancel the job of a worker that left, unless the worker comes back."""
        timeout = parse_timedelta(dask.config.get("distributed.deploy.lost-worker-timeout"))
        await asyncio.sleep(timeout)
        if name in self._leaving and name not in self._names.values():
            await self._leaving.pop(name).close()

    def _background(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
