"""The jobs of one cluster: how they are submitted and ended, and what became of them.

``dask_jobqueue`` holds the cluster and its plan; its class for a job is replaced by one whose
script is a `WorkerJob`'s, and whose commands have a limit and keep what the batch scheduler said.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import shlex
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from distributed.deploy.spec import ProcessInterface

from ...core.errors import BackendError
from ...schedulers import Output
from ...schedulers.run import run
from ...storage.private_folder import PrivateFolder
from .job_script import WorkerJob

#: Commands that run at the same time; a batch scheduler that serves a whole site is asked gently.
_COMMANDS_AT_ONCE = 8
#: Jobs that one command ends.
_CANCELLED_AT_ONCE = 500
#: Refusals in a row after which the jobs that wait for their turn are not submitted: all would be
#: refused, and a batch scheduler that does not answer takes its time for each.
_REFUSALS = 8


@dataclass(eq=False)
class Job:
    """One job of the cluster.

    Attributes
    ----------
    name : str
        Its worker's.
    number : str, optional
        The batch scheduler's; None until it is submitted, and where that was refused.
    submitted_at : float
        Monotonic seconds: when it was asked for, then when it was accepted or refused.
    connected : bool
        Whether its worker was ever connected to the scheduler.
    refusal : BackendError, optional
    """

    name: str
    number: str | None = None
    submitted_at: float = field(default_factory=time.monotonic)
    connected: bool = False
    refusal: BackendError | None = None


class Jobs:
    """All jobs of one cluster that were not ended; used in the cluster's event loop alone.

    Parameters
    ----------
    template : WorkerJob
        What each job runs.
    limit : float
        Seconds that a command of the batch scheduler may take.
    folder : PrivateFolder, optional
        For scripts, where the batch scheduler is handed files.
    """

    def __init__(
        self, template: WorkerJob, limit: float, folder: PrivateFolder | None = None
    ) -> None:
        self.template = template
        self.by_name: dict[str, Job] = {}
        #: The latest number of each worker's job, also of those that were ended.
        self.numbers: dict[str, str] = {}
        #: Whether any was ever accepted.
        self.accepted = False
        #: Why nothing more is submitted.
        self.failure: BackendError | None = None
        #: Numbers of jobs that could not be ended, and what was said.
        self.left_behind: dict[str, str] = {}
        self._limit = limit
        self._folder = folder
        self._file_numbers = itertools.count(1)
        self._threads = ThreadPoolExecutor(
            _COMMANDS_AT_ONCE, thread_name_prefix="scheduler-command"
        )
        self._turn = asyncio.Semaphore(_COMMANDS_AT_ONCE)
        #: Those that were refused since the last was accepted.
        self._refused: deque[Job] = deque(maxlen=_REFUSALS)
        self._settled = asyncio.Event()
        self._leaving: list[str] = []
        self._ending: asyncio.Future[None] | None = None

    async def command(self, words: Iterable[str], stdin: str | None = None) -> Output:
        """Run a command of the batch scheduler beside the event loop."""
        data = None if stdin is None else stdin.encode()
        call = functools.partial(run, tuple(words), self._limit, data)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except RuntimeError:  # the interpreter ends and starts nothing more in a thread
            return call()

    async def submit(self, name: str, address: str) -> Job:
        """Submit the job of the worker `name`; a refusal is kept, not raised.

        Parameters
        ----------
        name : str
        address : str
            The scheduler's.
        """
        job = self.by_name[name] = Job(name)
        try:
            async with self._turn:
                if (reason := self.failure or self._foreseen(job)) is not None:
                    raise reason
                job.number = await self._submitted(self.template.script(address, name))
                self.numbers[name] = job.number
                self.accepted = True
                self._refused.clear()
        except BackendError as error:
            job.refusal = error
            self._refused.append(job)
        finally:
            job.submitted_at = time.monotonic()
            self._settled.set()
        return job

    async def first_settled(self) -> BackendError | None:
        """Wait until a submission succeeded, or all that there are failed; then the reason."""
        while not self.accepted:
            jobs = list(self.by_name.values())
            if jobs and all(job.refusal for job in jobs):
                return jobs[0].refusal
            await self._settled.wait()
            self._settled.clear()
        return None

    async def end(self, name: str) -> None:
        """End a job; those that are ended in the same moment share a command."""
        job = self.by_name.pop(name, None)
        if job is None or job.number is None:
            return
        self._leaving.append(job.number)
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end_all())
        await self._ending

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False)

    def _foreseen(self, job: Job) -> BackendError | None:
        """The refusal that `job` need not wait for.

        While none was accepted, that of any other; later, that of several since `job` waits.
        """
        if not self._refused:
            return None
        last = self._refused[-1]
        waited = job.submitted_at < last.submitted_at
        many = len(self._refused) == _REFUSALS
        return last.refusal if not self.accepted or (many and waited) else None

    async def _submitted(self, script: str) -> str:
        words, stdin = self.template.scheduler.submission(script, self.template.request)
        if stdin is None and self._folder is not None:
            file = f"job-{next(self._file_numbers)}.sh"
            words = [*words, self._folder.write({file: script})[file]]
        output = await self.command(words, stdin)
        if output.exit_code:
            raise submission_error(output, self.template)
        try:
            return self.template.scheduler.job_number(output)
        except ValueError as error:
            title = self.template.scheduler.title
            raise BackendError(f"{title} took the job, but {error}") from None

    async def _end_all(self) -> None:
        await asyncio.sleep(0)  # whoever else ends in this step of the loop joins
        numbers, self._leaving, self._ending = self._leaving, [], None
        starts = range(0, len(numbers), _CANCELLED_AT_ONCE)
        parts = [numbers[start : start + _CANCELLED_AT_ONCE] for start in starts]
        await asyncio.gather(*map(self._cancel, parts))

    async def _cancel(self, numbers: list[str]) -> None:
        scheduler = self.template.scheduler
        output = await self.command(scheduler.cancel_command(numbers))
        if not scheduler.cancelled(output):
            self.left_behind.update(dict.fromkeys(numbers, words_of(output)))


def submission_error(output: Output, template: WorkerJob) -> BackendError:
    """The error for a refused submission, with the key to change where the words tell it."""
    scheduler = template.scheduler
    suspect = scheduler.suspect(output.words)
    hint = f"see {suspect} in backends.{scheduler.kind} or backends.jobqueue" if suspect else None
    return BackendError(f"{scheduler.title} took no job: {words_of(output)}", hint=hint)


def words_of(output: Output) -> str:
    """What became of a command, in one line: its name, its exit code and its words."""
    said = f": {output.words}" if output.words else ""
    return f"{shlex.quote(output.command[0])} ended with exit code {output.exit_code}{said}"


def job_class(base: type[Any]) -> type[Any]:
    """The class of jobs for a cluster of dask_jobqueue.

    Parameters
    ----------
    base : type
        The class that the cluster itself would use, such as ``dask_jobqueue.slurm.SLURMJob``.
    """

    class BackendJob(base):  # type: ignore[misc]
        def __init__(self, scheduler: Any = None, name: Any = None, **options: Any) -> None:
            # The base would build a script of its own from `jobqueue` keys.
            ProcessInterface.__init__(self)
            self._jobs: Jobs = options["jobs"]
            template = self._jobs.template
            self.scheduler = scheduler
            self.name = str(name)
            self.job_id: str | None = None
            self.job_name = template.request.name
            self.job_header = "\n".join(template.header())
            self.worker_processes = 1  # `JobQueueCluster.scale` counts with it

        def job_script(self) -> str:
            return self._jobs.template.script(self.scheduler, self.name)

        async def start(self) -> None:
            self.job_id = (await self._jobs.submit(self.name, self.scheduler)).number
            await ProcessInterface.start(self)

        async def close(self) -> None:
            await self._jobs.end(self.name)
            await ProcessInterface.close(self)

    return BackendJob
