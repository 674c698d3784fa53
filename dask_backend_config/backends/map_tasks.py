"""Run many tasks with a limited number on the cluster, and return their results in order."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .task_source import TaskSource, with_progress

if TYPE_CHECKING:
    from distributed import Client, Future
    from rich.progress import Progress

#: Seconds after which fewer results than a batch are fetched.
_FETCH_INTERVAL = 0.05


class TaskStream:
    """The tasks of one call of ``map_tasks``.

    Parameters
    ----------
    source : TaskSource
    return_exceptions : bool
        Whether the error of a task is its result.

    Attributes
    ----------
    futures : deque
        The tasks whose results were not taken, in order.
    """

    def __init__(self, source: TaskSource, return_exceptions: bool = False) -> None:
        self.futures: deque[Future[Any]] = deque()
        self._source = source
        self._return_exceptions = return_exceptions
        self._fetched_at = time.monotonic()
        self._fill()

    def next_results(self, client: Client) -> list[Any]:
        """Wait for the next result, and return it with the finished results behind it.

        Raises
        ------
        Exception
            The error of the next task, unless errors are results.
        """
        from distributed import wait

        ready = ("finished", "error") if self._return_exceptions else ("finished",)

        wait([self.futures[0]])
        # Fetching takes longer than a quick task, so results of quick tasks are fetched together.
        pause = self._fetched_at + _FETCH_INTERVAL - time.monotonic()
        batch = itertools.islice(self.futures, self._source.window.batch_size)
        if pause > 0 and not all(future.done() for future in batch):
            time.sleep(pause)
        taken = list(itertools.takewhile(lambda one: one.status in ready, self.futures))
        if not taken:
            self.futures[0].result()  # raises the error
        for _ in taken:
            self.futures.popleft()
        if self._source.window.max_size:
            self._fill()  # workers get new tasks while results are fetched
        results = _results(client, taken)
        self._source.window.adapt(len(taken), time.monotonic() - self._fetched_at)
        self._fetched_at = time.monotonic()
        del taken  # the cluster forgets these tasks before others are submitted
        self._fill()
        return results

    def cancel(self, client: Client) -> None:
        """Cancel the tasks whose results were not taken."""
        self._source.close()
        remaining = list(self.futures)
        self.futures.clear()
        if remaining and client.status == "running":
            client.cancel(remaining)

    def _fill(self) -> None:
        for future, _ in self._source.submit(len(self.futures)):
            self.futures.append(future)


def _results(client: Client, futures: Sequence[Future[Any]]) -> list[Any]:
    """Return the results of futures that ended, with the errors of those that failed."""
    finished = [future for future in futures if future.status == "finished"]
    results = iter(client.gather(finished))
    return [
        next(results) if future.status == "finished" else future.exception() for future in futures
    ]


def results_in_order(
    client: Client, stream: TaskStream, progress: Progress | None
) -> Generator[Any, None, None]:
    """Yield the results of a stream in order; at the end, cancel the tasks that remain.

    Parameters
    ----------
    client : Client
    stream : TaskStream
    progress : rich.progress.Progress, optional
        A progress bar with one task.
    """
    try:
        yield from with_progress(_results_of(client, stream), progress)
    finally:
        stream.cancel(client)


def _results_of(client: Client, stream: TaskStream) -> Iterator[Any]:
    while stream.futures:
        yield from stream.next_results(client)
