"""What a link to a dashboard is, and how it is opened, wherever the browser runs."""

from __future__ import annotations

import pytest

from dask_backend_config.backends.dashboard_links import (
    Surroundings,
    how_to_open,
    link_in_jupyterhub,
)

DIRECT = "http://127.0.0.1:8787/status"
HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/me/"}
#: From a laptop to this machine.
SSH = {"SSH_CONNECTION": "203.0.113.9 50022 10.0.0.5 22", "USER": "me"}
FORWARD = "On your computer, first run: ssh -L 8787:127.0.0.1:8787"


def around(environ: dict[str, str], proxy: bool = False, server: bool = False) -> Surroundings:
    addresses = {"127.0.0.1", "::1", "10.0.0.5", "2001:db8::5"}
    return Surroundings(environ, proxy, server, "node1", addresses)


@pytest.mark.parametrize(
    ("environ", "proxy", "link"),
    [
        pytest.param(HUB, True, "/user/me/proxy/8787/status", id="hub"),
        pytest.param(
            {"JUPYTERHUB_SERVICE_PREFIX": "/hub2/user/a%40b/gpu"},
            True,
            "/hub2/user/a%40b/gpu/proxy/8787/status",
            id="named server, no slash at the end",
        ),
        pytest.param({"JUPYTERHUB_SERVICE_PREFIX": "/"}, True, "/proxy/8787/status", id="root"),
        pytest.param(HUB, False, "", id="no proxy"),
        pytest.param({"JPY_SESSION_NAME": "a.ipynb"}, True, "", id="no hub"),
        pytest.param({"JUPYTERHUB_SERVICE_PREFIX": ""}, True, "", id="empty"),
    ],
)
def test_jupyterhub_leads_to_ports_of_its_machine(
    environ: dict[str, str], proxy: bool, link: str
) -> None:
    assert link_in_jupyterhub(8787, around(environ, proxy)) == link


def test_the_jupyter_server_itself_has_the_address() -> None:
    assert link_in_jupyterhub(8787, around(HUB, proxy=True, server=True)) == ""


@pytest.mark.parametrize(
    ("environ", "ssh"),
    [
        pytest.param(SSH, "me@10.0.0.5", id="login node"),
        pytest.param({**SSH, "USER": "", "LOGNAME": "you"}, "you@10.0.0.5", id="only LOGNAME"),
        pytest.param({**SSH, "USER": ""}, "10.0.0.5", id="no name"),
        pytest.param(
            {"SSH_CONNECTION": "2001:db8::9 50022 2001:db8::5 22"}, "2001:db8::5", id="IPv6"
        ),
        pytest.param(
            {**SSH, "SSH_CONNECTION": "203.0.113.9 50022 10.0.0.1 22"},
            "-J me@10.0.0.1 me@node1",
            id="a job of a login node",
        ),
        pytest.param(
            {**SSH, "SSH_CONNECTION": "127.0.0.1 50022 127.0.0.1 22"}, "me@node1", id="a tunnel"
        ),
        pytest.param(
            {"SSH_CONNECTION": "UNKNOWN 65535 UNKNOWN 65535"}, "node1", id="not a network socket"
        ),
        pytest.param({"SSH_CONNECTION": ""}, "node1", id="empty"),
    ],
)
def test_a_browser_elsewhere_needs_a_tunnel(environ: dict[str, str], ssh: str) -> None:
    assert how_to_open(DIRECT, "127.0.0.1", 8787, around(environ)) == f"{FORWARD} {ssh}"


@pytest.mark.parametrize(
    ("link", "host", "forward"),
    [
        pytest.param("https://[::1]:8787/status", "[::1]", "8787:[::1]:8787", id="IPv6"),
        pytest.param("http://localhost:9000/", "127.0.0.1", "9000:127.0.0.1:8787", id="template"),
        pytest.param("http://127.0.0.1/status", "127.0.0.1", "8787:127.0.0.1:8787", id="no port"),
    ],
)
def test_the_tunnel_leads_from_the_link_to_the_dashboard(
    link: str, host: str, forward: str
) -> None:
    hint = how_to_open(link, host, 8787, around(SSH)).replace("'", "")
    assert f"ssh -L {forward} me@10.0.0.5" in hint


@pytest.mark.parametrize(
    ("link", "environ", "proxy", "hint"),
    [
        pytest.param(DIRECT, {}, False, "", id="a laptop"),
        pytest.param("http://10.0.0.5:8787/status", SSH, False, "", id="open to the network"),
        pytest.param("/user/me/proxy/8787/status", {**HUB, **SSH}, True, "", id="hub"),
        pytest.param("https://hub.org/user/me/proxy/8787", HUB, True, "", id="hub, whole address"),
        pytest.param(DIRECT, {**HUB, **SSH}, True, "", id="hub, but the user wants the address"),
        pytest.param(DIRECT, HUB, False, "the package jupyter-server-proxy", id="hub, no proxy"),
        pytest.param("", SSH, False, "", id="no link"),
    ],
)
def test_a_hint_is_given_only_where_the_link_does_not_open(
    link: str, environ: dict[str, str], proxy: bool, hint: str
) -> None:
    found = how_to_open(link, "127.0.0.1", 8787, around(environ, proxy))
    assert hint in found
    assert bool(found) == bool(hint)
