"""The check of the memory fractions' range and order."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import dask.config
import pytest
from distributed.spill import SpillBuffer
from distributed.worker_memory import WorkerMemoryManager

from dask_backend_config.doctor.checks import memory_fraction
from tests.doctor.checks.conftest import Examine

MEMORY = "distributed.worker.memory"


def _file(text: str) -> str:
    return f"distributed:\n  worker:\n    memory: {{{text}}}\n"


@pytest.mark.parametrize(
    ("text", "key", "severity", "hint"),
    [
        pytest.param("target: 60", "target", "warning", "0.6", id="percent"),
        pytest.param("transfer: .inf", "transfer", "warning", "at most 1", id="infinite"),
        pytest.param("pause: 0", "pause", "error", "false", id="zero"),
        pytest.param("target: 0", "target", "info", "target: false", id="no target"),
        pytest.param("target: false, spill: 0.0", "spill", "info", "spill: false", id="no buffer"),
        pytest.param("target: 0.6, spill: 0", "spill", "error", "more than 0", id="no spill"),
        pytest.param("spill: -0.5", "spill", "error", "more than 0", id="negative"),
        pytest.param("target: 0.9", "target", "warning", "target < spill", id="target over spill"),
        pytest.param("pause: 0.97", "pause", "warning", "pause < ", id="pause over terminate"),
        pytest.param("spill: false, target: 0.9, pause: 0.8", "pause", "warning", "order",
                     id="the one between is disabled"),
        pytest.param("rebalance: {sender-min: 30}", "rebalance.sender-min", "warning", "0.3",
                     id="rebalance"),
    ],
)  # fmt: skip
def test_finds_fractions_out_of_range_or_order(
    examine: Examine, text: str, key: str, severity: str, hint: str
) -> None:
    (finding,) = examine(memory_fraction, _file(text))
    assert (finding.severity, finding.key) == (severity, f"{MEMORY}.{key}")
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.line == 3


@pytest.mark.parametrize(
    ("target", "spill", "spills"),
    [(0.0, 0.0, False), (False, 0, False), (0.6, 0.0, True), (0.0, 0.7, True), (False, True, True)],
)
def test_a_worker_spills_unless_both_are_zero_or_false(
    examine: Examine, tmp_path: Path, target: float, spill: float, spills: bool
) -> None:
    worker = SimpleNamespace(local_directory=str(tmp_path), periodic_callbacks={})
    with dask.config.set({f"{MEMORY}.target": target, f"{MEMORY}.spill": spill}):
        manager = WorkerMemoryManager(worker, nthreads=1, memory_limit="1GB")
    assert isinstance(manager.data, SpillBuffer) is spills
    found = examine(memory_fraction, _file(f"target: {target}, spill: {spill}".lower()))
    disabled = {(finding.severity, finding.key) for finding in found}
    assert (("info", f"{MEMORY}.spill") in disabled) is (not spills and spill is not False)


def test_each_wrong_pair_is_one_finding(examine: Examine) -> None:
    found = examine(memory_fraction, _file("target: 0.9, spill: 0.8, pause: 0.7, terminate: 0.95"))
    assert [finding.key for finding in found] == [f"{MEMORY}.spill", f"{MEMORY}.pause"]


def test_a_pair_is_reported_at_the_value_that_the_user_set(examine: Examine) -> None:
    variables = {"DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "0.9"}
    (finding,) = examine(memory_fraction, variables=variables)
    assert finding.origin
    assert finding.origin.name == "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET"


def test_accepts_valid_fractions(examine: Examine) -> None:
    cases = {
        "the defaults": "target: 0.6, spill: 0.7, pause: 0.8, terminate: 0.95",
        "spilling is off": "target: false, spill: false, pause: 0.5",
        "equal": "target: 0.9, spill: false, pause: 0.9",
        "all off": "target: 0.9, spill: false, pause: false, terminate: false",
        "one": "terminate: 1",
        "another type": "target: '0.9'",
        "rebalance": "rebalance: {sender-min: 0, recipient-max: 0}",
    }
    found = {name: examine(memory_fraction, _file(text)) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_silent_if_a_variable_overrides_the_wrong_value(examine: Examine) -> None:
    variables = {"DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "0.5"}
    assert examine(memory_fraction, _file("target: 60"), variables) == []
