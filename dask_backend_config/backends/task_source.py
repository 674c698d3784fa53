"""Submit many tasks, a limited number at a time, with a progress bar."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, TypeVar

from ..core.errors import ConfigValueError

if TYPE_CHECKING:
    from distributed import Future
    from rich.progress import Progress

Item = TypeVar("Item")

_TASKS_PER_THREAD = 4
_MIN_TASKS = 100
#: The tasks of a window are submitted and fetched in this many batches, each with one message.
_BATCHES = 4
#: A window grows up to this factor while a batch takes less than `_QUICK` seconds.
_GROWTH = 16
_QUICK = 0.5


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


class TaskSource:
    """Submits one task for each item, in batches, as far as a window allows.

    Parameters
    ----------
    submit : callable
        Submits a batch: a list of values for each argument -> futures.
    iterables : sequence of iterable
        Values for each argument.
    window : TaskWindow
    check : callable
        Raises an error if tasks cannot be submitted.
    """

    def __init__(
        self,
        submit: Callable[..., list[Future[Any]]],
        iterables: Sequence[Iterable[Any]],
        window: TaskWindow,
        check: Callable[[], None],
    ) -> None:
        if not iterables:
            raise TypeError("at least one iterable is needed")
        self.window = window
        self._submit = submit
        self._items: Iterator[tuple[Any, ...]] = zip(*iterables, strict=False)
        self._check = check

    def submit(self, pending: int) -> Iterator[tuple[Future[Any], tuple[Any, ...]]]:
        """Submit tasks and yield them with their arguments; `pending` others are on the cluster."""
        size = self.window.batch_size
        while pending + size <= self.window.size:
            items = list(itertools.islice(self._items, size))
            if not items:
                return
            self._check()
            futures = self._submit(*map(list, zip(*items, strict=True)))
            pending += len(futures)
            yield from zip(futures, items, strict=True)

    def close(self) -> None:
        """Submit no more tasks."""
        self._items = iter(())


def task_window(size: int | None, at_once: int) -> TaskWindow:
    """Return the window of the given size; by default one that grows while tasks are quick.

    Raises
    ------
    ConfigValueError
        If `size` is not a whole number of at least 1.
    """
    if size is None:
        default = max(_MIN_TASKS, _TASKS_PER_THREAD * at_once)
        return TaskWindow(default, _GROWTH * default)
    if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
        wrong = "must be a whole number of at least 1"
        raise ConfigValueError(f"argument window is {size!r}: {wrong}")
    return TaskWindow(int(size))


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


def with_progress(items: Iterable[Item], progress: Progress | None) -> Iterator[Item]:
    """Yield items, and advance a bar, if there is one, after each of them is used."""
    with progress or contextlib.nullcontext():
        for item in items:
            yield item
            if progress is not None:
                progress.advance(progress.task_ids[0])
        if progress is not None:
            progress.refresh()  # otherwise a notebook keeps an earlier state
