"""distributed's scheduler; a planned end of a worker costs neither results nor running tasks.

distributed's own workers end as soon as their results are elsewhere or cannot go anywhere, and
their running tasks start again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from distributed.core import Status

from .. import distributed_internals as internals
from ..lost_tasks import LostTaskScheduler, TaskLostError
from .overruns import Overrun, Overruns
from .planned_ends import PlannedEnd

logger = logging.getLogger("dask_backend_config")

#: Seconds between two looks at a worker that retires.
_POLL_INTERVAL = 0.1
#: After this number of heartbeats, the scheduler knows which tasks a worker runs that starts no
#: others any more; seconds that it waits for them.
_HEARTBEATS, _HEARTBEAT_LIMIT = 2, 10.0


@dataclass(frozen=True)
class WalltimeLimit:
    """The number of times that the walltime of its worker may stop a task.

    Attributes
    ----------
    walltime : str
        For messages.
    attempts : int
    hint : str
        What to do about it.
    """

    walltime: str
    attempts: int
    hint: str


class RetiringScheduler(LostTaskScheduler):
    """distributed's scheduler, for workers with a planned end.

    At its planned end, a worker stops taking tasks. It leaves when its running tasks have ended and
    its results are on other workers, but not later than its `PlannedEnd` allows.

    Parameters
    ----------
    planned_end : callable
        Returns the `PlannedEnd` of a worker's address; None if it has none.
    on_planned_end : callable
        Called with a worker's name when it stops taking tasks; returns an awaitable.
    walltime : callable
        Returns the `WalltimeLimit` of the job of a worker's name.
    **options
        Options of `LostTaskScheduler`.
    """

    def __init__(
        self,
        *,
        planned_end: Callable[[str], PlannedEnd | None],
        on_planned_end: Callable[[str], Awaitable[None]],
        walltime: Callable[[str], WalltimeLimit],
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._planned_end = planned_end
        self._on_planned_end = on_planned_end
        self._walltime = walltime
        self._overruns = Overruns()

    async def retire_workers(self, workers: Any = None, **options: Any) -> Any:
        """Retire workers; one that reached its planned end finishes its running tasks before."""
        stimulus = str(options.get("stimulus_id"))
        if not workers or not stimulus.startswith(internals.PLANNED_END):
            return await super().retire_workers(workers, **options)
        for address in workers:
            await self._retire(address, stimulus)
        return {}

    async def _retire(self, address: str, stimulus: str) -> None:
        state = self.workers.get(address)
        if state is None:
            return
        end = self._planned_end(address)
        latest = math.inf if end is None else end.latest
        try:
            internals.stop_taking_tasks(self, state, stimulus)
            await self._on_planned_end(str(state.name))
            with contextlib.suppress(asyncio.TimeoutError):
                wait = None if math.isinf(latest) else latest - time.monotonic()
                await asyncio.wait_for(self._wait_until_empty(state, stimulus), wait)
        except Exception:
            logger.exception("retiring %s failed", state.name)
        if self._is_here(state):
            given_up = self._record_overruns(state, end, stimulus)
            await self.remove_worker(address, expected=True, close=False, stimulus_id=stimulus)
            for task, error in given_up:
                if internals.is_released(self, task):
                    internals.fail_released_task(self, task, error, stimulus)

    async def _wait_until_empty(self, state: Any, stimulus: str) -> None:
        """Wait until a worker's tasks have ended and its results are on others as well."""
        await self._wait_for_heartbeats(state)
        internals.take_back_waiting_tasks(self, state, stimulus)
        is_empty = has_moved = False
        while not is_empty and self._is_here(state):
            has_ended = not state.processing
            if has_ended or not has_moved:
                has_moved = not state.has_what or await self._move_results(state, stimulus)
            is_empty = has_ended and has_moved
            await asyncio.sleep(_POLL_INTERVAL)

    async def _move_results(self, state: Any, stimulus: str) -> bool:
        """Copy a worker's results to others; return whether that was possible."""
        if not self.running:
            return False
        moved = await super().retire_workers(
            [state.address], close_workers=False, remove=False, stimulus_id=stimulus
        )
        return bool(moved)

    async def _wait_for_heartbeats(self, state: Any) -> None:
        """Wait until the scheduler knows which tasks a worker runs that starts no others."""
        limit = time.monotonic() + _HEARTBEAT_LIMIT
        for _ in range(_HEARTBEATS):
            seen = state.last_seen
            while state.processing and state.last_seen == seen and time.monotonic() < limit:
                await asyncio.sleep(_POLL_INTERVAL)

    def _is_here(self, state: Any) -> bool:
        closing = self.ends or self.status in (Status.closing, Status.closed)
        return not closing and self.workers.get(state.address) is state

    def _record_overruns(
        self, state: Any, end: PlannedEnd | None, stimulus: str
    ) -> list[tuple[Any, TaskLostError]]:
        """Record the tasks that a worker still runs; release those that fail for it."""
        running = internals.running_tasks(state)
        if end is None or not running:
            return []
        self._overruns.keep_only(self.tasks.keys())
        limit = self._walltime(str(state.name))
        lost, whole = self._describe(state), max(end.latest - end.reported, 1.0)
        given_up = []
        for task, seconds in running.items():
            counted = self._overruns.add(task.key, Overrun(lost, seconds, seconds / whole))
            if len(counted) >= limit.attempts:
                internals.release_task(self, task, stimulus)
                given_up.append((task, self._overrun_error(task.key, counted, state, limit)))
                continue
            self._report(task.key, seconds, len(counted), limit)
            if (worker := self._worker_for(seconds)) is not None:
                internals.prefer_worker(task, worker)
        return given_up

    def _report(self, key: Any, seconds: float, attempts: int, limit: WalltimeLimit) -> None:
        """Warn about a task that starts again, unless it may just have started late."""
        if attempts or self._overruns.number(key) > 1:
            number = f" (attempt {attempts + 1} of {limit.attempts})" if attempts else ""
            logger.warning(
                "task %r ran for %.0f s until the walltime of its worker (%s) ended; starting it "
                "again%s. %s",
                key, seconds, limit.walltime, number, limit.hint,
            )  # fmt: skip

    def _worker_for(self, seconds: float) -> Any:
        """Return a worker with enough time for a task, an idle one if possible, or the youngest."""
        left = {worker: self._time_left(worker) for worker in self.running}
        fitting = [worker for worker in left if left[worker] > seconds] or list(left)
        return min(
            fitting,
            key=lambda worker: (len(worker.processing) >= worker.nthreads, -left[worker]),
            default=None,
        )

    def _time_left(self, worker: Any) -> float:
        end = self._planned_end(worker.address)
        return math.inf if end is None else end.latest - time.monotonic()

    def _overrun_error(
        self, key: Any, found: Sequence[Overrun], state: Any, limit: WalltimeLimit
    ) -> TaskLostError:
        message = (
            f"task {key!r} failed: the walltime of its worker ({limit.walltime}) ended before it, "
            f"{len(found)} times (walltime-attempts is {limit.attempts})"
        )
        message = "\n  ".join([message, *map(str, found)])
        workers = [overrun.worker for overrun in found]
        clean = state.clean()
        return TaskLostError(key, clean, self.allowed_failures, workers, message, limit.hint)
