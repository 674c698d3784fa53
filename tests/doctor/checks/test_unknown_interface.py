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
    ("text", "key"),
    [
        pytest.param(
            _slurm("interface: ib1"), "backends.slurm.interface", id="near",
        ),
        pytest.param(
            _slurm("interface: wlan"), "backends.slurm.interface", id="far",
        ),
        pytest.param(
            _slurm("", "jobqueue: {slurm: {interface: ib1}}\n"), "jobqueue.slurm.interface", id="dask-jobqueue's",
        ),
        pytest.param(
            _slurm("interface: lo", "jobqueue: {slurm: {scheduler-options: {interface: ib1}}}\n"),
            "jobqueue.slurm.scheduler-options.interface",
            id="the scheduler's",
        ),
        pytest.param(
            _slurm("interface: lo, scheduler-interface: ib1"), "backends.slurm.scheduler-interface",
            id="the scheduler's own key",
        ),
        pytest.param(
            _slurm("interface: lo, scheduler-options: {interface: ib1}"),
            "backends.slurm.scheduler-options.interface", id="the scheduler's argument",
        ),
    ],
)  # fmt: skip
def test_finds_an_interface_that_does_not_exist(examine_site: Examine, text: str, key: str) -> None:
    (finding,) = examine_site(unknown_interface, text)
    assert (finding.severity, finding.key) == ("error", key)
    assert finding.hint.startswith("Available here: lo, eth0, ib0. ")
    assert "Did you mean" not in finding.hint
    assert finding.origin
    assert finding.origin.line


def test_accepts_interfaces_that_exist_or_only_workers_use(examine_site: Examine) -> None:
    cases = {
        "exists": _slurm("interface: ib0"),
        "label": _slurm("interface: 'eth0:1'"),
        "none": _slurm("interface: null"),
        "not a string": _slurm("interface: 7"),
        "local": "backends: {default: local, slurm: {interface: ib1}}\n",
        "only workers use it": _slurm(
            "interface: ib1", "jobqueue: {slurm: {scheduler-options: {interface: lo}}}\n"
        ),
        "only workers use it, by our key": _slurm("interface: ib1, scheduler-interface: eth0"),
        "the scheduler has an address": _slurm(
            "interface: ib1", "jobqueue: {slurm: {scheduler-options: {host: head}}}\n"
        ),
    }
    found = {name: examine_site(unknown_interface, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_silent_if_the_interfaces_are_unknown(
    examine_site: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> list[tuple[int, str]]:
        raise OSError

    monkeypatch.setattr(socket, "if_nameindex", refuse)
    assert examine_site(unknown_interface, _slurm("interface: ib1")) == []
