"""Other processes of the user connect to an encrypted backend by its address."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.config
import distributed
import pytest

from dask_backend_config import DaskLocalCluster, DaskSLURMBackend, client_security

from .conftest import Run, run_script, script, slurm  # noqa: F401

LOADER = {"distributed.client.security-loader": "dask_backend_config.client_security"}


def local(**options: Any) -> DaskLocalCluster:
    return DaskLocalCluster(1, security=True, **options)


def queue(**options: Any) -> DaskSLURMBackend:
    return DaskSLURMBackend(1, python=sys.executable, watch_interval="20ms", **options)


@pytest.fixture(params=[local, queue])
def make(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return a function that makes an encrypted backend."""
    if request.param is queue:
        request.getfixturevalue("slurm")
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files, whose path is short because sockets are in it."""
    with tempfile.TemporaryDirectory() as path:
        monkeypatch.setattr(tempfile, "tempdir", path)
        monkeypatch.setenv("TMPDIR", path)
        yield Path(path)


def shared(folder: Path) -> list[Path]:
    return list(folder.rglob("client.json"))


def test_a_process_connects_by_the_address(
    make: Callable[..., Any],
    folder: Path,
    run_script: Run,  # noqa: F811
) -> None:
    with dask.config.set(LOADER), make() as backend:
        done = run_script(
            f"""
            from dask.distributed import Client

            client = Client("{backend.scheduler_address}")
            print(client.submit(pow, 7, 2).result())
            """,
            DASK_DISTRIBUTED__CLIENT__SECURITY_LOADER=LOADER["distributed.client.security-loader"],
        )
        assert done.stdout == "49\n", done.stderr
        (file,) = shared(folder)
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert shared(folder) == []


def test_several_backends_each_have_their_certificates() -> None:
    with dask.config.set(LOADER), local() as first, local() as second:
        for backend in (first, second):
            with distributed.Client(backend.scheduler_address) as client:
                assert client.scheduler.address == backend.scheduler_address
        assert client_security({"address": "tls://127.0.0.1:1"}) is None


def test_certificates_of_another_user_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with dask.config.set(LOADER), local() as backend:
        connection = {"address": backend.scheduler_address}
        assert client_security(connection)
        monkeypatch.setattr(os, "getuid", lambda: 12345)
        assert client_security(connection) is None


@pytest.mark.parametrize(
    ("config", "options"),
    [
        pytest.param({}, {"security": True}, id="no-loader"),
        pytest.param({next(iter(LOADER)): "json.loads"}, {"security": True}, id="other-loader"),
        pytest.param(LOADER, {"security": False}, id="not-encrypted"),
    ],
)
def test_nothing_is_written_unless_it_is_configured(
    config: dict[str, str], options: dict[str, Any], folder: Path
) -> None:
    with dask.config.set(config), DaskLocalCluster(1, **options):
        assert shared(folder) == []
