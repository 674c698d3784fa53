"""Tasks whose workers died as often as is allowed, and what their error says of it."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import distributed
from distributed.core import Status
from distributed.scheduler import KilledWorker

from ..core.errors import BackendError
from .worker_logs import log_end

#: Workers that an error names, the latest.
_NAMED = 4
_WIDTH = 300
#: Seconds that the error waits for what the batch scheduler says of the last job.
_LAST_WORDS_LIMIT = 2.0


@dataclass(frozen=True)
class LostWorker:
    """A worker that died while it had a task.

    Attributes
    ----------
    name, host : str
    process : int
        Its number on the host.
    job : str, optional
        The batch scheduler and its number for the job, ``Slurm job 17``.
    words : str
        What the batch scheduler said of the job's end, where it did.
    log : str, optional
        Path of the worker's log.
    """

    name: str
    host: str
    process: int
    job: str | None = None
    words: str = ""
    log: str | None = None


class TaskLostError(KilledWorker, BackendError):
    """A task that was given up, since its workers died as often as ``allowed-failures`` allows.

    Parameters
    ----------
    task : str
        The task's key.
    last_worker : distributed.scheduler.WorkerState
    allowed_failures : int
    workers : sequence of LostWorker
        All that died of it, the last one last.
    message : str
    hint : str, optional
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

    __str__ = BackendError.__str__

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*self.args, self.workers, self.message, self.hint)


class LostTaskScheduler(distributed.Scheduler):
    """distributed's scheduler, whose error for a lost task says where it was lost.

    Parameters
    ----------
    describe : callable
        ``WorkerState`` -> `LostWorker`.
    last_words : callable, optional
        Asks how the worker's job ended: `LostWorker` -> awaitable of the words.
    hint : str
        What the user may change.
    **options
        Those of ``distributed.Scheduler``.
    """

    def __init__(
        self,
        *,
        describe: Callable[[Any], LostWorker],
        last_words: Callable[[LostWorker], Awaitable[str]] | None = None,
        hint: str,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._describe = describe
        self._last_words = last_words
        self._hint = hint
        #: Whether the jobs of all workers are being ended.
        self.ends = False
        #: Key -> workers that died of it.
        self._losses: dict[Any, list[LostWorker]] = {}

    async def remove_worker(
        self, address: str, *, stimulus_id: str, expected: bool = False, **options: Any
    ) -> Any:
        """Remove a worker; tasks that may not be tried again fail with `TaskLostError`.

        While all of it ends, nothing is done: distributed tells each worker of each other that
        leaves, for 1,000 workers a million messages, which take 20 seconds and reach nobody.
        """
        if self.ends or self.status == Status.closing:
            return "OK"
        state = self.workers.get(self.coerce_address(address))
        given_up: list[Any] = []
        if state is not None and not expected:
            given_up = self._note(state, stimulus_id)
        done = await super().remove_worker(
            address, stimulus_id=stimulus_id, expected=expected, **options
        )
        if given_up:
            await self._fail(given_up, state, stimulus_id)
        return done

    def _note(self, state: Any, stimulus_id: str) -> list[Any]:
        """Note who lost which tasks; take from it those that may not be tried again."""
        lost = self._describe(state)
        self._losses = {key: found for key, found in self._losses.items() if key in self.tasks}
        given_up = []
        for task in list(state.processing):
            self._losses.setdefault(task.key, []).append(lost)
            if task.suspicious >= self.allowed_failures:
                task.suspicious += 1
                task.prefix.suspicious += 1
                self._set_aside(task.key, stimulus_id)
                given_up.append(task)
        return given_up

    def _set_aside(self, key: Any, stimulus_id: str) -> None:
        """Release a task without having it run again."""
        recommendations = self.transition(key, "released", stimulus_id=stimulus_id)
        if recommendations.get(key) == "waiting":
            del recommendations[key]
        self.transitions(recommendations, stimulus_id=stimulus_id)

    def _is_set_aside(self, task: Any) -> bool:
        """Whether nobody has forgotten the task since, or asked for it anew."""
        return bool(task.state == "released" and self.tasks.get(task.key) is task)

    async def _fail(self, given_up: Sequence[Any], state: Any, stimulus_id: str) -> None:
        words = ""
        if self._last_words is not None:
            last = self._losses[given_up[0].key][-1]
            with contextlib.suppress(asyncio.TimeoutError):
                words = await asyncio.wait_for(self._last_words(last), _LAST_WORDS_LIMIT)
        for task in given_up:
            if self._is_set_aside(task):
                losses = self._losses.pop(task.key)
                losses[-1] = replace(losses[-1], words=words)
                error = self._error(task.key, losses, state)
                task.exception, task.exception_text = pickle.dumps(error), str(error)
                task.exception_blame = task
                recommendations = self.transition(task.key, "erred", stimulus_id=stimulus_id)
                self.transitions(recommendations, stimulus_id=stimulus_id)

    def _error(self, key: Any, losses: Sequence[LostWorker], state: Any) -> TaskLostError:
        allowed = self.allowed_failures
        times = "once" if len(losses) == 1 else f"{len(losses)} times"
        latest = list(losses[-_NAMED:])
        earlier = f"{len(losses) - _NAMED} more, " if len(losses) > _NAMED else ""
        message = (
            f"task {key!r} was tried {times}, and each time its worker died: "
            f"{earlier}{', '.join(map(_told, latest))}"
        )
        hint = f"allowed-failures is {allowed}: {self._hint}"
        return TaskLostError(key, state.clean(), allowed, losses, message, hint)


def _told(worker: LostWorker) -> str:
    """What is known of a worker that died, its log's last lines included."""
    place = worker.job or f"process {worker.process}"
    if worker.job and worker.words:
        place = f"{worker.job} ended as {worker.words}"
    if worker.log:
        end = log_end(worker.log)[-_WIDTH:]
        place += f", log {worker.log}" + (f" ends with: {end}" if end else "")
    return f"{worker.name} on {worker.host} ({place})"
