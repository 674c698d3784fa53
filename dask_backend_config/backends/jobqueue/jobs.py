"""Submit and cancel the jobs of one cluster, and record the outcome of each submission."""

from __future__ import annotations

import asyncio
import functools
import itertools
import shlex
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ...core.errors import BackendError
from ...schedulers import JobState, Output
from ...schedulers.run import run
from ...storage.private_folder import PrivateFolder
from ..resources import GPUS, MEMORY, THREADS
from .job_script import WorkerJob

#: Commands that run at the same time, so that a batch scheduler shared by a site is not overloaded.
_CONCURRENT_COMMANDS = 8
#: Jobs that one command cancels.
_CANCELLED_AT_ONCE = 500
#: Rejections in a row after which jobs that wait for their submission are not submitted: they would
#: be rejected, too, and a batch scheduler that does not respond takes its time for each.
_REJECTION_LIMIT = 8
#: Option -> the keys of ``jobqueue.<kind>`` whose value a scheduler requests instead.
_SITE_KEYS = {THREADS: ("job-cpu", "ncpus"), MEMORY: ("job-mem", "mem")}


@dataclass(eq=False)
class Job:
    """One job of the cluster.

    Attributes
    ----------
    name : str
        Name of its worker.
    number : str, optional
        The batch scheduler's identifier; None before the submission and after a rejection.
    submitted_at : float
        Monotonic seconds of the request, later of its acceptance or rejection.
    connected : bool
        Whether its worker has ever connected to the scheduler.
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
    rejection: BackendError | None = None
    retry_at: float = 0.0
    state: JobState | None = None
    missing: int = 0

    @property
    def why_waiting(self) -> str:
        """The batch scheduler's reason why its worker is not connected."""
        if self.rejection is not None:
            return f"rejected: {self.rejection.message}"
        return self.state.description if self.state else "not known yet"


class Jobs:
    """The jobs of one cluster that were not cancelled; to be used in the cluster's event loop.

    Parameters
    ----------
    template : WorkerJob
        The job that is submitted for each worker.
    time_limit : float
        Seconds that a command of the batch scheduler may take.
    folder : PrivateFolder, optional
        Folder for scripts, if the batch scheduler reads files.
    sources : callable
        `ClusterOptions.sources`.

    Attributes
    ----------
    by_name : dict
        Worker name -> `Job`.
    numbers : dict
        Worker name -> number of its latest job, cancelled jobs included.
    accepted : bool
        Whether any job was ever accepted.
    failure : BackendError, optional
        Why no more jobs are submitted.
    first_rejection : asyncio.Event
        Set when a job is rejected after others were accepted, or as the first one.
    not_cancelled : dict
        Number of each job that could not be cancelled -> output of the command.
    """

    def __init__(
        self,
        template: WorkerJob,
        time_limit: float,
        folder: PrivateFolder | None = None,
        sources: Callable[[str], Sequence[str]] = lambda _name: (),
    ) -> None:
        self.template = template
        self.by_name: dict[str, Job] = {}
        self.numbers: dict[str, str] = {}
        self.accepted = False
        self.failure: BackendError | None = None
        self.not_cancelled: dict[str, str] = {}
        self._time_limit = time_limit
        self._folder = folder
        self._sources = sources
        self._file_numbers = itertools.count(1)
        self._threads = ThreadPoolExecutor(_CONCURRENT_COMMANDS, "scheduler-command")
        self._slots = asyncio.Semaphore(_CONCURRENT_COMMANDS)
        #: Jobs that were rejected since the last one was accepted.
        self._rejected: deque[Job] = deque(maxlen=_REJECTION_LIMIT)
        self.first_rejection = asyncio.Event()
        self._submission_done = asyncio.Event()
        self._to_cancel: list[str] = []
        self._cancelling: asyncio.Future[None] | None = None

    async def run_command(
        self, command: Iterable[str], stdin: str | None = None, unset: Collection[str] = ()
    ) -> Output:
        """Run a command of the batch scheduler in a thread, see `run`."""
        data = None if stdin is None else stdin.encode()
        call = functools.partial(run, tuple(command), self._time_limit, data, unset)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except RuntimeError:  # at exit, the interpreter starts no more threads
            return call()

    async def submit(self, name: str, address: str) -> Job:
        """Submit the job of a worker; a rejection is recorded in the job, not raised.

        Parameters
        ----------
        name : str
            Name of the worker.
        address : str
            Address of dask's scheduler.
        """
        job = self.by_name[name] = Job(name)
        try:
            async with self._slots:
                if (reason := self.failure or self._expected_rejection(job)) is not None:
                    raise reason
                job.number = await self._submit_script(self.template.script(address, name))
                self.numbers[name] = job.number
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
        """Cancel a worker's job; jobs that are cancelled at the same time share a command."""
        job = self.by_name.pop(name, None)
        if job is None or job.number is None:
            return
        self._to_cancel.append(job.number)
        if self._cancelling is None:
            self._cancelling = asyncio.ensure_future(self._cancel_all())
        await self._cancelling

    def cancel_now(self) -> None:
        """Cancel all jobs without an event loop."""
        numbers = [job.number for job in self.by_name.values() if job.number]
        self.by_name.clear()
        if numbers:
            scheduler = self.template.scheduler
            command = scheduler.cancel_command(numbers, self.template.request)
            output = run(tuple(command), self._time_limit, None, ())
            if not scheduler.cancel_succeeded(output):
                self.not_cancelled.update(dict.fromkeys(numbers, describe_output(output)))

    def close(self) -> None:
        """Shut down the thread pool without waiting."""
        self._threads.shutdown(wait=False)

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

    async def _submit_script(self, script: str) -> str:
        scheduler = self.template.scheduler
        command, stdin = scheduler.submission(script, self.template.request)
        if stdin is None and self._folder is not None:
            file = f"job-{next(self._file_numbers)}.sh"
            command = [*command, self._folder.write({file: script})[file]]
        output = await self.run_command(command, stdin, self.template.ignored_variables)
        if output.exit_code:
            suspect = scheduler.suspected_key(output.message)
            if suspect == "gpu-directive" and not self.template.request.gpu_directive:
                suspect = "extra-script-options"
            hint = f"Check {self._description(suspect)}" if suspect else None
            message = f"{scheduler.title} rejected the job: {describe_output(output)}"
            if suspect == GPUS and not self.template.request.gpu_directive:
                hint = f"{hint}; if this site requests GPUs with another option, set gpu-directive"
            raise BackendError(message, hint=hint)
        try:
            return scheduler.job_number(output)
        except ValueError as error:
            raise BackendError(f"{scheduler.title} accepted the job, but {error}") from None

    def _description(self, option: str) -> str:
        """Return the keys that set an option, with their values and origins."""
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
        await asyncio.gather(*map(self._cancel_numbers, parts))

    async def _cancel_numbers(self, numbers: list[str]) -> None:
        scheduler = self.template.scheduler
        output = await self.run_command(scheduler.cancel_command(numbers, self.template.request))
        if not scheduler.cancel_succeeded(output):
            self.not_cancelled.update(dict.fromkeys(numbers, describe_output(output)))


def describe_output(output: Output) -> str:
    """Return a command's name, exit code and output in one line."""
    words = f": {output.message}" if output.message else ""
    return f"{shlex.quote(output.command[0])} ended with exit code {output.exit_code}{words}"
