"""The check of the dashboard's link, with distributed's own code as the oracle."""

from __future__ import annotations

import dask.config
import pytest
from distributed.utils import format_dashboard_link

from dask_backend_config.doctor.checks import dashboard_link
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

KEY = "distributed.dashboard.link"
CASES = [
    ("{scheme}://{host}:{port}/status", None, ""),
    ("/user/{HUB_USER}/proxy/{port}/status", None, ""),
    ("/proxy/{port:>6}/status", None, ""),
    ("/a/{{b}}", None, ""),
    ("{JUPYTERHUB_SERVICE_PREFIX}proxy/{port}/status", "info", "JUPYTERHUB_SERVICE_PREFIX"),
    ("{A}/{B}", "info", "A and B"),
    ("/proxy/{prot}/status", "error", "{port}"),
    ("{HOST}:{port}", "error", "{host}"),
    ("/proxy/{}/status", "error", "braces"),
    ("/proxy/{0}/status", "error", "braces"),
    ("/proxy/{port/status", "error", "braces"),
    ("/proxy/port}/status", "error", "braces"),
    ("/proxy/{port.number}/status", "error", "braces"),
    ("/proxy/{port:x%}", "error", "braces"),
]


@pytest.mark.parametrize(("link", "severity", "hint"), CASES, ids=[case[0] for case in CASES])
def test_finds_what_makes_the_link_fail(
    examine: Examine,
    monkeypatch: pytest.MonkeyPatch,
    link: str,
    severity: str | None,
    hint: str,
) -> None:
    monkeypatch.setenv("HUB_USER", "me")
    monkeypatch.delenv("HOST", raising=False)
    fails = False
    with dask.config.set({KEY: link}):
        try:
            format_dashboard_link("127.0.0.1", 8787)
        except Exception:
            fails = True
    found = examine(dashboard_link, nested(KEY, f"'{link}'"))
    assert fails == bool(found)
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(hint in finding.hint and finding.key == KEY for finding in found)


def test_the_fix_corrects_the_name(examine: Examine) -> None:
    (finding,) = examine(dashboard_link, nested(KEY, "'/{prot}/'"))
    assert finding.fix
    assert [getattr(edit, "value", None) for edit in finding.fix.edits] == ["/{port}/"]


@pytest.mark.parametrize(
    ("link", "in_hub", "severity"),
    [
        pytest.param("/proxy/{port}/status", True, "warning", id="no path of the server"),
        pytest.param("/proxy/{port}/status", False, None, id="no hub"),
        pytest.param("{JUPYTERHUB_SERVICE_PREFIX}/proxy/{port}/status", True, "error", id="two slashes"),
        pytest.param("{JUPYTERHUB_SERVICE_PREFIX}proxy/{port}/status", True, None, id="prefix"),
        pytest.param("/user/{USER}/proxy/{port}/status", True, None, id="path of the server"),
        pytest.param("https://hub.org/proxy/{port}", True, None, id="whole address"),
    ],
)  # fmt: skip
def test_finds_a_path_that_leads_to_no_server_in_jupyterhub(
    examine: Examine, monkeypatch: pytest.MonkeyPatch, link: str, in_hub: bool, severity: str | None
) -> None:
    monkeypatch.setenv("USER", "me")
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    if in_hub:
        monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/me/")
    found = examine(dashboard_link, nested(KEY, f"'{link}'"))
    values = [getattr(edit, "value", None) for one in found if one.fix for edit in one.fix.edits]
    better = ["{JUPYTERHUB_SERVICE_PREFIX}proxy/{port}/status"] if severity else []
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert values == better
