"""The outcomes of many tasks, as they end: value or error, time, worker, job and log."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from distributed import as_completed
from distributed.diagnostics.plugin import SchedulerPlugin

from .task_source import TaskSource, with_progress

if TYPE_CHECKING:
    from distributed import Client, Future, Scheduler
    from rich.progress import Progress


@dataclass(frozen=True)
class TaskOutcome:
    """The outcome of one task.

    Attributes
    ----------
    index : int
        The position of its item, from 0.
    arguments : tuple
        The arguments from the iterables.
    value : object
        What the function returned; None if it failed.
    error : Exception, optional
        Why the task failed; None if it did not.
    seconds : float, optional
        How long its last run took; None if no run came to an end, as when its worker died.
    worker : str, optional
        Name of the worker of the last run.
    job : str, optional
        Number of the worker's job; None if workers are not jobs.
    log : str, optional
        Path of the worker's log; None if there is none.
    """

    index: int
    arguments: tuple[Any, ...]
    value: Any = field(default=None, repr=False)
    error: BaseException | None = None
    seconds: float | None = None
    worker: str | None = None
    job: str | None = None
    log: str | None = None


class Run(NamedTuple):
    """The worker of a task's last run, and its seconds."""

    worker: str
    seconds: float | None


class RunsPlugin(SchedulerPlugin):
    """Records the last run of each task whose key begins with `prefix`.

    Parameters
    ----------
    scheduler : Scheduler
    prefix : str

    Attributes
    ----------
    runs : dict
        Key -> `Run`, until it is taken out.
    """

    def __init__(self, scheduler: Scheduler, prefix: str) -> None:
        self.name = f"dask-backend-config-{prefix}"
        self.runs: dict[str, Run] = {}
        self._prefix = prefix
        self._scheduler = scheduler
        scheduler.add_plugin(self)

    def remove(self) -> None:
        """Record no more."""
        self._scheduler.remove_plugin(self.name)

    def transition(self, key: Any, start: Any, finish: Any, *_: Any, **about: Any) -> None:
        """Record a run that ended with a result or an error."""
        address = about.get("worker")
        if start != "processing" or address is None or not str(key).startswith(self._prefix):
            return
        state = self._scheduler.workers.get(address)
        if finish in ("memory", "erred") and state is not None:
            times = [span for span in about.get("startstops") or () if span["action"] == "compute"]
            seconds = sum(span["stop"] - span["start"] for span in times) if times else None
            self.runs[key] = Run(str(state.name), seconds)


class OutcomeStream:
    """The tasks of one call of ``task_outcomes``.

    Parameters
    ----------
    client : Client
    source : TaskSource
    """

    def __init__(self, client: Client, source: TaskSource) -> None:
        self._client = client
        self._source = source
        self._indexes = itertools.count()
        self._pending: dict[Future[Any], tuple[int, tuple[Any, ...]]] = {}
        self._completed = as_completed(with_results=True, raise_errors=False)
        self._fill()

    def next_ended(self) -> list[tuple[int, tuple[Any, ...], Any, Any, str]]:
        """Wait for tasks to end; return index, arguments, value, error and key of each.

        The list is empty if all tasks have ended.
        """
        batch = next(self._completed.batches(), ())
        ended = []
        for future, result in batch:
            index, arguments = self._pending.pop(future)
            failed = future.status == "error"
            value, error = (None, result[1]) if failed else (result, None)
            ended.append((index, arguments, value, error, future.key))
        del batch
        self._fill()
        return ended

    def cancel(self) -> None:
        """Cancel the tasks that have not ended."""
        self._source.close()
        remaining = list(self._pending)
        self._pending.clear()
        if remaining and self._client.status == "running":
            self._client.cancel(remaining)

    def _fill(self) -> None:
        for future, arguments in self._source.submit(len(self._pending)):
            self._pending[future] = next(self._indexes), arguments
            self._completed.add(future)


def outcomes(
    stream: OutcomeStream,
    runs: RunsPlugin,
    place: Callable[[str], tuple[str | None, str | None]],
    progress: Progress | None,
) -> Generator[TaskOutcome, None, None]:
    """Yield the outcomes of a stream as its tasks end; at the end, cancel those that remain.

    Parameters
    ----------
    stream : OutcomeStream
    runs : RunsPlugin
    place : callable
        Name of a worker -> the number of its job, and its log.
    progress : rich.progress.Progress, optional
        A progress bar with one task.
    """
    try:
        yield from with_progress(_outcomes_of(stream, runs, place), progress)
    finally:
        stream.cancel()


def _outcomes_of(
    stream: OutcomeStream,
    runs: RunsPlugin,
    place: Callable[[str], tuple[str | None, str | None]],
) -> Iterator[TaskOutcome]:
    while ended := stream.next_ended():
        for index, arguments, value, error, key in ended:
            run = runs.runs.pop(key, None) or _last_loss(error)
            job, log = place(run.worker) if run else (None, None)
            worker, seconds = run or (None, None)
            yield TaskOutcome(index, arguments, value, error, seconds, worker, job, log)


def _last_loss(error: BaseException | None) -> Run | None:
    """Return the worker that died last while it ran a task that was given up."""
    workers = getattr(error, "workers", ())
    return Run(workers[-1].name, None) if workers else None
