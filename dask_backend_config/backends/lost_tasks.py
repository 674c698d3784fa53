"""Tasks whose workers died: how often a task is tried again, and the error that explains it."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from distributed.core import Status
from distributed.scheduler import KilledWorker

from ..core.errors import BackendError
from ..core.strings import count
from .dashboards import DashboardScheduler
from .distributed_internals import (
    fail_released_task,
    is_released,
    pickle_sent_tasks,
    release_task,
    set_unknown_task_duration,
)
from .memory_causes import MemoryCauses
from .task_pickles import pickled_task
from .worker_logs import end_of_process, log_end

#: The latest workers that an error describes.
_DESCRIBED_WORKERS = 4
#: Characters of a log that an error shows.
_LOG_CHARACTERS = 300
#: Seconds that an error waits for the batch scheduler to tell how the last job ended.
_JOB_END_LIMIT = 2.0
#: Seconds in which a nanny tells why it ended a worker, if no job is asked about.
_EVENT_LIMIT = 0.2


@dataclass(frozen=True)
class LostWorker:
    """A worker that died while it had a task.

    Attributes
    ----------
    name, host : str
        Name of the worker, and the host on which it ran.
    process : int
        Process id on the host.
    job : str, optional
        The batch scheduler and its number for the job, such as ``Slurm job 17``.
    words : str
        How the job ended, as the batch scheduler reports it; empty if unknown.
    log : str, optional
        Path of the worker's log.
    cause : str
        Why its nanny ended it; empty if it did not.
    """

    name: str
    host: str
    process: int
    job: str | None = None
    words: str = ""
    log: str | None = None
    cause: str = ""

    def __str__(self) -> str:
        place = self.job or f"process {self.process}"
        if self.job and self.words:
            place = f"{self.job} ended as {self.words}"
        where = f"{self.name} on {self.host} ({place})"
        if not self.log:
            return f"{where}: {self.cause}" if self.cause else where
        if cause := self.cause or end_of_process(self.log, self.process):
            return f"{where}: {cause}; log {self.log}"
        end = log_end(self.log)[-_LOG_CHARACTERS:]
        return f"{where}: log {self.log}" + (f" ends with: {end}" if end else "")


class TaskLostError(KilledWorker, BackendError):
    """A task failed because more than ``allowed-failures`` workers died while they ran it.

    Parameters
    ----------
    task : str
        Key of the task.
    last_worker : distributed.scheduler.WorkerState
        The worker that died last.
    allowed_failures : int
        Workers that may die before the task fails.
    workers : sequence of LostWorker
        All workers that died while they ran the task, in this order.
    message : str
        What happened in one line, and a line for each worker.
    hint : str, optional
        What to do.
    """

    def __init__(
        self,
        task: Any,
        last_worker: Any,
        allowed_failures: int,
        workers: Sequence[LostWorker],
        message: str,
        hint: str | None = None,
    ) -> None:
        BackendError.__init__(self, message, hint=hint)
        self.args = (task, last_worker, allowed_failures)
        self.workers = tuple(workers)

    def __str__(self) -> str:
        first, *workers = self.message.splitlines()
        return "\n".join([f"{first} ({self.hint})" if self.hint else first, *workers])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*self.args, self.workers, self.message, self.hint)


def weak_description(method: Callable[[Any], LostWorker]) -> Callable[[Any], LostWorker]:
    """Return a function like a method of a backend, which does not keep the backend alive."""
    reference = weakref.WeakMethod(method)

    def describe(state: Any) -> LostWorker:
        alive = reference()
        if alive is None:
            return LostWorker(str(state.name), state.host, state.pid)
        return alive(state)

    return describe


class LostTaskScheduler(DashboardScheduler):
    """distributed's scheduler; a task that it gives up fails with `TaskLostError`.

    Parameters
    ----------
    describe : callable
        Returns the `LostWorker` of a ``WorkerState``.
    job_end : callable, optional
        Returns, as an awaitable string, how the job of a `LostWorker` ended. The second argument is
        False to ask no batch scheduler, because it may have cancelled the job since.
    on_loss : callable, optional
        Called with the name of a worker that left unexpectedly.
    hint : str
        Hint of the errors.
    unknown_task_duration : float, optional
        Seconds that a task counts for adaptive scaling until a task of the same function has ended;
        None for ``distributed.scheduler.unknown-task-duration``.
    **options
        Options of `DashboardScheduler`.

    Attributes
    ----------
    ends : bool
        Set it to True before all workers are closed.
    leaving : set of str
        Names of workers that are about to be closed, so that their end is expected.
    """

    def __init__(
        self,
        *,
        describe: Callable[[Any], LostWorker],
        job_end: Callable[[LostWorker, bool], Awaitable[str]] | None = None,
        on_loss: Callable[[str], None] | None = None,
        hint: str,
        unknown_task_duration: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        pickle_sent_tasks(self, pickled_task)
        if unknown_task_duration is not None:
            set_unknown_task_duration(self, unknown_task_duration)
        self._describe = describe
        self._memory = MemoryCauses(self)
        self._job_end = job_end
        self._on_loss = on_loss
        self._hint = hint
        self.ends = False
        self.leaving: set[str] = set()
        #: Key -> workers that died of the task.
        self._losses: dict[Any, list[LostWorker]] = {}

    async def remove_worker(
        self, address: str, *, stimulus_id: str, expected: bool = False, **options: Any
    ) -> Any:
        """Remove a worker; tasks that are not tried again fail with `TaskLostError`.

        At the end of the cluster it does nothing: distributed tells each worker about each other
        worker that leaves, which is a million messages for 1,000 workers and takes 20 s.
        """
        if self.ends or self.status == Status.closing:
            return "OK"
        state = self.workers.get(self.coerce_address(address))
        if state is not None and state.name in self.leaving:
            self.leaving.discard(state.name)
            expected = True
        given_up = [] if state is None or expected else self._record_loss(state, stimulus_id)
        if state is not None and not expected and self._on_loss is not None:
            self._on_loss(str(state.name))
        answer = await super().remove_worker(
            address, stimulus_id=stimulus_id, expected=expected, **options
        )
        if given_up:
            await self._fail(given_up, state, stimulus_id)
        return answer

    def _record_loss(self, state: Any, stimulus_id: str) -> list[Any]:
        """Record which tasks a worker lost; release and return those that are not tried again."""
        lost = self._describe(state)
        self._losses = {key: found for key, found in self._losses.items() if key in self.tasks}
        given_up = []
        for task in list(state.processing):
            self._losses.setdefault(task.key, []).append(lost)
            if task.suspicious >= self.allowed_failures:
                task.suspicious += 1
                task.prefix.suspicious += 1
                release_task(self, task, stimulus_id)
                given_up.append(task)
        return given_up

    async def _fail(self, given_up: Sequence[Any], state: Any, stimulus_id: str) -> None:
        words = await self._words(self._losses[given_up[0].key][-1], ask=True)
        for task in given_up:
            if is_released(self, task):  # it may have been cancelled, or submitted again
                *earlier, last = self._losses.pop(task.key)
                known = [await self._words(each, ask=False) for each in earlier]
                losses = [
                    replace(each, words=why, cause=self._memory.cause(each.host, each.process))
                    for each, why in zip([*earlier, last], [*known, words], strict=True)
                ]
                error = self._error(task.key, losses, state)
                fail_released_task(self, task, error, stimulus_id)

    async def _words(self, lost: LostWorker, ask: bool) -> str:
        """Return how the job of a worker ended; empty if unknown."""
        if self._job_end is not None:
            with contextlib.suppress(asyncio.TimeoutError):
                return await asyncio.wait_for(self._job_end(lost, ask), _JOB_END_LIMIT)
        elif ask:
            await asyncio.sleep(_EVENT_LIMIT)
        return ""

    def _error(self, key: Any, losses: Sequence[LostWorker], state: Any) -> TaskLostError:
        allowed = self.allowed_failures
        described = [str(worker) for worker in losses[-_DESCRIBED_WORKERS:]]
        if len(losses) > _DESCRIBED_WORKERS:
            described.insert(0, f"{len(losses) - _DESCRIBED_WORKERS} more")
        message = (
            f"task {key!r} failed: its worker died {count(len(losses), 'time')} "
            f"(allowed-failures is {allowed})"
        )
        message = "\n  ".join([message, *described])
        return TaskLostError(key, state.clean(), allowed, losses, message, self._hint)
