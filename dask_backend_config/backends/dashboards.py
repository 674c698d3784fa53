"""Links to dask's dashboards that open where they are shown, and only if there is a dashboard.

distributed makes a link of the scheduler's address and the dashboard's port, although the dashboard
may listen on loopback only. It also makes a link if bokeh, and so the dashboard, is missing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from importlib.util import find_spec
from typing import Any

import dask.config
import distributed
import psutil
from distributed.utils import format_dashboard_link

from . import dashboard_links
from .worker_environment import has_dashboard

_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not listened on
_SERVICE = "dashboard"
_LINK = "distributed.dashboard.link"
_CERTIFICATE = "distributed.scheduler.dashboard.tls.cert"


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

    @property
    def dashboard_is_on_loopback(self) -> bool:
        """True if connections to this machine's loopback interface reach the dashboard."""
        host = str(self.http_server.address)  # type: ignore[attr-defined]
        return host in _EVERYWHERE or dashboard_links.is_loopback(host)

    async def add_worker(self, comm: Any, **options: Any) -> None:
        """Add a worker, without a link to its dashboard if no other host can open that.

        distributed passes a connection only to methods with a parameter ``comm``.
        """
        if not self._worker_dashboards:
            options["services"] = _without_dashboard(options["services"])
        await super().add_worker(comm, **options)


def with_dashboard_link(cluster: type[Any]) -> type[Any]:
    """Return a subclass of a cluster class, for clusters of a `DashboardScheduler`."""
    links = {"dashboard_link": property(_link), "dashboard_hint": property(_hint)}
    return type(cluster.__name__, (cluster,), links)


def _link(cluster: Any) -> str:
    """Return the link to a scheduler's dashboard that opens here; empty if there is none.

    ``distributed.dashboard.link`` is its template. If the user did not set it, the link goes
    through JupyterHub's proxy where there is one. A template with an unset variable is ignored.
    """
    host, port = _address(cluster)
    if not port:
        return ""
    is_local = cluster.scheduler.dashboard_is_on_loopback
    in_hub = dashboard_links.link_in_jupyterhub(port, _surroundings()) if is_local else ""
    if not in_hub or not _template_is_default():
        with contextlib.suppress(KeyError):
            return str(format_dashboard_link(host, port))
    scheme = "https" if dask.config.get(_CERTIFICATE) else "http"
    return in_hub or f"{scheme}://{host}:{port}/status"


def _hint(cluster: Any) -> str:
    """Return what to do before the link can be opened; empty if nothing is known to be needed."""
    host, port = _address(cluster)
    if not port:
        return ""
    return dashboard_links.how_to_open(_link(cluster), host, port, _surroundings())


def _address(cluster: Any) -> tuple[str, int]:
    """Return host and port of a scheduler's dashboard; port 0 if there is none."""
    info = cluster.scheduler_info
    return info.get("host", ""), info.get("services", {}).get(_SERVICE, 0)


def _surroundings() -> dashboard_links.Surroundings:
    server = sys.modules.get("jupyter_server.serverapp")
    networks = psutil.net_if_addrs().values()
    return dashboard_links.Surroundings(
        environ=os.environ,
        has_jupyter_proxy=find_spec("jupyter_server_proxy") is not None,
        is_jupyter_server=server is not None and server.ServerApp.initialized(),
        hostname=socket.gethostname(),
        addresses={entry.address for entries in networks for entry in entries},
    )


def _template_is_default() -> bool:
    """Return whether neither the user nor code set the template, not even to its default."""
    from ..config.resolve import live_origins

    origin = live_origins()(_LINK)
    return origin is None or origin.is_default


def _without_dashboard(services: dict[str, int]) -> dict[str, int]:
    return {name: port for name, port in services.items() if name != _SERVICE}
