"""Submit tasks to the workers of a backend."""

from __future__ import annotations

import abc
import functools
import uuid
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..core import units
from ..core.errors import BackendError, ConfigValueError
from . import task_resources
from .isolation.options import NEEDS_ISOLATION
from .worker_groups import group_named, in_group

if TYPE_CHECKING:
    from distributed import Client, Future

    from .isolation.options import IsolationOptions
    from .task_outcomes import TaskOutcome
    from .task_source import TaskSource


class TaskSubmission(abc.ABC):
    """The part of a backend that runs tasks."""

    #: The worker groups by their names; the name is empty for a backend without groups.
    _groups: Mapping[str, Any] = MappingProxyType({})
    #: None if tasks run in the worker's own process.
    _isolation: IsolationOptions | None = None

    _client: Client | None = None
    #: Of dask; its scheduler is in this process.
    cluster: Any
    asynchronous: Any

    @property
    def client(self) -> Client:
        """The ``distributed.Client`` that is connected to the backend's cluster.

        Raises
        ------
        BackendError
            If the backend is not started.
        """
        if self._client is None:
            raise self._not_started_error()
        return self._client

    @abc.abstractmethod
    def _maximum_tasks(self) -> int:
        """Return the number of tasks that run at once when all workers are connected."""

    def _check(self, worker_group: str | None = None) -> None:  # noqa: B027 - most backends have nothing to check
        """Raise `BackendError` if workers of a group, or of all, cannot connect any more."""

    def _group_name(self, worker_group: str | None) -> str | None:
        """Return the name of a group as it is configured; None for None.

        Raises
        ------
        ConfigValueError
            If there is no such group.
        """
        return None if worker_group is None else group_named(self._groups, worker_group)

    def submit_task(
        self,
        function: Callable[..., Any],
        /,
        *args: Any,
        time_limit: str | float | None = None,
        worker_group: str | None = None,
        **kwargs: Any,
    ) -> Future[Any]:
        """Run a function on a worker.

        Each call is a new task, even with the same function and arguments. As always in dask, a
        task may never run if its future is dropped before.

        Parameters
        ----------
        function : callable
            If it has a parameter ``available_resources``, it gets the `ComputeResources` of its
            worker.
        time_limit : str or float, optional
            Time after which the process of the task is killed, such as ``"10 minutes"`` or a number
            of seconds; the task then fails with `TaskTimeLimitError`. By default the key
            ``task-time-limit``. Requires ``task-isolation``.
        worker_group : str, optional
            The group whose workers run the task; by default any worker does.
        *args, **kwargs
            Arguments of the function, and keywords of ``distributed.Client.submit`` such as
            ``key``, ``priority``, ``retries`` and ``resources``. ``retries`` repeats tasks that
            raise; for tasks whose worker died, set the key ``allowed-failures``.

        Returns
        -------
        distributed.Future

        Raises
        ------
        BackendError
            If the backend is not started, or its jobs fail to start.
        ConfigValueError
            If `time_limit` is not a duration, tasks are not isolated, or the group does not exist.
        """
        group = self._group_name(worker_group)
        self._check(group)
        kwargs.setdefault("pure", False)
        with in_group(group):
            return self.client.submit(self._task(function, time_limit), *args, **kwargs)

    def map_tasks(
        self,
        function: Callable[..., Any],
        /,
        *iterables: Iterable[Any],
        window: int | None = None,
        progress: bool | None = None,
        return_exceptions: bool = False,
        time_limit: str | float | None = None,
        worker_group: str | None = None,
        **kwargs: Any,
    ) -> Generator[Any, None, None]:
        """Run a function on each item, or on the items of several iterables in parallel.

        The iterables are read while tasks run, so they may be endless; the shortest one ends the
        tasks. The first tasks are submitted at once.

        Parameters
        ----------
        function : callable
            As for `submit_task`.
        *iterables : iterable
            One for each argument of the function.
        window : int, optional
            Maximum number of tasks on the cluster, including results that are not yet returned. By
            default four for each thread of all workers, at least 100, and up to 16 times as many
            if tasks are short.
        progress : bool, optional
            Whether to show a progress bar on stderr. By default only in a terminal or notebook.
        return_exceptions : bool
            Whether the error of a task takes the place of its result, while the other tasks
            continue, as in ``asyncio.gather``.
        time_limit, worker_group
            As for `submit_task`.
        **kwargs
            Keyword arguments of the function, the same for all tasks, and keywords of
            ``distributed.Client.map`` such as ``priority``, ``retries`` and ``resources``.

        Yields
        ------
        object
            The results in the order of the items.

        Raises
        ------
        BackendError
            If the backend is not started.
        ConfigValueError
            If `window` is not an integer of at least 1, or the group does not exist.
        Exception
            The error of a task, in place of its result. The tasks after it are cancelled, as they
            are when the iterator is closed.
        """
        from . import map_tasks
        from .task_source import progress_bar

        self._refuse_in_loop("map_tasks")
        call = self._task(function, time_limit)
        source = self._task_source(call, iterables, window, worker_group, kwargs)
        stream = map_tasks.TaskStream(source, return_exceptions)
        bar = progress_bar(progress, function, iterables)
        return map_tasks.results_in_order(self.client, stream, bar)

    def task_outcomes(
        self,
        function: Callable[..., Any],
        /,
        *iterables: Iterable[Any],
        window: int | None = None,
        progress: bool | None = None,
        time_limit: str | float | None = None,
        worker_group: str | None = None,
        **kwargs: Any,
    ) -> Generator[TaskOutcome, None, None]:
        """Run a function on each item, and return what became of each task as it ends.

        A failed task does not end the others.

        Parameters
        ----------
        function, *iterables, window, progress, time_limit, worker_group, **kwargs
            As for `map_tasks`.

        Yields
        ------
        TaskOutcome
            In the order in which the tasks end.

        Raises
        ------
        BackendError
            If the backend is not started.
        ConfigValueError
            If `window` is not an integer of at least 1, or the group does not exist.
        """
        from dask.utils import funcname

        from . import task_outcomes
        from .task_source import progress_bar

        self._refuse_in_loop("task_outcomes")
        prefix = f"{funcname(function)}-{uuid.uuid4().hex}"
        call = self._task(function, time_limit)
        options = {**kwargs, "key": prefix}
        source = self._task_source(call, iterables, window, worker_group, options)
        runs = task_outcomes.RunsPlugin(self.cluster.scheduler, prefix)
        stream = task_outcomes.OutcomeStream(self.client, source)
        bar = progress_bar(progress, function, iterables)
        ended = task_outcomes.outcomes(stream, runs, self._place_of, bar)
        for clean_up in (runs.remove, stream.cancel):  # a generator that never ran does not
            weakref.finalize(ended, clean_up)
        return ended

    def _task_source(
        self,
        function: Callable[..., Any],
        iterables: Sequence[Iterable[Any]],
        window: int | None,
        worker_group: str | None,
        options: Mapping[str, Any],
    ) -> TaskSource:
        from .task_source import TaskSource, task_window

        group = self._group_name(worker_group)
        size = task_window(window, self._maximum_tasks())
        # Without fifo_timeout, tasks of batches that follow each other quickly would be mixed.
        options = {"pure": False, "fifo_timeout": "0s", **options}
        call = functools.partial(self.client.map, function, **options)
        check = functools.partial(self._check, group)
        return TaskSource(in_group(group)(call), iterables, size, check)

    def _refuse_in_loop(self, name: str) -> None:
        if self.asynchronous:
            message = f"{name} waits for results, so it cannot run in an asynchronous event loop"
            hint = f"Use submit_task, or iterate over {name} in a thread: asyncio.to_thread(...)"
            raise BackendError(message, hint=hint)

    @abc.abstractmethod
    def _place_of(self, worker: str) -> tuple[str | None, str | None]:
        """Return the number of a worker's job, and the worker's log; None if there is none."""

    def _not_started_error(self) -> BackendError:
        name = type(self).__name__
        return BackendError(f"this {name} is not started", hint="Call start(), or use `with`")

    def _task(
        self, function: Callable[..., Any], time_limit: str | float | None = None
    ) -> Callable[..., Any]:
        """Return the callable that a worker runs for `function`.

        Raises
        ------
        ConfigValueError
            If `time_limit` is not a duration, or tasks are not isolated.
        """
        wrapped = task_resources.with_resources(function)
        if self._isolation is None:
            if time_limit is not None:
                raise _time_limit_error(time_limit, NEEDS_ISOLATION)
            return wrapped
        from .isolation.pool import IsolatedFunction

        limit = self._isolation.time_limit if time_limit is None else _seconds(time_limit)
        return IsolatedFunction(wrapped, self._isolation, limit)


def _seconds(time_limit: str | float) -> float:
    try:
        seconds = units.duration(time_limit)
    except (TypeError, ValueError):
        seconds = 0.0
    if seconds <= 0:
        wrong = f"must be a duration of more than 0: {units.DURATION_FORMS}"
        raise _time_limit_error(time_limit, wrong)
    return seconds


def _time_limit_error(time_limit: object, wrong: str) -> ConfigValueError:
    return ConfigValueError(f"argument time_limit is {time_limit!r}: {wrong}")
