"""The check of the memory fractions' range and order."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import memory_fraction
from tests.doctor.checks.conftest import Examine

MEMORY = "distributed.worker.memory"


def _file(text: str) -> str:
    return f"distributed:\n  worker:\n    memory: {{{text}}}\n"


@pytest.mark.parametrize(
    ("text", "key", "severity", "message", "hint"),
    [
        pytest.param("target: 60", "target", "warning", "never reached", "target: 0.6", id="percent"),
        pytest.param("terminate: 1.5", "terminate", "warning", "above 1", "or false", id="above 1"),
        pytest.param("transfer: .inf", "transfer", "warning", "above 1", "at most 1", id="infinite"),
        pytest.param("pause: 0", "pause", "error", "always exceeded", "or false", id="zero"),
        pytest.param("target: 0", "target", "warning", "counts as false", "or false", id="no target"),
        pytest.param("spill: -0.5", "spill", "error", "always", "more than 0", id="negative"),
        pytest.param("target: 0.9", "target", "warning", "target 0.9 is above spill 0.7", "target <",
                     id="target above spill's default"),
        pytest.param("spill: 0.9", "spill", "warning", "spill 0.9 is above pause 0.8", "spill <",
                     id="spill above pause's default"),
        pytest.param("pause: 0.97", "pause", "warning", "pause 0.97 is above terminate", "pause <",
                     id="pause above terminate's default"),
        pytest.param("spill: false, target: 0.9, pause: 0.8", "pause", "warning",
                     "target 0.9 is above pause 0.8", "order", id="one between is off"),
        pytest.param("rebalance: {sender-min: 30}", "rebalance.sender-min", "warning", "never",
                     "sender-min: 0.3", id="rebalance"),
    ],
)  # fmt: skip
def test_finds_fractions_out_of_range_or_order(
    examine: Examine, text: str, key: str, severity: str, message: str, hint: str
) -> None:
    (finding,) = examine(memory_fraction, _file(text))
    assert (finding.severity, finding.key) == (severity, f"{MEMORY}.{key}")
    assert message in finding.message
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.line == 3


def test_each_wrong_pair_is_one_finding(examine: Examine) -> None:
    found = examine(memory_fraction, _file("target: 0.9, spill: 0.8, pause: 0.7, terminate: 0.95"))
    assert [finding.key for finding in found] == [f"{MEMORY}.spill", f"{MEMORY}.pause"]


def test_a_pair_is_reported_where_the_user_said_one_of_it(examine: Examine) -> None:
    variables = {"DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "0.9"}
    (finding,) = examine(memory_fraction, variables=variables)
    assert finding.origin
    assert finding.origin.name == "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("target: 0.6, spill: 0.7, pause: 0.8, terminate: 0.95", id="the defaults"),
        pytest.param("target: false, spill: false, pause: 0.5", id="spilling is off"),
        pytest.param("target: 0.9, spill: false, pause: 0.9", id="equal"),
        pytest.param("target: 0.9, spill: false, pause: false, terminate: false", id="all off"),
        pytest.param("terminate: 1", id="one"),
        pytest.param("target: '0.9'", id="another type"),
        pytest.param("rebalance: {sender-min: 0, recipient-max: 0}", id="rebalance"),
    ],
)
def test_silent_on_what_distributed_can_do(examine: Examine, text: str) -> None:
    assert examine(memory_fraction, _file(text)) == []


def test_silent_on_what_a_variable_mends(examine: Examine) -> None:
    variables = {"DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "0.5"}
    assert examine(memory_fraction, _file("target: 60"), variables) == []
