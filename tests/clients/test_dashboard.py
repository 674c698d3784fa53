"""The link to a dashboard opens where it is shown, with a real dashboard and Jupyter server."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed.utils import get_ip

from dask_backend_config import DaskLocalCluster
from tests.backends.conftest import wait_until

from .packages import needs

pytestmark = [needs("bokeh", "jupyter_server_proxy"), pytest.mark.xdist_group("clients")]
PREFIX = "/user/me/"


@pytest.fixture
def jupyter(tmp_path: Path) -> Iterator[str]:
    """Start a server with the path that JupyterHub would give it, and return its host."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    settings = {
        "base_url": PREFIX, "ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False,
        "root_dir": tmp_path, "allow_root": True, "jpserver_extensions": {"jupyter_server_proxy": True},
    }  # fmt: skip
    options = [f"--ServerApp.{name}={value}" for name, value in settings.items()]
    command = [sys.executable, "-m", "jupyter_server", "--IdentityProvider.token=", *options]
    output = (tmp_path / "jupyter.log").open("w")
    process = subprocess.Popen(command, stdout=output, stderr=output, cwd=tmp_path)
    try:
        wait_until(lambda: status(f"http://127.0.0.1:{port}{PREFIX}api") == 200, 100)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
        output.close()


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@contextmanager
def in_the_jupyter_server() -> Iterator[None]:
    """Make this process look like a Jupyter server to whatever runs in it."""
    from jupyter_server.serverapp import ServerApp

    ServerApp.instance()
    try:
        yield
    finally:
        ServerApp.clear_instance()


def test_the_link_in_jupyterhub_opens(jupyter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", PREFIX)
    with DaskLocalCluster(number_of_workers=1) as backend:
        link = backend.cluster.dashboard_link
        assert link.startswith(f"{PREFIX}proxy/")
        assert backend.cluster.dashboard_hint == ""
        assert f'href="{link}"' in backend._repr_html_()
        assert status(jupyter + link) == 200
        with in_the_jupyter_server():  # as dask-labextension
            assert status(backend.cluster.dashboard_link) == 200
    assert status(jupyter + link) == 500  # it was the dashboard that answered


def test_over_ssh_the_command_is_beside_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    monkeypatch.setenv("USER", "me")
    monkeypatch.setenv("SSH_CONNECTION", f"203.0.113.9 50022 {get_ip()} 22")
    with DaskLocalCluster(number_of_workers=1) as backend:
        link, hint = backend.cluster.dashboard_link, backend.cluster.dashboard_hint
        port = link.removeprefix("http://127.0.0.1:").removesuffix("/status")
        assert hint.endswith(f" ssh -L {port}:127.0.0.1:{port} me@{get_ip()}")
        assert hint in backend._repr_html_()
    assert "ssh" not in backend._repr_html_()
