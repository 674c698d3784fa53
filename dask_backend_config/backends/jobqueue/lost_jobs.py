"""Jobs whose workers left unexpectedly: why they run no longer, and what follows."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...core.errors import BackendError
from ...schedulers import JobState
from .. import distributed_internals
from ..adaptive_internals import WorkerGroup
from ..lost_tasks import LostWorker
from .jobs import Job, Jobs, SubmittedJob

logger = logging.getLogger("dask_backend_config")

#: Seconds before each question about a job whose worker died; the job may not have ended yet.
_JOB_END_CHECKS = (0.0, 0.5, 1.0)
#: Jobs in a row that may be held while no worker is connected; after that, no more are submitted.
_HOLD_LIMIT = 3
#: Seconds after which a worker has worked long enough for its job to count as the first in a row.
_LONG_WORK = 600.0


class LostJobs:
    """The jobs of one group whose workers left unexpectedly.

    Parameters
    ----------
    group : WorkerGroup
    jobs : Jobs
    fail : callable
        Ends the submission of jobs, with the reason.

    Attributes
    ----------
    noticed : asyncio.Event
        Set when a worker left.
    """

    def __init__(
        self, group: WorkerGroup, jobs: Jobs, fail: Callable[[BackendError], None]
    ) -> None:
        self.noticed = asyncio.Event()
        self._group = group
        self._jobs = jobs
        self._scheduler = jobs.template.scheduler
        self._fail = fail
        self._holds = 0
        #: `LostWorker.job` -> what was reported about it after its worker left.
        self._ends: dict[str, str] = {}
        self._closing: set[asyncio.Future[Any]] = set()

    def lose(self, worker: str) -> None:
        """Record that a worker left."""
        job = self._jobs.by_name.get(self._group.member_of(worker))
        if job is not None and job.number:
            job.is_lost = True
            self.noticed.set()

    def unexplained(self) -> list[Job]:
        """Return the jobs that the batch scheduler must be asked about."""
        return [job for job in list(self._jobs.by_name.values()) if job.is_lost and job.number]

    def handle(self, job: Job, state: JobState | None) -> None:
        """Report why a job runs no longer, and replace it if it is held.

        A job that ended or was queued again is left to dask, which replaces it later.
        """
        if not job.is_lost or (state and state.phase == "running"):
            return  # a nanny starts another worker in a running job
        job.is_lost, job.state = False, state
        if state is None:
            return
        submitted = str(SubmittedJob(str(job.number), self._jobs.template))
        self._ends[submitted] = state.description
        words = f"{submitted} ended as {state.description} after its worker had connected"
        if state.is_held:
            self._handle_held(job, state, words)
        elif state.phase == "waiting":
            logger.warning("%s", words)

    async def job_end(self, lost: LostWorker, ask: bool = True) -> str:
        """Return how the job of a worker ended, or why it runs no longer.

        Empty if the job still runs or the batch scheduler does not report it.

        Parameters
        ----------
        lost : LostWorker
        ask : bool, optional
            Whether to ask the batch scheduler if it has not reported it yet.
        """
        known, submitted = self._ends.get(str(lost.job)), self._jobs.submitted.get(lost.name)
        if known or submitted is None or not ask:
            return known or ""
        number = submitted.number
        for pause in _JOB_END_CHECKS:
            await asyncio.sleep(pause)
            output = await self._jobs.commands.run(self._scheduler.states_command([number]))
            with contextlib.suppress(ValueError):
                state = self._scheduler.read_states(output).get(number)
                if state is not None and state.phase == "running":
                    continue
                words = "" if state and state.is_held else await self._end_of(number)
                if state is not None:
                    return replace(state, reason=words or state.reason).description
                if words:
                    return words
        return ""

    async def _end_of(self, number: str) -> str:
        """Return what the batch scheduler tells about the end of a job, beside its state."""
        command = self._scheduler.end_command(number)
        if not command:
            return ""
        return self._scheduler.read_end(await self._jobs.commands.run(command))

    def _handle_held(self, job: Job, state: JobState, words: str) -> None:
        """Replace a job, or give up after several in a row, each soon after it had started."""
        worked = time.monotonic() - job.connected_at
        self._holds = 1 if worked > _LONG_WORK else self._holds + 1
        suspect = self._scheduler.suspected_key(state.reason)
        hint = f"Check {self._jobs.describe_option(suspect)}" if suspect else None
        if self._holds < _HOLD_LIMIT:
            logger.warning("%s", BackendError(f"{words}; submitting another job", hint=hint))
            self._replace(job)
            return
        error = BackendError(f"{words}, like {self._holds - 1} before it", hint=hint)
        if self._group.observed:
            logger.warning("%s", error)
        else:
            self._fail(error)

    def _replace(self, job: Job) -> None:
        """Cancel a job, and request another one."""
        number = len(self._group.plan)
        process = distributed_internals.take_out(self._group.cluster, job.name)
        if process is not None:
            closing = asyncio.ensure_future(process.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        self._group.scale(number)
