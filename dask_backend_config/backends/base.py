"""Base class of all backends: start, stop and state."""

from __future__ import annotations

import abc
import asyncio
import functools
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.errors import BackendError
from .client_security import share_security
from .cluster_interface import ClusterInterface
from .constructor import ASYNCHRONOUS
from .ends import close_cluster
from .option_errors import duration_argument, sources
from .options import BackendOptions
from .tasks import TaskSubmission

if TYPE_CHECKING:
    from distributed.deploy.cluster import Cluster
    from distributed.diagnostics.plugin import WorkerPlugin
    from typing_extensions import Self

    from ..storage.private_folder import PrivateFolder
    from .notebook import BackendSummary
    from .worker_place import Place

_POLL_INTERVAL = 0.02
#: Options that make a start fail if this machine does not have what they name.
_OPTIONS_OF_ADDRESSES = ("interface", "scheduler-interface", "protocol", "scheduler-options")


class BaseDaskBackend(TaskSubmission, ClusterInterface):
    """Cluster of workers that run tasks between `start` and `stop`; a context manager.

    Parameters
    ----------
    arguments : mapping
        Arguments of the constructor by their names; None means not set. With ``asynchronous``, the
        backend is used in an event loop, with ``await`` and ``async with``.
    profile : str, optional
        A name below ``backends.profiles``.
    """

    #: The option that limits the number of workers.
    _limit_option: ClassVar[str]
    #: The certificates for clients in other processes.
    _shared_security: PrivateFolder | None = None

    def __init__(self, arguments: Mapping[str, Any], profile: str | None = None) -> None:
        keys = {name: value for name, value in arguments.items() if name != ASYNCHRONOUS}
        self._is_asynchronous = bool(arguments.get(ASYNCHRONOUS))
        options = BackendOptions(self.kind, type(self).__name__, keys, profile)
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
    def _plan(self) -> str:
        """Return in words what `start` starts."""

    @abc.abstractmethod
    def job_script(self, worker_group: str | None = None) -> str:
        """Return the script of one job, without a cluster.

        Parameters
        ----------
        worker_group : str, optional
            By default the first group.

        Raises
        ------
        BackendError
            If the backend has no jobs.
        """

    async def _on_open(self) -> None:
        cluster: Any = self._cluster
        self._shared_security = share_security(cluster.scheduler_address, cluster.security)

    async def _close(self) -> None:
        from .distributed_internals import widget_update

        shared, self._shared_security = self._shared_security, None
        if shared is not None:
            shared.remove()
        show_end = widget_update(self._cluster)
        await super()._close()
        show_end()

    def _ways_to_end(self) -> tuple[Callable[[], Awaitable[None]], Callable[[], None]]:
        return functools.partial(close_cluster, self._cluster), lambda: None

    def _worker_plugins(self) -> list[WorkerPlugin]:
        """Return the plugins of each worker."""
        from .client_code import ClientCodePlugin, script_folder

        plugins: list[WorkerPlugin] = [ClientCodePlugin(script_folder())]
        if self._isolation is not None:
            from .isolation.plugin import IsolationPlugin

            plugins.append(IsolationPlugin(self._isolation, self._worker_place()))
        return plugins

    @abc.abstractmethod
    def _maximum_workers(self, worker_group: str | None) -> int:
        """Return the most workers of a group, or in all, that the configuration allows."""

    @abc.abstractmethod
    def _worker_place(self) -> Place:
        """Return a function that finds the job and the log of a worker in its process."""

    def _start_hint(self, reason: str) -> str | None:
        """Return the options to check: those whose values the reason of a failed start quotes."""
        found = [source for name in _OPTIONS_OF_ADDRESSES for source in self._sources(name)]
        words = re.findall(r"'[^']+'", reason)
        quoted = [source for source in found if any(word in source for word in words)]
        return f"Check {' and '.join(quoted)}" if quoted else None

    def _why_waiting(self, worker_group: str | None) -> str:
        """Return why workers of a group, or any, are not connected yet, empty if unknown."""
        return ""

    @property
    def cluster(self) -> Cluster:
        """The dask cluster that runs the workers.

        Raises
        ------
        BackendError
            If the backend is not started.
        """
        cluster: Cluster = self._running_cluster()
        return cluster

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
    def worker_groups(self) -> tuple[str, ...]:
        """The names of the worker groups, in the order of definition; empty if there are none."""
        return tuple(filter(None, self._groups))

    @property
    def started(self) -> bool:
        """True if the backend is between `start` and `stop`."""
        return self._client is not None

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

    def wait_for_workers(
        self,
        number: int = 1,
        timeout: str | float | None = None,
        worker_group: str | None = None,
    ) -> Any:
        """Wait until workers are connected; those that are missing are requested at once.

        Until then, no worker is closed because it has nothing to do.

        Parameters
        ----------
        number : int
            Number of workers.
        timeout : str or float, optional
            Such as ``"5 minutes"``, or seconds; None for no limit.
        worker_group : str, optional
            The group whose workers count. By default all workers count, and those that are missing
            are requested from the first group.

        Raises
        ------
        BackendError
            If there are never so many workers, the timeout expires, or workers cannot connect any
            more; the error gives the reason.
        ConfigValueError
            If `timeout` is not a duration, or the group does not exist.
        """
        limit = None if timeout is None else duration_argument("timeout", timeout)
        group = self._group_name(worker_group)
        self._check_maximum(number, group)
        return self._in_loop(self._wait_until_connected, number, limit, group)

    async def _wait_until_connected(
        self, number: int, limit: float | None, group: str | None
    ) -> None:
        deadline = None if limit is None else time.monotonic() + limit
        cluster = self._running_cluster()
        async with cluster.at_least(number, group):
            while (connected := cluster.connected_workers(group)) < number:
                self._check(group)
                if deadline is not None and time.monotonic() > deadline:
                    state = f"{connected} of {number} workers connected"
                    hint = self._why_waiting(group) or None
                    raise BackendError(f"timed out after {limit:g} s: {state}", hint=hint)
                await asyncio.sleep(_POLL_INTERVAL)

    def _check_maximum(self, number: int, group: str | None) -> None:
        """Raise an error if there are never so many workers, unless the user scaled the cluster."""
        most = self._maximum_workers(group)
        if number > max(most, self._running_cluster().most_workers(group)):
            option = self._limit_option
            key = " and ".join(self._sources(option)) or f"{option} in backends.{self.kind}"
            message = f"cannot wait for {number} workers: {option} is {most}"
            raise BackendError(message, hint=f"Set {key} to {number} or more")

    def __repr__(self) -> str:
        state = "failed to start" if self._failure else "not started"
        return f"<{type(self).__name__}, {'started' if self.started else state}>"

    def _ipython_display_(self, **options: Any) -> None:
        """Show the state of the backend, with dask's controls for scaling where they work."""
        from .notebook import display_backend

        display_backend(self, self._cluster, options)

    def _repr_html_(self) -> str:
        from .notebook import summary_as_html

        return summary_as_html(self._summary())

    def _summary(self) -> BackendSummary:
        """Return the backend's state as far as this process knows it; no command runs."""
        from .notebook import BackendSummary, connected_workers

        states = ("starting", "running") if self._cluster else ("not started", "stopped")
        state = states[self.started if self._cluster else self._was_started]
        return BackendSummary(
            title=type(self).__name__,
            state=f"failed: {self._failure}" if self._failure else state,
            planned=self._plan(),
            workers=connected_workers(self._cluster),
            jobs=self.jobs,
            dashboard=getattr(self._cluster, "dashboard_link", ""),
            dashboard_hint=getattr(self._cluster, "dashboard_hint", ""),
        )
