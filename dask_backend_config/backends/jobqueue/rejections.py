"""Report jobs that the batch scheduler rejects while others run, and submit them again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Callable, Sequence

from ...core.errors import BackendError
from .jobs import Job, Jobs

logger = logging.getLogger("dask_backend_config")

_FIRST_PAUSE = 1.0
#: Seconds until a rejection is logged again; twice as many after each time.
_REPORT_INTERVAL = 60.0


class RejectedJobs:
    """Follows the rejected jobs of one cluster; to be used in the cluster's event loop.

    A rejection is noticed at once. After that, jobs are submitted again after longer and longer
    pauses of at most `interval`.

    Parameters
    ----------
    jobs : Jobs
    interval : float
        Seconds.
    resubmit : callable
        Submits a job again.
    fail : callable
        Ends the submission of jobs, with the reason.
    """

    def __init__(
        self,
        jobs: Jobs,
        interval: float,
        resubmit: Callable[[Job], None],
        fail: Callable[[BackendError], None],
    ) -> None:
        self._jobs = jobs
        self._interval = interval
        self._resubmit = resubmit
        self._fail = fail
        self._pause = _FIRST_PAUSE
        self._resubmitted: set[str] = set()
        #: The message that was logged last, when, and after how many seconds it is logged again.
        self._reported: tuple[str, float, float] | None = None

    async def run(self) -> None:
        """Submit rejected jobs again until no more jobs are submitted."""
        while self._jobs.failure is None:
            pause = min(self._pause, self._interval)
            self._pause = 2 * pause
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(self._jobs.first_rejection.wait(), pause)
                self._pause = _FIRST_PAUSE
            self._jobs.first_rejection.clear()
            try:
                if self._jobs.failure is None:
                    self._check()
            except Exception:
                logger.exception("checking the rejected jobs failed")

    def describe(self) -> str:
        """Return one line about the rejected jobs, also while they are submitted again.

        It is empty if there are none.
        """
        rejected = [job for job in list(self._jobs.by_name.values()) if job.rejection]
        if not rejected:
            return self._reported[0] if self._reported else ""
        others = f"; {len(rejected) - 1} more jobs wait for the same" if rejected[1:] else ""
        return f"{rejected[0].rejection}{others}"

    def _check(self) -> None:
        """Submit again some of the jobs that were rejected while others were accepted.

        Each check submits one, and twice as many as the check before if that succeeded: with a
        limit on a user's jobs, all of them would otherwise be rejected again and again.
        """
        jobs = list(self._jobs.by_name.values())
        rejected = {job.name: job for job in jobs if job.rejection}
        undecided = any(not job.number and not job.rejection for job in jobs)
        if rejected and self._jobs.accepted:
            self._report(list(rejected.values()))
        if undecided:
            return
        if not rejected:
            if self._reported is not None:
                logger.info("%s accepts jobs again", self._jobs.template.scheduler.title)
            self._resubmitted, self._reported = set(), None
        elif not self._jobs.accepted:
            self._fail(next(job.rejection for job in rejected.values() if job.rejection))
        else:
            self._submit_some(rejected)

    def _submit_some(self, rejected: dict[str, Job]) -> None:
        succeeded = bool(self._resubmitted) and not rejected.keys() & self._resubmitted
        number = 2 * len(self._resubmitted) if succeeded else 1
        due = [job for job in rejected.values() if job.retry_at <= time.monotonic()][:number]
        self._resubmitted = {job.name for job in due}
        self._pause = _FIRST_PAUSE if succeeded else self._pause
        for job in due:
            self._resubmit(job)

    def _report(self, rejected: Sequence[Job]) -> None:
        """Log why jobs are rejected: at once, then after longer and longer times."""
        message, now = str(rejected[0].rejection), time.monotonic()
        last_message, last, pause = self._reported or ("", 0.0, 0.0)
        is_new = _without_numbers(message) != _without_numbers(last_message)
        if is_new:
            pause = self._interval if self._reported else 0.0
        if now - last >= pause:
            logger.warning("%s", self.describe())
            self._reported = message, now, _REPORT_INTERVAL if is_new else 2 * pause


def _without_numbers(message: str) -> str:
    """Return a message without numbers, such as that of the job."""
    return re.sub(r"\d+", "", message)
