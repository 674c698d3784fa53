"""Whether the connections of a local backend are encrypted."""

from __future__ import annotations

import os
from types import SimpleNamespace

import dask.config
import psutil
import pytest
from distributed import Client, Security

from dask_backend_config import DaskLocalCluster
from dask_backend_config.backends.local.security import has_other_people, local_security

OWN, OTHER = os.getuid(), 54321
LIMIT = 60


def run_by(monkeypatch: pytest.MonkeyPatch, *users: int | None) -> None:
    """Let these users' processes be those of the machine; None is a process that just ended."""
    found = [
        SimpleNamespace(info={"uids": user if user is None else SimpleNamespace(real=user)})
        for user in users
    ]
    monkeypatch.setattr(psutil, "process_iter", lambda _: found)


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        pytest.param([], False, id="none"),
        pytest.param([OWN, 0, 65534, None], False, id="own, root and nobody"),
        pytest.param([OWN, 104], False, id="of the system"),
        pytest.param([OWN, OTHER], True, id="another person"),
    ],
)
def test_a_machine_is_shared_if_another_person_has_processes(
    monkeypatch: pytest.MonkeyPatch, users: list[int | None], expected: bool
) -> None:
    run_by(monkeypatch, *users)
    assert has_other_people() is expected
    assert (local_security("auto") is not None) is expected
    assert local_security(False) is None
    assert local_security(True) is not None


def test_certificates_of_the_configuration_count_more() -> None:
    with dask.config.set({"distributed.comm.require-encryption": True}):
        assert local_security(True) is None


def test_only_clients_with_the_certificate_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    run_by(monkeypatch, OTHER)
    with DaskLocalCluster(1, task_isolation="process") as backend:
        assert backend.scheduler_address.startswith("tls://")
        assert backend.submit_task(abs, -2).result(LIMIT) == 2
        assert all(worker.startswith("tls://") for worker in backend.scheduler_info["workers"])
        with pytest.raises(OSError, match=r"SSL|certificate|tls"):
            Client(backend.scheduler_address, security=Security.temporary(), timeout=LIMIT)


def test_a_client_may_ask_for_the_certificate_before_the_start() -> None:
    backend = DaskLocalCluster(1, security=True)
    with backend, Client(backend) as client:
        assert client.submit(abs, -2).result(LIMIT) == 2
