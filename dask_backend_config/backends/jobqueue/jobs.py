"""Submit and cancel the jobs of one group, and record the outcome of each submission."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ...core.errors import BackendError
from ...schedulers import JobState
from ...storage.private_folder import PrivateFolder
from ..resources import MEMORY, THREADS
from .commands import SchedulerCommands
from .job_script import WorkerJob
from .submissions import Submissions

#: Jobs that one command cancels.
_CANCELLED_AT_ONCE = 500
#: Rejections in a row after which jobs that wait for their submission are not submitted: they would
#: be rejected, too, and a batch scheduler that does not respond takes its time for each.
_REJECTION_LIMIT = 8
#: Jobs from whose waiting times the next ones are estimated.
_KNOWN_WAITS = 8
#: Option -> the keys of ``jobqueue.<kind>`` whose value a scheduler requests instead.
_SITE_KEYS = {THREADS: ("job-cpu", "ncpus"), MEMORY: ("job-mem", "mem")}


@dataclass(eq=False)
class Job:
    """One job.

    Attributes
    ----------
    name : str
        Its name in the cluster, with which the names of its workers begin.
    number : str, optional
        The batch scheduler's identifier; None before the submission and after a rejection.
    submitted_at : float
        Monotonic seconds of the request, later of its acceptance or rejection.
    connected : bool
        Whether a worker of it has ever connected to the scheduler.
    connected_at : float
        Monotonic seconds of the latest connection.
    is_lost : bool
        Whether a worker of it has left unexpectedly since then, and the job may not run any more.
    rejection : BackendError, optional
        Why it was not submitted.
    retry_at : float
        Monotonic seconds from which another job may be submitted instead of a rejected one.
    state : JobState, optional
        What the batch scheduler reported last; None if it did not report the job.
    missing : int
        How many times in a row it was not reported.
    """

    name: str
    number: str | None = None
    submitted_at: float = field(default_factory=time.monotonic)
    connected: bool = False
    connected_at: float = 0.0
    is_lost: bool = False
    rejection: BackendError | None = None
    retry_at: float = 0.0
    state: JobState | None = None
    missing: int = 0

    @property
    def has_ended(self) -> bool:
        """Whether the batch scheduler reported its end."""
        return self.state is not None and self.state.phase == "ended"

    @property
    def why_waiting(self) -> str:
        """The batch scheduler's reason why no worker of it is connected."""
        if self.rejection is not None:
            return f"rejected: {self.rejection.message}"
        return self.state.description if self.state else "not known yet"


@dataclass(frozen=True, eq=False)
class SubmittedJob:
    """A job that the batch scheduler accepted.

    Attributes
    ----------
    number : str
        The batch scheduler's identifier.
    template : WorkerJob
        What was submitted.
    """

    number: str
    template: WorkerJob

    def __str__(self) -> str:
        return f"{self.template.scheduler.title} job {self.number}"


