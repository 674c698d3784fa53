"""Base class of all backends: start, stop and state."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.errors import BackendError
from .options import BackendOptions
from .start_errors import cause_in_configuration
from .tasks import TaskSubmission

if TYPE_CHECKING:
    from distributed.deploy.cluster import Cluster
    from distributed.diagnostics.plugin import WorkerPlugin
    from typing_extensions import Self

    from .notebook import BackendSummary

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
    _was_started = False

    def __init__(self, arguments: Mapping[str, Any], profile: str | None = None) -> None:
        self._cluster: Cluster | None = None
        self._configure(BackendOptions(self.kind, type(self).__name__, arguments, profile))

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

            plugins.append(IsolationPlugin(self._isolation))
        return plugins

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
        try:
            from distributed import Client

            self._cluster = self._open()
            self._client = Client(self._cluster)
            for plugin in self._worker_plugins():
                self._client.register_plugin(plugin)
            self._wait_for_workers(self._cluster)
            self._was_started = True
        except BaseException as error:
            self.stop()
            if cause := cause_in_configuration(error, self.kind):
                raise cause from error
            if isinstance(error, (OSError, RuntimeError)) and not isinstance(error, BackendError):
                name = type(self).__name__
                raise BackendError(f"{name} did not start: {root_cause(error)}") from error
            raise

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

    def wait_for_workers(self, number: int = 1, timeout: float | None = None) -> None:
        """Wait until workers are connected.

        Parameters
        ----------
        number : int
            Number of workers.
        timeout : float, optional
            Seconds; None for no limit.

        Raises
        ------
        BackendError
            If the timeout expires, or workers cannot connect any more; the error gives the reason.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (connected := len(self.cluster.scheduler_info["workers"])) < number:
            self._check()
            if deadline is not None and time.monotonic() > deadline:
                state = f"{connected} of {number} workers connected"
                hint = self._why_waiting() or None
                raise BackendError(f"timed out after {timeout:g} s: {state}", hint=hint)
            time.sleep(_POLL_INTERVAL)

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
        return f"<{type(self).__name__}, {'started' if self.started else 'not started'}>"

    def _repr_html_(self) -> str:
        from .notebook import summary_as_html

        return summary_as_html(self._summary())

    def _summary(self) -> BackendSummary:
        """Return the backend's state as far as this process knows it; no command runs."""
        from .notebook import BackendSummary, connected_workers

        states = ("starting", "running") if self._cluster else ("not started", "stopped")
        return BackendSummary(
            title=type(self).__name__,
            state=states[self.started if self._cluster else self._was_started],
            planned=self._plan(),
            workers=connected_workers(self._cluster),
            jobs=self.jobs,
            dashboard=getattr(self._cluster, "dashboard_link", ""),
            dashboard_hint=getattr(self._cluster, "dashboard_hint", ""),
        )


def root_cause(error: BaseException) -> str:
    """Return type and message of the innermost cause of an error."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"
