"""Submit job scripts, and cancel jobs, those of submissions that fail as well."""

from __future__ import annotations

import asyncio
import functools
import itertools
import subprocess
from collections.abc import Callable, Sequence

from ...core.errors import BackendError
from ...schedulers import Output
from ...schedulers.late_submission import follow, is_number
from ...storage.private_folder import PrivateFolder
from ..resources import GPUS, MEMORY, THREADS, WALLTIME
from .commands import SchedulerCommands, describe_output
from .job_script import WorkerJob

#: A submission that takes longer than its time limit is killed after so many times the limit.
_FOLLOWED_TIMES = 10
#: Option -> the kind of amount that an extra option may set instead.
_KINDS = {
    THREADS: "threads",
    MEMORY: "memory",
    GPUS: "gpus",
    WALLTIME: "walltime",
    "queue-name": "queue",
    "account": "account",
}


class Submissions:
    """Submits and cancels the jobs of one template.

    Parameters
    ----------
    template : WorkerJob
    commands : SchedulerCommands
    describe_option : callable
        Name of an option -> the keys that set it, see `Jobs.describe_option`.
    folder : PrivateFolder, optional
        Folder for scripts, if the batch scheduler reads files.

    Attributes
    ----------
    not_cancelled : dict
        Number of each job that could not be cancelled -> output of the command.
    """

    def __init__(
        self,
        template: WorkerJob,
        commands: SchedulerCommands,
        describe_option: Callable[[str], str],
        folder: PrivateFolder | None = None,
    ) -> None:
        self.not_cancelled: dict[str, str] = {}
        self._template = template
        self._scheduler = template.scheduler
        self._commands = commands
        self._describe_option = describe_option
        self._folder = folder
        self._file_numbers = itertools.count(1)
        #: Jobs that were submitted, but that `take_over` was not called for yet.
        self._new: set[str] = set()
        self._cancelling: set[asyncio.Task[None]] = set()

    async def submit(self, name: str, script: str) -> str:
        """Submit a script and return the job's number; the caller takes it over, see `take_over`.

        Raises
        ------
        BackendError
            If the batch scheduler rejects it. A job that was made all the same is cancelled.
        """
        command, stdin = self._scheduler.submission(script, self._template.request)
        if stdin is None and self._folder is not None:
            file = f"{name}-{next(self._file_numbers)}.sh"
            command = [*command, self._folder.write({file: script})[file]]
        output = await self._commands.in_thread(functools.partial(self._run, command, stdin))
        number = self._number(output)
        if output.exit_code:
            if number:
                task = asyncio.create_task(self.cancel([number]))
                self._cancelling.add(task)
                task.add_done_callback(self._cancelling.discard)
            raise self._rejection(output, number)
        if not number:
            title, printed = self._scheduler.title, output.stdout
            raise BackendError(f"{title} accepted the job, but no job number in {printed!r}")
        return number

    def take_over(self, number: str) -> None:
        """Leave it to the caller to cancel a job, when it can be found by others."""
        self._new.discard(number)

    async def close(self, numbers: Sequence[str]) -> None:
        """Cancel jobs, and those that were submitted but not taken over."""
        await asyncio.gather(*self._cancelling)
        if left := [*dict.fromkeys([*numbers, *self._new])]:
            await self.cancel(left)

    async def cancel(self, numbers: Sequence[str]) -> None:
        """Cancel jobs with one command."""
        self._new.difference_update(numbers)
        self._check(numbers, await self._commands.run(self._cancel_command(numbers)))

    def cancel_now(self, known: Callable[[], Sequence[str]]) -> None:
        """See `close`; without an event loop.

        Parameters
        ----------
        known : callable
            Returns the numbers of the others; called when no submission runs any more.
        """
        self._commands.wait_for_submissions()
        new = list(self._new)  # before `known`, for a job that is taken over in another thread
        numbers = list(dict.fromkeys([*new, *known()]))
        self._new.clear()
        if numbers:
            self._check(numbers, self._commands.run_now(self._cancel_command(numbers)))

    def _run(self, command: Sequence[str], stdin: str | None) -> Output:
        """Run a submission in a thread, and record its job, even if the event loop has ended."""
        unset = self._template.ignored_variables
        output = self._commands.run_submission(command, stdin, unset, self._follow)
        if number := self._number(output):
            self._new.add(number)
        return output

    def _follow(self, process: subprocess.Popen[bytes], printed: bytes) -> subprocess.Popen[bytes]:
        limit = _FOLLOWED_TIMES * self._commands.time_limit
        pattern = self._scheduler.number_pattern
        return follow(process, printed, limit, pattern, self._cancel_command([]))

    def _number(self, output: Output) -> str:
        """Return the number of the job that a submission made; empty if it made none."""
        try:
            number = self._scheduler.job_number(output)
        except ValueError:
            return ""
        return number if is_number(number) else ""

    def _cancel_command(self, numbers: Sequence[str]) -> list[str]:
        return self._scheduler.cancel_command(numbers, self._template.request)

    def _check(self, numbers: Sequence[str], output: Output) -> None:
        """Record the jobs of a command that did not cancel all of them."""
        if not self._scheduler.cancel_succeeded(output):
            self.not_cancelled.update(dict.fromkeys(numbers, describe_output(output)))

    def _rejection(self, output: Output, number: str) -> BackendError:
        """Return the error about a submission that failed."""
        suspect = self._suspect(output.message)
        hint = f"Check {self._describe_option(suspect)}" if suspect else None
        if suspect == GPUS and not self._template.request.gpu_directive:
            hint = f"{hint}; if this site requests GPUs with another option, set gpu-directive"
        message = f"{self._scheduler.title} rejected the job: {describe_output(output)}"
        if number:
            message += f"; it submitted job {number} all the same, which is cancelled"
        return BackendError(message, hint=hint)

    def _suspect(self, message: str) -> str | None:
        """Return the option to check after a rejection: an extra one if it sets the same."""
        template = self._template
        suspect = self._scheduler.suspected_key(message)
        extra = {kind for line in template.extra_options for kind in template.kinds_of(line)}
        own_gpus = suspect == "gpu-directive" and not template.request.gpu_directive
        return "extra-script-options" if own_gpus or _KINDS.get(str(suspect)) in extra else suspect
