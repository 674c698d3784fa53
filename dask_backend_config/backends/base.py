"""What all backends share: their life, and tasks."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import functools
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.errors import BackendError
from . import task_resources
from .isolation.options import IsolationOptions
from .options import BackendOptions

if TYPE_CHECKING:
    from types import TracebackType

    from distributed import Client, Future
    from distributed.deploy.cluster import Cluster
    from distributed.diagnostics.plugin import WorkerPlugin
    from typing_extensions import Self

    from .notebook import Summary

#: Seconds that the client has to say goodbye to its scheduler, and the cluster to end.
_CLIENT_CLOSE_LIMIT = 5
_CLUSTER_CLOSE_LIMIT = 30
_POLL_INTERVAL = 0.02


class BaseDaskBackend(abc.ABC):
    """Runs tasks on workers, from `start` to `stop`; a context manager.

    Parameters
    ----------
    arguments : mapping
        The constructor's arguments by the names of their keys; None is not said.
    profile : str, optional
        A name below ``backends.profiles``.
    """

    #: The section below ``backends`` that holds the defaults of the arguments.
    kind: ClassVar[str]
    #: None where tasks run in the worker's own process.
    _isolation: IsolationOptions | None = None
    _was_started = False

    def __init__(self, arguments: Mapping[str, Any], profile: str | None = None) -> None:
        self._client: Client | None = None
        self._cluster: Cluster | None = None
        self._configure(BackendOptions(self.kind, type(self).__name__, arguments, profile))

    @classmethod
    def from_config(cls, profile: str | None = None) -> Self:
        """Make the backend that configuration alone describes, `profile` before the rest."""
        backend = cls.__new__(cls)
        BaseDaskBackend.__init__(backend, {}, profile)
        return backend

    @abc.abstractmethod
    def _configure(self, settings: BackendOptions) -> None:
        """Read and check every tunable."""

    @abc.abstractmethod
    def _open(self) -> Cluster:
        """Start a cluster; workers may come later."""

    @abc.abstractmethod
    def _wait_for_workers(self, cluster: Any) -> None:
        """Block until tasks can run.

        Parameters
        ----------
        cluster
            What `_open` returned.

        Raises
        ------
        BackendError
            Where workers do not come, with the reason.
        """

    def _worker_plugins(self) -> list[WorkerPlugin]:
        """What each worker gets when it comes."""
        if self._isolation is None:
            return []
        from .isolation.plugin import IsolationPlugin

        return [IsolationPlugin(self._isolation)]

    @abc.abstractmethod
    def _most_threads(self) -> int:
        """Tasks that run at the same time when all workers are there."""

    def _check(self) -> None:  # noqa: B027 - most backends have nothing to say
        """Raise `BackendError` where workers cannot come any more."""

    def _why_waiting(self) -> str:
        """Why workers are not there yet, empty where nobody knows."""
        return ""

    @abc.abstractmethod
    def _planned(self) -> str:
        """What `start` starts, in words."""

    @abc.abstractmethod
    def job_script(self) -> str:
        """The script of one job, without any cluster.

        Raises
        ------
        BackendError
            Where the backend has no jobs.
        """

    @property
    def client(self) -> Client:
        """The ``distributed.Client`` that is connected to the backend's cluster.

        Raises
        ------
        BackendError
            Where the backend is not started.
        """
        if self._client is None:
            raise self._not_started()
        return self._client

    @property
    def cluster(self) -> Cluster:
        """The cluster object of dask that runs the workers.

        Raises
        ------
        BackendError
            Where the backend is not started.
        """
        if self._cluster is None:
            raise self._not_started()
        return self._cluster

    @property
    def jobs(self) -> dict[str, str]:
        """The numbers of the jobs that wait or run, by the names of their workers.

        Empty for a backend whose workers are no jobs.
        """
        return {}

    @property
    def logs(self) -> dict[str, str]:
        """Where the log of each worker lies, by the worker's name; also after `stop`.

        A worker that was restarted has its latest. Empty where nothing is written to files.
        """
        return {}

    @property
    def started(self) -> bool:
        """Whether the backend is between `start` and `stop`."""
        return self._client is not None

    def start(self) -> None:
        """Start scheduler, workers and client.

        Raises
        ------
        BackendError
            Where the backend is started already, or its cluster does not start.
        """
        if self._cluster is not None:
            raise BackendError(f"this {type(self).__name__} is started already")
        from distributed import Client

        try:
            self._cluster = self._open()
            self._client = Client(self._cluster)
            for plugin in self._worker_plugins():
                self._client.register_plugin(plugin)
            self._wait_for_workers(self._cluster)
            self._was_started = True
        except BaseException as error:
            self.stop()
            if isinstance(error, (OSError, RuntimeError)) and not isinstance(error, BackendError):
                name = type(self).__name__
                raise BackendError(f"{name} did not start: {root_cause(error)}") from error
            raise

    def stray_logs(self) -> list[str]:
        """Where the output of the jobs that there are now goes by the batch scheduler's own habit.

        Returns
        -------
        list of str
            Files, whether or not they exist; none where ``log-directory`` says where it goes.
        """
        return []

    def wait_for_workers(self, number: int = 1, timeout: float | None = None) -> None:
        """Block until workers are connected.

        Parameters
        ----------
        number : int
            How many.
        timeout : float, optional
            Seconds; None is no limit.

        Raises
        ------
        BackendError
            Where they do not come in time, or cannot come any more, with the reason.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while len(self.cluster.scheduler_info["workers"]) < number:
            self._check()
            if deadline is not None and time.monotonic() > deadline:
                there = len(self.cluster.scheduler_info["workers"])
                message = f"{there} of {number} workers were there after {timeout:g} s"
                raise BackendError(message, hint=self._why_waiting() or None)
            time.sleep(_POLL_INTERVAL)

    def stop(self) -> None:
        """End client, workers and scheduler, and the tasks that still run; again is harmless."""
        client, self._client = self._client, None
        cluster, self._cluster = self._cluster, None
        try:
            if client is not None:
                with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                    client.close(timeout=_CLIENT_CLOSE_LIMIT)
        finally:
            if cluster is not None:
                cluster.close(timeout=_CLUSTER_CLOSE_LIMIT)

    def submit_task(
        self, function: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future[Any]:
        """Run a function on a worker.

        Each call is a task of its own, even with the same function and arguments. As everywhere
        in dask, a task whose future is dropped before it ran may never run.

        Parameters
        ----------
        function : callable
            Where it names a parameter ``available_resources``, it is handed the `ComputeResources`
            of its worker.
        *args, **kwargs
            The function's arguments, and ``distributed.Client.submit``'s own keywords, such as
            ``key``, ``priority``, ``retries`` and ``resources``. ``retries`` is for tasks that
            raise; for those whose worker died it is the key ``allowed-failures``.

        Returns
        -------
        distributed.Future

        Raises
        ------
        BackendError
            Where the backend is not started, or no job comes to life.
        """
        self._check()
        kwargs.setdefault("pure", False)
        return self.client.submit(self._task(function), *args, **kwargs)

    def map_tasks(
        self,
        function: Callable[..., Any],
        /,
        *iterables: Iterable[Any],
        window: int | None = None,
        progress: bool | None = None,
        **kwargs: Any,
    ) -> Generator[Any, None, None]:
        """Run a function on each item, or on the items of several iterables side by side.

        The iterables are read as tasks get done, so they may be endless; the shortest ends the
        tasks. The first tasks are submitted at once.

        Parameters
        ----------
        function : callable
            As for `submit_task`.
        *iterables : iterable
            One for each argument of the function.
        window : int, optional
            Tasks that there are on the cluster at most, those included whose results wait there
            for their turn. Where it is None, four for each thread of all workers, at least 100, and
            up to 16 times as many where tasks are quick.
        progress : bool, optional
            Whether a bar on stderr shows how many results were handed over. Where it is None, in a
            terminal or notebook only.
        **kwargs
            The same for all tasks: the function's keyword arguments and those of
            ``distributed.Client.map``, such as ``priority``, ``retries`` and ``resources``.

        Yields
        ------
        object
            The results in the order of the items.

        Raises
        ------
        BackendError
            Where the backend is not started.
        ConfigValueError
            Where `window` is no whole number of at least 1.
        Exception
            The error of a task, when its turn comes. The tasks after it are cancelled, as they are
            when the iterator is closed.
        """
        from . import map_tasks

        kwargs.setdefault("pure", False)
        size = map_tasks.window_of(window, self._most_threads())
        call = functools.partial(self.client.map, self._task(function), **kwargs)
        feed = map_tasks.Feed(call, iterables, size, self._check)
        return map_tasks.results(self.client, feed, map_tasks.bar(progress, function, iterables))

    def _task(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """What a worker runs in the place of `function`."""
        wrapped = task_resources.with_resources(function)
        if self._isolation is None:
            return wrapped
        from .isolation.pool import Isolated

        return Isolated(wrapped, self._isolation)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {'started' if self.started else 'not started'}>"

    def _repr_html_(self) -> str:
        from .notebook import summary_as_html

        return summary_as_html(self._summary())

    def _summary(self) -> Summary:
        """How it stands, from what this process knows; nobody is asked."""
        from .notebook import Summary, dashboard_of, workers_of

        states = ("starting", "running") if self._cluster else ("not started", "stopped")
        return Summary(
            title=type(self).__name__,
            state=states[self.started if self._cluster else self._was_started],
            planned=self._planned(),
            workers=workers_of(self._cluster),
            jobs=self.jobs,
            dashboard=dashboard_of(self._cluster),
        )

    def _not_started(self) -> BackendError:
        name = type(self).__name__
        return BackendError(f"this {name} is not started", hint="call start(), or use `with`")


def root_cause(error: BaseException) -> str:
    """The words of what lies deepest; distributed wraps it in "Nanny failed to start" and so on."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"
