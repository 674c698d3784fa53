"""Many tasks through a window: results in order, memory that does not grow with their number."""

from __future__ import annotations

import contextlib
import itertools
import operator
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.errors import ConfigValueError

if TYPE_CHECKING:
    from distributed import Client, Future
    from rich.progress import Progress

_TASKS_PER_THREAD = 4
_LEAST = 100
#: The window is filled and emptied in this many parts, each with one message to the scheduler.
_PARTS = 4
#: Up to so many times its size the window grows while a part takes less than so many seconds.
_GROWTH = 16
_QUICK = 0.5
#: Seconds between two gatherings of fewer results than a part.
_PAUSE = 0.05


@dataclass
class Window:
    """How many tasks there are at most, and how many they may become where they are quick."""

    size: int
    limit: int
    is_fixed: bool = False

    @property
    def part(self) -> int:
        """Tasks that are submitted together."""
        return max(1, self.size // _PARTS)

    def note(self, number: int, seconds: float) -> None:
        """Grow where a part of it was done in less than `_QUICK` seconds."""
        if number >= self.part and seconds < _QUICK:
            self.size = min(2 * self.size, self.limit)


class Feed:
    """Submits tasks as there is room for them.

    Parameters
    ----------
    call : callable
        Submits a part: lists of arguments, side by side -> futures.
    iterables : sequence of iterable
    window : Window
    check : callable
        Raises where nothing can be submitted.

    Attributes
    ----------
    futures : deque
        Of the tasks whose results were not taken, in order.
    gathered_at : float
        When results were last gathered, in monotonic seconds.
    """

    def __init__(
        self,
        call: Callable[..., list[Future[Any]]],
        iterables: Sequence[Iterable[Any]],
        window: Window,
        check: Callable[[], None],
    ) -> None:
        if not iterables:
            raise TypeError("map_tasks needs at least one iterable")
        self.futures: deque[Future[Any]] = deque()
        self._call = call
        self._items = zip(*iterables, strict=False)
        self.window = window
        self._check = check
        self._ended = False
        self.gathered_at = time.monotonic()
        self.fill()

    def fill(self) -> None:
        """Submit tasks until the window is full."""
        while not self._ended and len(self.futures) + self.window.part <= self.window.size:
            items = list(itertools.islice(self._items, self.window.part))
            self._ended = len(items) < self.window.part
            if items:
                self._check()
                self.futures.extend(self._call(*map(list, zip(*items, strict=True))))

    def has_part(self) -> bool:
        """Whether a whole part at the head, or all that is left, is done."""
        return all(future.done() for future in itertools.islice(self.futures, self.window.part))

    def take(self) -> list[Future[Any]]:
        """Take the futures at the head that have their results; there may be none."""
        done = itertools.takewhile(lambda future: future.status == "finished", self.futures)
        taken = list(done)
        for _ in taken:
            self.futures.popleft()
        return taken

    def cancel(self, client: Client) -> None:
        """Cancel what is left."""
        self._ended = True
        left = list(self.futures)
        self.futures.clear()
        if left and client.status == "running":
            client.cancel(left)


def window_of(window: int | None, threads: int) -> Window:
    """The window that counts: what was said, else one that grows where tasks are quick.

    Raises
    ------
    ConfigValueError
        Where what was said is no whole number of at least 1.
    """
    if window is None:
        size = max(_LEAST, _TASKS_PER_THREAD * threads)
        return Window(size, _GROWTH * size)
    try:
        number = operator.index(window)
    except TypeError:
        number = 0
    if number < 1 or isinstance(window, bool):
        wrong = "must be a whole number of at least 1"
        raise ConfigValueError(f"argument window of map_tasks is {window!r}: {wrong}")
    return Window(number, number, is_fixed=True)


def results(client: Client, feed: Feed, progress: Progress | None) -> Generator[Any, None, None]:
    """The results of a feed in order; what is left when this ends is cancelled.

    Parameters
    ----------
    client : Client
    feed : Feed
    progress : rich.progress.Progress, optional
        With one task.
    """
    try:
        with progress or contextlib.nullcontext():
            while feed.futures:
                for result in _next(client, feed):
                    yield result
                    if progress is not None:
                        progress.advance(progress.task_ids[0])
            if progress is not None:
                progress.refresh()  # a notebook would keep what it showed a moment before
    finally:
        feed.cancel(client)


def _next(client: Client, feed: Feed) -> list[Any]:
    """Wait for the next result, and take with it those behind it that are there.

    Raises
    ------
    Exception
        The error of the task at the head.
    """
    from distributed import wait

    wait([feed.futures[0]])
    # Results of quick tasks are asked for together, since asking takes longer than such a task.
    rest = feed.gathered_at + _PAUSE - time.monotonic()
    if rest > 0 and not feed.has_part():
        time.sleep(rest)
    taken = feed.take()
    if not taken:
        feed.futures[0].result()  # raises
    if not feed.window.is_fixed:
        feed.fill()  # so that workers have work while results are fetched
    gathered = list(client.gather(taken))
    feed.window.note(len(taken), time.monotonic() - feed.gathered_at)
    feed.gathered_at = time.monotonic()
    del taken  # before others take their place
    feed.fill()
    return gathered


def bar(
    progress: bool | None, function: Callable[..., Any], iterables: Sequence[Iterable[Any]]
) -> Progress | None:
    """A bar on stderr or in a notebook, None where none is to be shown."""
    if progress is False:
        return None
    notebook = "ipykernel" in sys.modules
    if progress is None and not (notebook or sys.stderr.isatty()):
        return None
    from dask.utils import funcname
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    lengths = [len(items) for items in iterables if isinstance(items, Sized)]
    shown.add_task(funcname(function), total=min(lengths, default=None))
    return shown
