"""The check of network interfaces that this machine does not have."""

from __future__ import annotations

import socket

import pytest

from dask_backend_config.doctor.checks import unknown_interface
from tests.doctor.checks.conftest import Examine


@pytest.fixture(autouse=True)
def interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with three of them."""
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0"), (3, "ib0")])


def _slurm(tunables: str, more: str = "") -> str:
    return f"backends:\n  default: slurm\n  slurm: {{{tunables}}}\n{more}"


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        pytest.param(
            _slurm("interface: ib1"), "backends.slurm.interface",
            "Did you mean ib0? Available: lo, eth0, ib0", id="near",
        ),
        pytest.param(
            _slurm("interface: wlan"), "backends.slurm.interface",
            "Available: lo, eth0, ib0", id="far",
        ),
        pytest.param(
            _slurm("", "jobqueue: {slurm: {interface: ib1}}\n"), "jobqueue.slurm.interface",
            "Did you mean ib0? Available: lo, eth0, ib0", id="dask-jobqueue's",
        ),
        pytest.param(
            _slurm("interface: lo", "jobqueue: {slurm: {scheduler-options: {interface: ib1}}}\n"),
            "jobqueue.slurm.scheduler-options.interface", "Did you mean ib0? Available: lo, eth0, ib0",
            id="the scheduler's",
        ),
    ],
)  # fmt: skip
def test_finds_an_interface_that_does_not_exist(
    examine_site: Examine, text: str, key: str, hint: str
) -> None:
    (finding,) = examine_site(unknown_interface, text)
    assert (finding.severity, finding.key, finding.hint) == ("error", key, hint)
    assert finding.origin
    assert finding.origin.line


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_slurm("interface: ib0"), id="exists"),
        pytest.param(_slurm("interface: 'eth0:1'"), id="label"),
        pytest.param(_slurm("interface: null"), id="none"),
        pytest.param(_slurm("interface: 7"), id="not a string"),
        pytest.param("backends: {default: local, slurm: {interface: ib1}}\n", id="local"),
        pytest.param(
            _slurm("interface: ib1", "jobqueue: {slurm: {scheduler-options: {interface: lo}}}\n"),
            id="only workers use it",
        ),
        pytest.param(
            _slurm("interface: ib1", "jobqueue: {slurm: {scheduler-options: {host: head}}}\n"),
            id="the scheduler has an address",
        ),
    ],
)
def test_accepts_interfaces_that_exist_or_only_workers_use(
    examine_site: Examine, text: str
) -> None:
    assert examine_site(unknown_interface, text) == []


def test_silent_if_the_interfaces_are_unknown(
    examine_site: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> list[tuple[int, str]]:
        raise OSError

    monkeypatch.setattr(socket, "if_nameindex", refuse)
    assert examine_site(unknown_interface, _slurm("interface: ib1")) == []
