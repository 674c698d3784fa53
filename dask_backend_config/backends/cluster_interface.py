"""The interface of a dask cluster, so that packages that work with clusters accept a backend."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from ..core.errors import BackendError
from .lifecycle import Lifecycle

if TYPE_CHECKING:
    from distributed import Client
    from distributed.core import Status
    from distributed.security import Security

_NOT_CONNECTED = "<Not Connected>"  # of distributed's clusters, too


class ClusterInterface(Lifecycle):
    """The attributes and methods that a backend shares with distributed's ``Cluster``."""

    _options: Any

    @property
    def name(self) -> str:
        """The name of the cluster."""
        return self._options.name if self._cluster is None else str(self._cluster.name)

    @property
    def status(self) -> Status:
        """The status of the cluster in distributed's terms: created, running, closed, ..."""
        from distributed.core import Status

        if self._cluster is not None:
            return self._cluster.status
        return Status.closed if self._was_started else Status.created

    @property
    def security(self) -> Security | None:
        """The certificates with which a client connects; None for those of the configuration."""
        return getattr(self._cluster, "security", None)

    @property
    def scheduler_address(self) -> str:
        """The address of dask's scheduler; ``"<Not Connected>"`` without one."""
        failure, self._failed_await = self._failed_await, None
        if failure is not None:
            from .distributed_internals import forget_clients

            forget_clients(self)
            raise failure
        return _NOT_CONNECTED if self._cluster is None else self._cluster.scheduler_address

    @property
    def scheduler_info(self) -> dict[str, Any]:
        """The scheduler and its workers, as distributed's clusters describe them."""
        return {"workers": {}} if self._cluster is None else self._cluster.scheduler_info

    @property
    def dashboard_link(self) -> str:
        """The address of the dashboard; empty if there is none."""
        return "" if self._cluster is None else str(self._cluster.dashboard_link)

    def scale(self, n: int | None = None, worker_group: str | None = None, **amounts: Any) -> Any:
        """Scale to a number of workers, which holds until `adapt` is called.

        Parameters
        ----------
        n : int, optional
            Number of workers.
        worker_group : str, optional
            The group to scale, by default the first.
        **amounts
            Instead of `n`: ``memory="100 GB"``, ``cores=64``, or ``jobs=10`` on a job queue.
        """
        group = self._group_name(worker_group)
        return self._running_cluster().scale(n, worker_group=group, **amounts)

    def adapt(
        self,
        minimum: int | None = None,
        maximum: float | None = None,
        worker_group: str | None = None,
        **options: Any,
    ) -> Any:
        """Adapt the number of workers to the tasks.

        Parameters
        ----------
        minimum, maximum : int, optional
            Limits of the number of workers, by default those of the backend.
        worker_group : str, optional
            The group to adapt, by default the first. All groups adapt after the start.
        **options
            Other options of the cluster's ``adapt``, such as ``interval="10s"``.

        Returns
        -------
        distributed.deploy.Adaptive
        """
        limits = {"minimum": minimum, "maximum": maximum}
        given = {name: value for name, value in limits.items() if value is not None}
        group = self._group_name(worker_group)
        return self._running_cluster().adapt(worker_group=group, **given, **options)

    def get_logs(self, cluster: bool = True, scheduler: bool = True, workers: Any = True) -> Any:
        """Return the latest log records of scheduler and workers, as a cluster of dask does."""
        return self._running_cluster().get_logs(cluster, scheduler, workers)

    def close(self, timeout: float | None = None) -> Any:
        """Stop the backend, see `stop`, which has its own time limits."""
        return self.stop()

    def get_client(self) -> Client:
        """Return the backend's own client."""
        return self.client

    @property
    @abc.abstractmethod
    def client(self) -> Client:
        """The backend's own client."""

    @abc.abstractmethod
    def _not_started_error(self) -> BackendError: ...

    @abc.abstractmethod
    def _group_name(self, worker_group: str | None) -> str | None: ...

    def _running_cluster(self) -> Any:
        if self._cluster is None:
            raise self._not_started_error()
        return self._cluster

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return what else the running cluster has."""
            if not name.startswith("_") and self._cluster is not None:
                return getattr(self._cluster, name)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
