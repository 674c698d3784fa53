"""Check on jobs whose workers have not connected, and report or replace them.

No command runs while all workers are connected. Otherwise one command asks about all jobs that wait
or whose workers left unexpectedly.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import logging
import operator
import time
from typing import Any

from distributed.diagnostics.plugin import SchedulerPlugin

from ...core.errors import BackendError
from ...core.strings import count
from ...schedulers import JobState
from .. import distributed_internals
from ..adaptive_internals import WorkerGroup
from ..worker_logs import log_patterns
from .commands import describe_output
from .death_causes import cause_of_death
from .jobs import Job, Jobs
from .lost_jobs import LostJobs
from .rejections import RejectedJobs

logger = logging.getLogger("dask_backend_config")

#: Jobs in a row that may end before their workers connect; after that, no more jobs are submitted.
_DEATH_LIMIT = 3
#: Seconds until another job is submitted for one that ended early like others before it.
_RETRY_AFTER = 60.0
#: Seconds until a warning tells why a job waits. The next one follows after twice the time, or when
#: the reason changes, but not sooner than `_MIN_REPORT_INTERVAL`.
_FIRST_REPORT = 10.0
_MIN_REPORT_INTERVAL = 60.0
#: Times that a job must be missing from the output before it counts as ended: a batch scheduler may
#: list a new job late, and no longer lists a job whose worker is about to connect or close.
_MISSING_LIMIT = 2
_FIRST_CHECK = 1.0
#: Seconds between two looks at the tasks that wait for workers: without a worker after new tasks,
#: with workers at any time, because they show how long tasks take.
_GROWTH_INTERVALS = (0.1, 1.0)


class JobMonitor(SchedulerPlugin):
    """Follows the jobs of one group, as a plugin of the cluster's scheduler.

    Parameters
    ----------
    group : WorkerGroup
    jobs : Jobs
    interval : float
        Seconds between two checks; the first ones come sooner.

    Attributes
    ----------
    lost : LostJobs
    """

    def __init__(self, group: WorkerGroup, jobs: Jobs, interval: float) -> None:
        self.name = f"dask-backend-config-monitor-{group.name}"
        self._group = group
        self._jobs = jobs
        self._scheduler = jobs.template.scheduler
        self._interval = interval
        self._deaths = 0
        self._next_report = _FIRST_REPORT
        self._last_report = (0.0, "")
        self._pause = _FIRST_CHECK
        self._last_failure = ""
        self.lost = LostJobs(group, jobs, self._fail)
        self._rejected = RejectedJobs(jobs, interval, self._resubmit, self._fail)
        self._new_tasks = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    async def start_checks(self) -> None:
        """Start the checks, in the cluster's event loop."""
        self._group.scheduler.add_plugin(self)
        loops = (self._run(), self._grow(), self._rejected.run())
        self._loops = [asyncio.create_task(loop) for loop in loops]

    async def close(self) -> None:
        """Stop the checks; distributed calls this when the scheduler closes."""
        for loop in self._loops:
            loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await loop

    def add_worker(self, scheduler: Any, worker: str) -> None:
        """Record that a worker of a job connected."""
        self._new_tasks.set()
        member = self._group.member_of(str(scheduler.workers[worker].name))
        job = self._jobs.by_name.get(member)
        if job is not None:
            if not job.connected:
                self._jobs.waits.append(time.monotonic() - job.submitted_at)
            job.connected, job.is_lost, job.connected_at = True, False, time.monotonic()
            self._deaths = 0

    def update_graph(self, scheduler: Any, **_: Any) -> None:
        """Request workers for new tasks soon, instead of at the next adaptive interval."""
        self._new_tasks.set()

    def waiting(self) -> list[Job]:
        """Return the jobs whose workers have not connected, oldest first."""
        jobs = list(self._jobs.by_name.values())
        waiting = [job for job in jobs if job.number and not job.connected and not job.has_ended]
        return sorted(waiting, key=lambda job: job.submitted_at)

    def describe_waiting(self) -> str:
        """Return one line about the job that has waited longest, else about other jobs.

        These are rejected, or the batch scheduler has not answered yet. It is empty if all workers
        are connected.
        """
        waiting = self.waiting()
        if not waiting:
            return self._rejected.describe() or self._describe_undecided()
        job = waiting[0]
        others = f" (and {len(waiting) - 1} more)" if waiting[1:] else ""
        if job.state is not None and job.state.phase == "running":
            doing = "is running, but its worker has not connected"
        else:
            queue = self._jobs.template.effective.queue
            noun = self._scheduler.queue_noun
            doing = "has been waiting" + (f" in {noun} {queue}" if queue else "")
        waited = time.monotonic() - job.submitted_at
        words = f": {job.state.description}" if job.state else ""
        return f"{self._scheduler.title} job {job.number}{others} {doing} for {waited:.0f} s{words}"

    def _describe_undecided(self) -> str:
        jobs = list(self._jobs.by_name.values())
        number = sum(not job.number and not job.rejection for job in jobs)
        title = self._scheduler.title
        return f"{title} has not accepted {count(number, 'job')} yet" if number else ""

    async def _run(self) -> None:
        while self._jobs.failure is None:
            pause = min(self._pause, self._interval)
            self._pause = min(2 * pause, self._interval)
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(self.lost.noticed.wait(), pause)
                self._pause = _FIRST_CHECK
            self.lost.noticed.clear()
            try:
                await self._check()
            except Exception:
                logger.exception("checking the jobs failed")

    async def _grow(self) -> None:
        """Request workers while tasks wait; only distributed's own adapting closes any."""
        while await self._new_tasks.wait() and self._jobs.failure is None:
            self._new_tasks.clear()
            if self._group.observed:
                await asyncio.sleep(_GROWTH_INTERVALS[1])
            try:
                await self._group.request_workers()
            except Exception:
                logger.exception("requesting workers failed")
            if not self._group.observed:
                await asyncio.sleep(_GROWTH_INTERVALS[0])
            elif distributed_internals.tasks_wait(self._group.scheduler):
                self._new_tasks.set()

    async def _check(self) -> None:
        waiting, lost = self.waiting(), self.lost.unexplained()
        if not waiting:
            self._next_report = _FIRST_REPORT
        numbers = [job.number for job in [*waiting, *lost] if job.number]
        if not numbers:
            return
        output = await self._jobs.commands.run(self._scheduler.states_command(numbers))
        try:
            states = self._scheduler.read_states(output)
        except ValueError:
            failure = describe_output(output)
            if failure != self._last_failure:  # the batch scheduler may just restart
                logger.warning("%s does not report job states: %s", self._scheduler.title, failure)
            self._last_failure = failure
            return
        if self._jobs.failure is not None:  # the backend ends, and its jobs with it
            return
        self._last_failure = ""
        for job in waiting:
            self._handle(job, states.get(job.number or ""))
        for job in lost:
            self.lost.handle(job, states.get(job.number or ""))
        self._report()

    def _handle(self, job: Job, state: JobState | None) -> None:
        """Record a job's state; replace it if it ended before its worker connected, or give up."""
        job.state = state
        job.missing = 0 if state else job.missing + 1
        is_missing = state is None and job.missing < _MISSING_LIMIT
        if job.connected or is_missing or (state and state.phase != "ended"):
            return
        self._deaths += 1
        self._pause = _FIRST_CHECK
        error = self._death_error(job)
        if state and state.is_held and job.number:
            self._jobs.cancel_number(job.number)
        if self._deaths < _DEATH_LIMIT:
            logger.warning("%s; submitting another job", error.message)
            self._resubmit(job)
        elif self._group.observed:
            job.number, job.rejection, job.submitted_at = None, error, time.monotonic()
            job.retry_at = job.submitted_at + _RETRY_AFTER
        else:
            self._fail(error)

    def _death_error(self, job: Job) -> BackendError:
        ended = f"{self._scheduler.title} job {job.number} ended"
        ended += f" as {job.state.description}" if job.state else ""
        earlier = self._deaths - 1
        others = f", like {earlier} before it" if self._deaths >= _DEATH_LIMIT else ""
        patterns = log_patterns(self._jobs.template, job.number or "")
        template = self._jobs.template
        paths = (path for pattern in patterns for path in glob.glob(pattern))
        causes = (cause_of_death(template, path) for path in paths)
        cause, option = next(filter(operator.itemgetter(0), causes), ("", None))
        if option is None and job.state is not None and job.state.is_held:
            option = self._scheduler.suspected_key(job.state.reason)
        keys = "the keys python and setup-script-commands"
        if option is not None:
            keys = self._jobs.describe_option(option)
        words = f"{ended} before its worker connected{others}{cause and f'; {cause}'}"
        return BackendError(words, hint=f"Check the job's log, and {keys}")

    def _resubmit(self, job: Job) -> None:
        """Forget a job, so that the cluster submits another one for the same worker."""
        self._jobs.by_name.pop(job.name, None)
        distributed_internals.forget_worker(self._group.cluster, job.name)

    def _report(self) -> None:
        """Log why jobs wait, if a report is due or the reason changed."""
        job = next(iter(self.waiting()), None)
        if job is None or job.state is None:
            return
        now = time.monotonic()
        waited = now - job.submitted_at
        last, words = self._last_report
        changed = job.state.description != words and now - last > _MIN_REPORT_INTERVAL
        if waited >= _FIRST_REPORT and (waited >= self._next_report or changed):
            self._next_report = 2 * waited
            self._last_report = (now, job.state.description)
            logger.warning("%s", self.describe_waiting())

    def _fail(self, error: BackendError) -> None:
        """Submit no more jobs, and let tasks that wait for a worker fail with the reason."""
        self._jobs.failure = error
        logger.error("%s", error)
        self._group.stop_adapting()
        stimulus = f"jobs-failed-{time.time()}"
        scheduler = self._group.scheduler
        distributed_internals.fail_waiting_tasks(scheduler, error, stimulus, self._group.owns)
