"""Links to dask's dashboards that lead to where they listen, and only if there is one.

distributed makes a link of the scheduler's address and the dashboard's port, although the dashboard
may listen on loopback only. It does so without bokeh, too, when there is no dashboard.
"""

from __future__ import annotations

from typing import Any

import distributed
from distributed.utils import format_dashboard_link

from .worker_environment import has_dashboard

_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not listened on
_SERVICE = "dashboard"


class DashboardScheduler(distributed.Scheduler):
    """distributed's scheduler; it tells clients where its dashboard listens, if it has one.

    Parameters
    ----------
    worker_dashboards : bool
        Whether others than the workers' own nodes can reach the workers' dashboards.
    **options
        Options of ``distributed.Scheduler``.
    """

    def __init__(self, *, worker_dashboards: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self._has_dashboard = bool(options.get(_SERVICE)) and has_dashboard()
        self._worker_dashboards = worker_dashboards and self._has_dashboard

    def identity(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Return distributed's description of this scheduler, with the host of the dashboard."""
        found: dict[str, Any] = super().identity(*args, **options)
        if not self._has_dashboard:
            return {**found, "services": _without_dashboard(found["services"])}
        host = str(self.http_server.address)  # type: ignore[attr-defined]
        if host in _EVERYWHERE:
            host = str(distributed.comm.addressing.get_address_host(found["address"]))
        return {**found, "host": f"[{host}]" if ":" in host else host}

    async def add_worker(self, comm: Any, **options: Any) -> None:
        """Add a worker, without a link to its dashboard if no other host can open that.

        distributed passes a connection only to methods with a parameter ``comm``.
        """
        if not self._worker_dashboards:
            options["services"] = _without_dashboard(options["services"])
        await super().add_worker(comm, **options)


def with_dashboard_link(cluster: type[Any]) -> type[Any]:
    """Return a subclass of a cluster class, for clusters of a `DashboardScheduler`."""
    return type(cluster.__name__, (cluster,), {"dashboard_link": property(_link)})


def _link(cluster: Any) -> str:
    """Return the address of a scheduler's dashboard; empty if there is none.

    ``distributed.dashboard.link`` is its template.
    """
    info = cluster.scheduler_info
    port = info.get("services", {}).get(_SERVICE)
    return "" if port is None else str(format_dashboard_link(info["host"], port))


def _without_dashboard(services: dict[str, int]) -> dict[str, int]:
    return {name: port for name, port in services.items() if name != _SERVICE}
