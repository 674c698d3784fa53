"""Base class of all backends: start, stop and state."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import functools
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.errors import BackendError
from .option_errors import duration_argument, sources
from .options import BackendOptions
from .start_errors import start_error
from .tasks import TaskSubmission

if TYPE_CHECKING:
    from distributed.deploy.cluster import Cluster
    from distributed.diagnostics.plugin import WorkerPlugin
    from typing_extensions import Self

    from .notebook import BackendSummary
    from .worker_place import Place

#: Seconds for the client to disconnect, and for the cluster to end.
_CLIENT_CLOSE_LIMIT = 5
_CLUSTER_CLOSE_LIMIT = 30
_POLL_INTERVAL = 0.02


class BaseDaskBackend(TaskSubmission):
    """Cluster of workers that run tasks between `start` and `stop`; a context manager.

    Parameters
    ----------
    arguments : mapping
        Arguments of the constructor by their names; None means not set.
    profile : str, optional
        A name below ``backends.profiles``.
    """

    #: The section below ``backends`` with the defaults of the arguments.
    kind: ClassVar[str]
    #: The option that limits the number of workers.
    _limit_option: ClassVar[str]
    _was_started = False
    #: Why the last start failed.
    _failure = ""

    def __init__(self, arguments: Mapping[str, Any], profile: str | None = None) -> None:
        self._cluster: Cluster | None = None
        options = BackendOptions(self.kind, type(self).__name__, arguments, profile)
        self._sources = functools.partial(sources, options)
        self._configure(options)

    @classmethod
    def from_config(
        cls, profile: str | None = None, arguments: Mapping[str, Any] | None = None
    ) -> Self:
        """Create the backend from arguments, then `profile`, then the rest of the configuration."""
        backend = cls.__new__(cls)
        BaseDaskBackend.__init__(backend, arguments or {}, profile)
        return backend

    @abc.abstractmethod
    def _configure(self, options: BackendOptions) -> None:
        """Read and check every option."""

    @abc.abstractmethod
    def _open(self) -> Cluster:
        """Start a cluster; its workers may connect later."""

    @abc.abstractmethod
    def _wait_for_workers(self, cluster: Any) -> None:
        """Wait until tasks can run on the cluster that `_open` returned.

        Raises
        ------
        BackendError
            If workers fail to start; it gives the reason.
        """

    @abc.abstractmethod
    def _plan(self) -> str:
        """Return in words what `start` starts."""

    @abc.abstractmethod
    def job_script(self) -> str:
        """Return the script of one job, without a cluster.

        Raises
        ------
        BackendError
            If the backend has no jobs.
        """

    def _worker_plugins(self) -> list[WorkerPlugin]:
        """Return the plugins of each worker."""
        from .client_code import ClientCodePlugin, script_folder

        plugins: list[WorkerPlugin] = [ClientCodePlugin(script_folder())]
        if self._isolation is not None:
            from .isolation.plugin import IsolationPlugin

            plugins.append(IsolationPlugin(self._isolation, self._worker_place()))
        return plugins

    @abc.abstractmethod
    def _maximum_workers(self) -> int:
        """Return the most workers that the configuration allows."""

    def _request_workers(self, number: int) -> AbstractContextManager[None]:
        """Request a number of workers, and keep them from being closed in the block."""
        return contextlib.nullcontext()

    def _start_hint(self, reason: str) -> str | None:
        """Return which arguments or keys to check if the cluster does not start for a reason."""
        return None

    @abc.abstractmethod
    def _worker_place(self) -> Place:
        """Return a function that finds the job and the log of a worker in its process."""

    def _why_waiting(self) -> str:
        """Return why workers are not connected yet, empty if unknown."""
        return ""

    @property
    def cluster(self) -> Cluster:
        """The dask cluster that runs the workers.

        Raises
        ------
        BackendError
            If the backend is not started.
        """
        if self._cluster is None:
            raise self._not_started_error()
        return self._cluster

    @property
    def jobs(self) -> dict[str, str]:
        """The job numbers of waiting and running jobs, by the names of their workers.

        Empty for a backend whose workers are not jobs.
        """
        return {}

    @property
    def logs(self) -> dict[str, str]:
        """The path of each worker's latest log, by the worker's name; also after `stop`.

        Empty if no log files are written.
        """
        return {}

    def _place_of(self, worker: str) -> tuple[str | None, str | None]:
        return self.jobs.get(worker), self.logs.get(worker)

    @property
    def started(self) -> bool:
        """True if the backend is between `start` and `stop`."""
        return self._client is not None

    def start(self) -> None:
        """Start scheduler, workers and client.

        Raises
        ------
        BackendError
            If the backend is already started, or its cluster fails to start.
        ConfigValueError
            If it fails to start because of a value in the configuration; the error names its key
            and origin.
        """
        if self._cluster is not None:
            raise BackendError(f"this {type(self).__name__} is already started")
        self._failure = ""
        try:
            from distributed import Client

            self._cluster = self._open()
            self._client = Client(self._cluster)
            for plugin in self._worker_plugins():
                self._client.register_plugin(plugin)
            self._wait_for_workers(self._cluster)
            self._was_started = True
        except BaseException as error:
            name = type(self).__name__
            failure = start_error(error, self.kind, name, self._start_hint)
            if isinstance(failure, Exception):
                self._failure = str(failure)
            self.stop()
            if failure is error:
                raise
            raise failure from error

    def write_logs_at_once(self) -> None:
        """Let `start` submit jobs whose `stray_logs` exist while they run, if they exist at all."""

    def stray_logs(self) -> list[str]:
        """Return the files that the batch scheduler chooses for the output of the current jobs.

        Returns
        -------
        list of str
            Paths, which need not exist; empty if ``log-directory`` is set.
        """
        return []

    def wait_for_workers(self, number: int = 1, timeout: str | float | None = None) -> None:
        """Wait until workers are connected; those that are missing are requested at once.

        Until then, no worker is closed because it has nothing to do.

        Parameters
        ----------
        number : int
            Number of workers.
        timeout : str or float, optional
            Such as ``"5 minutes"``, or seconds; None for no limit.

        Raises
        ------
        BackendError
            If there are never so many workers, the timeout expires, or workers cannot connect any
            more; the error gives the reason.
        ConfigValueError
            If `timeout` is not a duration.
        """
        limit = None if timeout is None else duration_argument("timeout", timeout)
        deadline = None if limit is None else time.monotonic() + limit
        self._check_maximum(number)
        with self._request_workers(number):
            while (connected := len(self.cluster.scheduler_info["workers"])) < number:
                self._check()
                if deadline is not None and time.monotonic() > deadline:
                    state = f"{connected} of {number} workers connected"
                    hint = self._why_waiting() or None
                    raise BackendError(f"timed out after {limit:g} s: {state}", hint=hint)
                time.sleep(_POLL_INTERVAL)

    def _check_maximum(self, number: int) -> None:
        """Raise an error if there are never so many workers, unless the user scaled the cluster."""
        cluster: Any = self.cluster
        most = self._maximum_workers()
        if number > max(most, len(cluster.plan)):
            option = self._limit_option
            key = " and ".join(self._sources(option)) or f"{option} in backends.{self.kind}"
            message = f"cannot wait for {number} workers: {option} is {most}"
            raise BackendError(message, hint=f"Set {key} to {number} or more")

    def stop(self) -> None:
        """Stop client, workers, scheduler and running tasks; a second call has no effect."""
        client, self._client = self._client, None
        cluster, self._cluster = self._cluster, None
        try:
            if client is not None:
                with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                    client.close(timeout=_CLIENT_CLOSE_LIMIT)
        finally:
            if cluster is not None:
                cluster.close(timeout=_CLUSTER_CLOSE_LIMIT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "failed to start" if self._failure else "not started"
        return f"<{type(self).__name__}, {'started' if self.started else state}>"

    def _repr_html_(self) -> str:
        from .notebook import summary_as_html

        return summary_as_html(self._summary())

    def _summary(self) -> BackendSummary:
        """Return the backend's state as far as this process knows it; no command runs."""
        from .notebook import BackendSummary, connected_workers, dashboard_address

        states = ("starting", "running") if self._cluster else ("not started", "stopped")
        state = states[self.started if self._cluster else self._was_started]
        return BackendSummary(
            title=type(self).__name__,
            state=f"failed: {self._failure}" if self._failure else state,
            planned=self._plan(),
            workers=connected_workers(self._cluster),
            jobs=self.jobs,
            dashboard=dashboard_address(self._cluster),
        )
