"""Run the commands of a batch scheduler for a cluster, a limited number at a time."""

from __future__ import annotations

import asyncio
import functools
import shlex
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

from ...schedulers import Output
from ...schedulers.run import run

#: Commands that run at the same time, so that a batch scheduler shared by a site is not overloaded.
_CONCURRENT_COMMANDS = 8


class SchedulerCommands:
    """Runs commands in threads; to be used in the event loop of a cluster.

    Parameters
    ----------
    time_limit : float
        Seconds that a command may take.

    Attributes
    ----------
    slots : asyncio.Semaphore
        Held by submissions, which are decided one after the other in each slot.
    """

    def __init__(self, time_limit: float) -> None:
        self._time_limit = time_limit
        self._threads = ThreadPoolExecutor(_CONCURRENT_COMMANDS, "scheduler-command")
        self.slots = asyncio.Semaphore(_CONCURRENT_COMMANDS)

    async def run(
        self, command: Iterable[str], stdin: str | None = None, unset: Collection[str] = ()
    ) -> Output:
        """Run a command in a thread, see `schedulers.run.run`."""
        data = None if stdin is None else stdin.encode()
        call = functools.partial(run, tuple(command), self._time_limit, data, unset)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except RuntimeError:  # at exit, the interpreter starts no more threads
            return call()

    def run_now(self, command: Iterable[str]) -> Output:
        """Run a command without an event loop."""
        return run(tuple(command), self._time_limit, None, ())

    def close(self) -> None:
        """Shut down the threads without waiting."""
        self._threads.shutdown(wait=False)


def describe_output(output: Output) -> str:
    """Return a command's name, exit code and output in one line."""
    words = f": {output.message}" if output.message else ""
    return f"{shlex.quote(output.command[0])} ended with exit code {output.exit_code}{words}"