class Jobs:
    """The jobs of one group that were not cancelled; to be used in the cluster's event loop.

    Parameters
    ----------
    template : WorkerJob
        What is submitted for each job.
    commands : SchedulerCommands
    submitted : dict
        Worker name -> its latest `SubmittedJob`, cancelled jobs included; shared by all groups.
    folder : PrivateFolder, optional
        Folder for scripts, if the batch scheduler reads files.
    sources : callable
        `ClusterOptions.sources`.

    Attributes
    ----------
    by_name : dict
        Name of a job in the cluster -> `Job`.
    accepted : bool
        Whether any job was ever accepted.
    failure : BackendError, optional
        Why no more jobs are submitted.
    first_rejection : asyncio.Event
        Set when a job is rejected after others were accepted, or as the first one.
    waits : collections.deque
        Seconds from submission to connection of the latest workers.
    not_cancelled : dict
        Number of each job that could not be cancelled -> output of the command.
    """

    def __init__(
        self,
        template: WorkerJob,
        commands: SchedulerCommands,
        submitted: dict[str, SubmittedJob],
        folder: PrivateFolder | None = None,
        sources: Callable[[str], Sequence[str]] = lambda _name: (),
    ) -> None:
        self.template = template
        self.by_name: dict[str, Job] = {}
        self.submitted = submitted
        self.accepted = False
        self.failure: BackendError | None = None
        self.waits: deque[float] = deque(maxlen=_KNOWN_WAITS)
        self.commands = commands
        self._submissions = Submissions(template, commands, self.describe_option, folder)
        self.not_cancelled = self._submissions.not_cancelled
        self._sources = sources
        #: Jobs that were rejected since the last one was accepted.
        self._rejected: deque[Job] = deque(maxlen=_REJECTION_LIMIT)
        self.first_rejection = asyncio.Event()
        self._submission_done = asyncio.Event()
        self._to_cancel: list[str] = []
        self._cancelling: asyncio.Future[None] | None = None

    async def submit(self, name: str, address: str) -> Job:
        """Submit a job; a rejection is recorded in the job, not raised.

        Parameters
        ----------
        name : str
            Name of the job.
        address : str
            Address of dask's scheduler.
        """
        job = self.by_name[name] = Job(name)
        try:
            async with self.commands.slots:
                if (reason := self.failure or self._expected_rejection(job)) is not None:
                    raise reason
                script = self.template.script(address, name)
                job.number = await self._submissions.submit(name, script)
                self._submissions.take_over(job.number)
                record = SubmittedJob(job.number, self.template)
                self.submitted.update(dict.fromkeys(self.template.workers_of(name), record))
                self.accepted = True
                self._rejected.clear()
        except BackendError as error:
            job.rejection = error
            if not self._rejected:
                self.first_rejection.set()
            self._rejected.append(job)
        finally:
            job.submitted_at = time.monotonic()
            self._submission_done.set()
        return job

    async def wait_for_first(self) -> BackendError | None:
        """Wait until one job was accepted, or all were rejected; return the error of the latter."""
        while not self.accepted:
            jobs = list(self.by_name.values())
            if jobs and all(job.rejection for job in jobs):
                return jobs[0].rejection
            await self._submission_done.wait()
            self._submission_done.clear()
        return None

    async def cancel(self, name: str) -> None:
        """Cancel a job; jobs that are cancelled at the same time share a command."""
        job = self.by_name.pop(name, None)
        if job is None or job.number is None:
            return
        await self.cancel_number(job.number)

    def cancel_number(self, number: str) -> asyncio.Future[None]:
        """Start to cancel a job by its number, see `cancel`."""
        self._to_cancel.append(number)
        if self._cancelling is None:
            self._cancelling = asyncio.ensure_future(self._cancel_all())
        return self._cancelling

    def cancel_now(self) -> None:
        """Cancel all jobs without an event loop."""
        self._submissions.cancel_now(
            lambda: [job.number for job in list(self.by_name.values()) if job.number]
        )
        self.by_name.clear()

    async def close(self) -> None:
        """Cancel the jobs that are left, such as those of submissions that failed."""
        left = [job.number for job in self.by_name.values() if job.number]
        self.by_name.clear()
        await self._submissions.close(left)

    def _expected_rejection(self, job: Job) -> BackendError | None:
        """Return the error with which `job` would be rejected, if that can be foreseen.

        Before any job was accepted, one rejection is enough for that; later it takes several of
        them while `job` waited.
        """
        if not self._rejected:
            return None
        last = self._rejected[-1]
        waited = job.submitted_at < last.submitted_at
        many = len(self._rejected) == _REJECTION_LIMIT
        return last.rejection if not self.accepted or (many and waited) else None

    def describe_option(self, option: str) -> str:
        """Return the keys that set an option of the jobs, with their values and origins."""
        kind = self.template.scheduler.kind
        site_keys = (name for name in _SITE_KEYS.get(option, ()) if self._sources(name))
        found = self._sources(next(site_keys, option))
        if found:
            return " and ".join(found)
        extra = " and ".join(self._sources("extra-script-options"))
        return f"{option} in backends.{kind} or backends.jobqueue" + (extra and f", and {extra}")

    async def _cancel_all(self) -> None:
        await asyncio.sleep(0)  # jobs that are cancelled in this step of the loop join
        numbers, self._to_cancel, self._cancelling = self._to_cancel, [], None
        size = _CANCELLED_AT_ONCE
        parts = (numbers[start : start + size] for start in range(0, len(numbers), size))
        await asyncio.gather(*map(self._submissions.cancel, parts))
