"""Run the commands of a batch scheduler for a cluster, a limited number at a time."""

from __future__ import annotations

import asyncio
import functools
import math
import shlex
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ...schedulers import Output
from ...schedulers.data_types import TIMED_OUT
from ...schedulers.run import Follow, run

#: Commands that run at the same time, so that a batch scheduler shared by a site is not overloaded.
_CONCURRENT_COMMANDS = 8
#: Seconds between two looks whether submissions have ended, and after their time is up.
_POLL_INTERVAL, _GRACE = 0.02, 1.5

Answer = TypeVar("Answer")


class SchedulerCommands:
    """Runs commands in threads; to be used in the event loop of a cluster.

    Parameters
    ----------
    time_limit : float
        Seconds that a command may take.

    Attributes
    ----------
    time_limit : float
    slots : asyncio.Semaphore
        Held by submissions, which are decided one after the other in each slot.
    """

    def __init__(self, time_limit: float) -> None:
        self.time_limit = time_limit
        self._threads = ThreadPoolExecutor(_CONCURRENT_COMMANDS, "scheduler-command")
        self.slots = asyncio.Semaphore(_CONCURRENT_COMMANDS)
        #: When the submissions that run must have ended; and one entry for each.
        self._deadline = math.inf
        self._submissions: set[object] = set()
        self._is_ending = False

    async def run(self, command: Iterable[str]) -> Output:
        """Run a command in a thread, see `schedulers.run.run`."""
        return await self.in_thread(functools.partial(self.run_now, tuple(command)))

    def run_now(self, command: Iterable[str]) -> Output:
        """Run a command without an event loop."""
        return run(tuple(command), self.time_limit)

    def run_submission(
        self, command: Iterable[str], stdin: str | None, unset: Collection[str], follow: Follow
    ) -> Output:
        """Run a submission without an event loop, see `end_submissions`."""
        running = object()
        self._submissions.add(running)
        try:
            if self._is_ending:
                return Output(tuple(command), TIMED_OUT, stderr="not started: the backend ends")
            data = None if stdin is None else stdin.encode()
            limit = self.time_limit
            return run(tuple(command), limit, data, unset, follow, lambda: self._deadline)
        finally:
            self._submissions.discard(running)

    async def in_thread(self, call: Callable[[], Answer]) -> Answer:
        """Run a function in a thread."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except RuntimeError:  # at exit, the interpreter starts no more threads
            return call()

    def end_submissions(self, seconds: float) -> None:
        """Give the submissions that run some more seconds, and start no others."""
        self._is_ending = True
        self._deadline = min(self._deadline, time.monotonic() + seconds)

    def wait_for_submissions(self) -> None:
        """Wait for the end of those that run, after `end_submissions`; without an event loop."""
        while self._submissions and time.monotonic() < self._deadline + _GRACE:
            time.sleep(_POLL_INTERVAL)

    def close(self) -> None:
        """Shut down the threads without waiting."""
        self._threads.shutdown(wait=False)


def describe_output(output: Output) -> str:
    """Return a command's name, exit code and output in one line."""
    words = f": {output.message}" if output.message else ""
    return f"{shlex.quote(output.command[0])} ended with exit code {output.exit_code}{words}"
