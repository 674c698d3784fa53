"""Links to dashboards lead to where they listen; without a dashboard there is no link."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import urllib.request
from typing import Any

import dask.config
import pytest
from distributed import Client, SpecCluster, Worker
from distributed.utils import get_ip

from dask_backend_config import DaskLocalCluster, DaskSLURMBackend
from dask_backend_config.backends import dashboards
from dask_backend_config.backends.dashboards import DashboardScheduler, with_dashboard_link
from tests.config.test_repr_html import Tree

from .stand_in import StandIn

ROUTES = "distributed.scheduler.http.routes"
LINK = "distributed.dashboard.link"
Seen = tuple[str, str, set[str], list[str]]


def seen(template: str | None = "http://{host}/x", **options: Any) -> Seen:
    """Return the links of a cluster, its client, both in notebooks, and the workers' services."""

    async def look() -> Seen:
        every = {"host": "tcp://0.0.0.0", "port": 0, "dashboard": True, **options}
        worker = {"cls": Worker, "options": {"nthreads": 1, "dashboard_address": "127.0.0.1:0"}}
        cluster = with_dashboard_link(SpecCluster)(
            {0: worker}, {"cls": DashboardScheduler, "options": every}, asynchronous=True
        )
        async with cluster, Client(cluster, asynchronous=True, set_as_default=False) as client:
            html = cluster._repr_html_() + client._repr_html_()
            links = {address for address in Tree(html).addresses if address.startswith("http")}
            workers = (await client.scheduler.identity(n_workers=-1))["workers"].values()
            services = [name for entry in workers for name in entry["services"]]
            return cluster.dashboard_link, client.dashboard_link, links, services

    routes = dask.config.get(ROUTES)
    with dask.config.set({ROUTES: list(routes), **({LINK: template} if template else {})}):
        return asyncio.run(asyncio.wait_for(look(), 30))


@pytest.mark.parametrize(
    ("address", "host"),
    [
        pytest.param("127.0.0.1:0", "127.0.0.1", id="loopback"),
        pytest.param("localhost:0", "127.0.0.1", id="name"),
        pytest.param(":0", get_ip(), id="everywhere"),
        pytest.param(f"{get_ip()}:0", get_ip(), id="one-address"),
    ],
)
def test_all_links_lead_to_where_the_dashboard_listens(
    monkeypatch: pytest.MonkeyPatch, address: str, host: str
) -> None:
    monkeypatch.setattr(dashboards, "has_dashboard", lambda: True)
    link = f"http://{host}/x"
    found = seen(dashboard_address=address, worker_dashboards=False)
    assert found == (link, link, {link}, [])


@pytest.mark.parametrize(
    ("options", "installed"),
    [
        pytest.param({}, False, id="no-bokeh"),
        pytest.param({"dashboard": False}, True, id="switched-off"),
    ],
)
def test_there_is_no_link_without_a_dashboard(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], installed: bool
) -> None:
    monkeypatch.setattr(dashboards, "has_dashboard", lambda: installed)
    assert seen(dashboard_address="127.0.0.1:0", **options) == ("", "", set(), [])


def test_workers_keep_a_dashboard_that_can_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboards, "has_dashboard", lambda: True)
    assert seen(dashboard_address="127.0.0.1:0")[3] == ["dashboard"]


IN_HUB = re.compile(r"/user/me/proxy/\d+/status")
DIRECT = re.compile(r"http://[\d.]+:\d+/status")


@pytest.mark.parametrize(
    ("address", "template", "link"),
    [
        pytest.param("127.0.0.1:0", None, IN_HUB, id="loopback"),
        pytest.param("0.0.0.0:0", None, IN_HUB, id="everywhere"),
        pytest.param(f"{get_ip()}:0", None, DIRECT, id="not on loopback"),
        pytest.param("127.0.0.1:0", "https://a/{port}", re.compile(r"https://a/\d+"), id="set"),
        pytest.param("127.0.0.1:0", "/{NOT_SET}/{port}", IN_HUB, id="unset variable"),
    ],
)
def test_the_link_leads_through_jupyterhub_unless_the_user_set_another(
    monkeypatch: pytest.MonkeyPatch, address: str, template: str | None, link: re.Pattern[str]
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/me/")
    monkeypatch.setattr(dashboards, "has_dashboard", lambda: True)
    monkeypatch.setattr(dashboards, "find_spec", lambda name: name)
    cluster, client, _, _ = seen(template, dashboard_address=address)
    assert link.fullmatch(cluster)
    assert client == cluster


def test_the_users_link_is_kept_also_if_it_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/me/")
    monkeypatch.setenv("DASK_DISTRIBUTED__DASHBOARD__LINK", dask.config.get(LINK))
    monkeypatch.setattr(dashboards, "has_dashboard", lambda: True)
    monkeypatch.setattr(dashboards, "find_spec", lambda name: name)
    assert DIRECT.fullmatch(seen(None, dashboard_address="127.0.0.1:0")[0])


def test_a_link_with_an_unset_variable_is_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    monkeypatch.setattr(dashboards, "has_dashboard", lambda: True)
    assert DIRECT.fullmatch(seen("/{NOT_SET}/{port}", dashboard_address="127.0.0.1:0")[0])


@pytest.mark.parametrize("kind", [DaskLocalCluster, DaskSLURMBackend])
def test_the_link_of_a_backend_can_be_opened(kind: Any, slurm: StandIn) -> None:
    slurm.hold()
    with kind() as backend:
        link = backend.cluster.dashboard_link
        assert bool(link) == (importlib.util.find_spec("bokeh") is not None)
        assert backend.client.dashboard_link == link
        assert not link or urllib.request.urlopen(link).status == 200
