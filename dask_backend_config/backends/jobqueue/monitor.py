"""Watches the jobs of a cluster whose workers have not connected, and says what becomes of them.

Nothing is asked while every worker is there. Else one command asks for all waiting jobs at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import logging
import pickle
import time
from typing import Any

from distributed.core import Status
from distributed.diagnostics.plugin import SchedulerPlugin

from ...core.errors import BackendError
from ...schedulers import JobState
from ..worker_logs import log_end, log_patterns
from .jobs import Job, Jobs, words_of

logger = logging.getLogger("dask_backend_config")

#: Jobs that may end one after the other before their workers connect; then the rest would, too.
_DEATHS = 3
#: Seconds after the last refusal until one of the refused jobs is tried again, where others were
#: accepted. While that goes well, each look tries twice as many: a limit on a user's jobs would
#: else refuse them all, again and again.
_RETRY = 60.0
#: Seconds after which a line says why a job waits. The next comes after twice the time, or when the
#: reason changes, but not at once.
_FIRST_REPORT = 10.0
_REPORTS_APART = 60.0
#: Times that a job must be missing from the answers before it counts as gone: a scheduler may not
#: list a job at once, and lists it no more while its worker says goodbye.
_MISSING = 2
_FIRST_LOOK = 1.0
#: Seconds before each look at a job whose worker died; it may not have ended yet.
_LAST_LOOKS = (0.0, 0.5)
_WHERE_TO_LOOK = "see the job's log, and the keys python and setup-script-commands"


class Watch(SchedulerPlugin):
    """Follows the jobs of one cluster, as a plugin of its scheduler.

    Parameters
    ----------
    cluster : dask_jobqueue.JobQueueCluster
    jobs : Jobs
    interval : float
        Seconds between two looks; the first come sooner.
    """

    name = "dask-backend-config-watch"

    def __init__(self, cluster: Any, jobs: Jobs, interval: float) -> None:
        self._cluster = cluster
        self._jobs = jobs
        self._interval = interval
        self._states: dict[str, JobState] = {}
        self._missing: dict[str, int] = {}
        self._deaths = 0
        self._tried_again = 1
        self._due = _FIRST_REPORT
        self._reported = (0.0, "")
        self._pause = _FIRST_LOOK
        self._unanswered = ""
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Start to watch, in the cluster's event loop."""
        self._cluster.scheduler.add_plugin(self)
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop to watch, as the scheduler does that ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def add_worker(self, scheduler: Any, worker: str) -> None:
        """Note that a job's worker is there."""
        job = self._jobs.by_name.get(str(scheduler.workers[worker].name))
        if job is not None:
            job.connected = True
            self._deaths = 0

    def update_graph(self, scheduler: Any, **_: Any) -> None:
        """Have workers asked for at once where there are none, not at the next interval."""
        adaptive = self._cluster._adaptive
        if adaptive is not None and not self._cluster.worker_spec and self._jobs.failure is None:
            asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(adaptive.adapt()))

    def waiting(self) -> list[tuple[Job, JobState | None]]:
        """The jobs whose workers have not connected, the oldest first, and how they last stood."""
        jobs = [
            job for job in list(self._jobs.by_name.values()) if job.number and not job.connected
        ]
        jobs.sort(key=lambda job: job.submitted_at)
        return [(job, self._states.get(job.number or "")) for job in jobs]

    async def last_words(self, worker: str) -> str:
        """How the job of a worker ended, in the batch scheduler's words; empty where it runs."""
        number = self._jobs.numbers.get(worker)
        if number is None:
            return ""
        scheduler = self._jobs.template.scheduler
        for pause in _LAST_LOOKS:
            await asyncio.sleep(pause)
            output = await self._jobs.command(scheduler.states_command([number]))
            with contextlib.suppress(ValueError):
                state = scheduler.read_states(output).get(number)
                if state is not None and state.phase == "ended":
                    return state.description
        return ""

    async def _watch(self) -> None:
        while self._jobs.failure is None:
            await asyncio.sleep(min(self._pause, self._interval))
            self._pause = min(2 * self._pause, self._interval)
            try:
                await self._look()
            except Exception:
                logger.exception("looking after the jobs failed")

    async def _look(self) -> None:
        self._retry_refused()
        waiting = [job for job, _ in self.waiting()]
        if not waiting:
            self._due = _FIRST_REPORT
            return
        scheduler = self._jobs.template.scheduler
        numbers = [job.number for job in waiting if job.number]
        output = await self._jobs.command(scheduler.states_command(numbers))
        try:
            self._states = scheduler.read_states(output)
        except ValueError:
            self._no_answer(words_of(output))
            return
        self._unanswered = ""
        for job in waiting:
            self._judge(job)
        self._report()

    def _no_answer(self, words: str) -> None:
        """Say once that nobody can say how the jobs stand; it may be a restart."""
        if words != self._unanswered:
            logger.warning("%s does not say how jobs stand: %s", self._title, words)
        self._unanswered = words

    def _judge(self, job: Job) -> None:
        state = self._states.get(job.number or "")
        missing = self._missing.pop(job.name, 0) + 1
        if job.connected or (state and state.phase != "ended"):
            return
        if state is None and missing < _MISSING:
            self._missing[job.name] = missing
            return
        self._deaths += 1
        self._pause = _FIRST_LOOK
        error = self._obituary(job, state)
        if self._deaths < _DEATHS:
            logger.warning("%s; it is replaced", error.message)
            self._replace(job)
        elif self._cluster.scheduler.workers:
            job.number, job.refusal, job.submitted_at = None, error, time.monotonic()
        else:
            self._fail(error)

    def _obituary(self, job: Job, state: JobState | None) -> BackendError:
        words = f" as {state.description}" if state else ""
        places = log_patterns(self._jobs.template, job.number or "")
        ends = (log_end(path) for pattern in places for path in glob.glob(pattern))
        log = next((f"; its log ends with: {end}" for end in ends if end), "")
        earlier = f"; so did {self._deaths - 1} before it" if self._deaths >= _DEATHS else ""
        ended = f"{self._title} job {job.number} ended{words} before its worker connected"
        return BackendError(f"{ended}{earlier}{log}", hint=_WHERE_TO_LOOK)

    def _replace(self, job: Job) -> None:
        """Forget a job, so that the cluster submits another for the same worker."""
        process = self._cluster.workers.pop(job.name, None)
        if process is not None:
            process.status = Status.closed
        self._jobs.by_name.pop(job.name, None)
        self._cluster._correct_state()

    def _retry_refused(self) -> None:
        jobs = list(self._jobs.by_name.values())
        refused = [job for job in jobs if job.refusal]
        if not refused or any(not job.number and not job.refusal for job in jobs):
            return
        if not self._jobs.accepted and refused[0].refusal:
            self._fail(refused[0].refusal)
        elif time.monotonic() - max(job.submitted_at for job in refused) <= _RETRY:
            self._tried_again = 1
        else:
            if self._tried_again == 1:
                others = f" ({len(refused) - 1} more jobs wait for the same)" if refused[1:] else ""
                logger.warning("%s%s", refused[0].refusal, others)
            for job in refused[: self._tried_again]:
                self._replace(job)
            self._tried_again *= 2

    def line(self) -> str:
        """One line about the job that has waited longest, empty where none waits."""
        waiting = self.waiting()
        if not waiting:
            return ""
        job, state = waiting[0]
        others = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        queue = self._jobs.template.request.queue
        where = f" in queue {queue}" if queue else ""
        runs = state is not None and state.phase == "running"
        verb = "runs, but its worker has not connected," if runs else f"waits{where}"
        words = f": {state.description}" if state else ""
        waited = time.monotonic() - job.submitted_at
        return f"{self._title} job {job.number}{others} {verb} since {waited:.0f} s{words}"

    def _report(self) -> None:
        """Say why jobs wait, when it is time or the reason changed."""
        now = time.monotonic()
        job, state = next(iter(self.waiting()), (None, None))
        if job is None or state is None:
            return
        waited = now - job.submitted_at
        last, words = self._reported
        changed = state.description != words and now - last > _REPORTS_APART
        if waited >= _FIRST_REPORT and (waited >= self._due or changed):
            self._due = 2 * waited
            self._reported = (now, state.description)
            logger.warning("%s", self.line())

    @property
    def _title(self) -> str:
        return self._jobs.template.scheduler.title

    def _fail(self, error: BackendError) -> None:
        """Submit nothing more, and let tasks that wait for a worker fail with the reason."""
        self._jobs.failure = error
        logger.error("%s", error)
        if self._cluster._adaptive is not None:
            self._cluster._adaptive.stop(reason="jobs-failed")
        fail_tasks(self._cluster.scheduler, error)


def fail_tasks(scheduler: Any, error: BackendError) -> None:
    """Let every task that no worker has fail with `error`, as distributed lets them time out.

    Parameters
    ----------
    scheduler : distributed.Scheduler
    error : BackendError
    """
    stimulus = f"jobs-failed-{time.time()}"
    recommendations: dict[Any, Any] = {}
    for task in [*scheduler.queued, *scheduler.unrunnable]:
        recommendations.update(
            scheduler.transition(
                task.key,
                "erred",
                exception=pickle.dumps(error),
                exception_text=str(error),
                cause=task.key,
                stimulus_id=stimulus,
            )
        )
    scheduler.transitions(recommendations, stimulus_id=stimulus)
