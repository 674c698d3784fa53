"""Run many tasks with a limited number on the cluster, and return their results in order."""

from __future__ import annotations

import contextlib
import itertools
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence, Sized
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

from ..core.errors import ConfigValueError

if TYPE_CHECKING:
    from distributed import Client, Future
    from rich.progress import Progress

_TASKS_PER_THREAD = 4
_MIN_TASKS = 100
#: The tasks of a window are submitted and fetched in this many batches, each with one message.
_BATCHES = 4
#: A window grows up to this factor while a batch takes less than `_QUICK` seconds.
_GROWTH = 16
_QUICK = 0.5
#: Seconds after which fewer results than a batch are fetched.
_FETCH_INTERVAL = 0.05


@dataclass
class TaskWindow:
    """The number of tasks on the cluster, and the number for quick tasks; None if it is fixed."""

    size: int
    max_size: int | None = None

    @property
    def batch_size(self) -> int:
        """Number of tasks that are submitted together."""
        return max(1, self.size // _BATCHES)

    def adapt(self, number: int, seconds: float) -> None:
        """Double the size if a batch of results or more took less than `_QUICK` seconds."""
        if self.max_size and number >= self.batch_size and seconds < _QUICK:
            self.size = min(2 * self.size, self.max_size)


class TaskStream:
    """The tasks of one call of ``map_tasks``, submitted as far as its window allows.

    Parameters
    ----------
    submit : callable
        Submits a batch: a list of values for each argument -> futures.
    iterables : sequence of iterable
        Values for each argument.
    window : TaskWindow
    check : callable
        Raises an error if tasks cannot be submitted.

    Attributes
    ----------
    futures : deque
        The tasks whose results were not taken, in order.
    """

    def __init__(
        self,
        submit: Callable[..., list[Future[Any]]],
        iterables: Sequence[Iterable[Any]],
        window: TaskWindow,
        check: Callable[[], None],
    ) -> None:
        if not iterables:
            raise TypeError("map_tasks needs at least one iterable")
        self.futures: deque[Future[Any]] = deque()
        self._submit = submit
        self._items = zip(*iterables, strict=False)
        self._window = window
        self._check = check
        self._ended = False
        self._fetched_at = time.monotonic()
        self._fill()

    def next_results(self, client: Client) -> list[Any]:
        """Wait for the next result, and return it with the finished results behind it.

        Raises
        ------
        Exception
            The error of the next task.
        """
        from distributed import wait

        wait([self.futures[0]])
        # Fetching takes longer than a quick task, so results of quick tasks are fetched together.
        pause = self._fetched_at + _FETCH_INTERVAL - time.monotonic()
        batch = itertools.islice(self.futures, self._window.batch_size)
        if pause > 0 and not all(future.done() for future in batch):
            time.sleep(pause)
        taken = list(itertools.takewhile(lambda one: one.status == "finished", self.futures))
        if not taken:
            self.futures[0].result()  # raises the error
        for _ in taken:
            self.futures.popleft()
        if self._window.max_size:
            self._fill()  # workers get new tasks while results are fetched
        results = list(client.gather(taken))
        self._window.adapt(len(taken), time.monotonic() - self._fetched_at)
        self._fetched_at = time.monotonic()
        del taken  # the cluster forgets these tasks before others are submitted
        self._fill()
        return results

    def cancel(self, client: Client) -> None:
        """Cancel the tasks whose results were not taken."""
        self._ended = True
        remaining = list(self.futures)
        self.futures.clear()
        if remaining and client.status == "running":
            client.cancel(remaining)

    def _fill(self) -> None:
        size = self._window.batch_size
        while not self._ended and len(self.futures) + size <= self._window.size:
            items = list(itertools.islice(self._items, size))
            self._ended = len(items) < size
            if items:
                self._check()
                self.futures.extend(self._submit(*map(list, zip(*items, strict=True))))


def task_window(size: int | None, threads: int) -> TaskWindow:
    """Return the window of the given size; by default one that grows while tasks are quick.

    Raises
    ------
    ConfigValueError
        If `size` is not a whole number of at least 1.
    """
    if size is None:
        default = max(_MIN_TASKS, _TASKS_PER_THREAD * threads)
        return TaskWindow(default, _GROWTH * default)
    if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
        wrong = "must be a whole number of at least 1"
        raise ConfigValueError(f"argument window of map_tasks is {size!r}: {wrong}")
    return TaskWindow(int(size))


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
        with progress or contextlib.nullcontext():
            while stream.futures:
                for result in stream.next_results(client):
                    yield result
                    if progress is not None:
                        progress.advance(progress.task_ids[0])
            if progress is not None:
                progress.refresh()  # otherwise a notebook keeps an earlier state
    finally:
        stream.cancel(client)


def progress_bar(
    progress: bool | None, function: Callable[..., Any], iterables: Sequence[Iterable[Any]]
) -> Progress | None:
    """Return a bar on stderr or in a notebook, or None if none is wanted."""
    is_watched = "ipykernel" in sys.modules or sys.stderr.isatty()
    if progress is False or (progress is None and not is_watched):
        return None
    from dask.utils import funcname
    from rich import progress as rich_progress
    from rich.console import Console

    bar = rich_progress.Progress(
        "{task.description}",
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeElapsedColumn(),
        rich_progress.TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    lengths = [len(items) for items in iterables if isinstance(items, Sized)]
    bar.add_task(funcname(function), total=min(lengths, default=None))
    return bar
