"""The check of a TCP timeout with which distributed fails."""

from __future__ import annotations

from types import SimpleNamespace

import dask.config
import pytest
from distributed.comm.tcp import set_tcp_timeout

from dask_backend_config.doctor.checks import tcp_timeout_too_short
from dask_backend_config.doctor.findings import Fix
from dask_backend_config.yaml_edit.patch import Set
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

KEY = "distributed.comm.timeouts.tcp"


@pytest.mark.parametrize("text", ["10s", "5", "10999 ms"])
def test_finds_less_than_eleven_seconds(examine: Examine, text: str) -> None:
    (finding,) = examine(tcp_timeout_too_short, nested(KEY, text))
    assert (finding.severity, finding.key) == ("error", KEY)
    assert finding.fix == Fix((Set(tuple(KEY.split(".")), "30s"),), safe=False)
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (4, 12)


def test_finds_it_in_a_variable(examine: Examine) -> None:
    name = "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP"
    (finding,) = examine(tcp_timeout_too_short, variables={name: "5s"})
    assert finding.origin
    assert finding.origin.name == name


def test_finds_it_at_the_old_name(examine: Examine) -> None:
    (finding,) = examine(tcp_timeout_too_short, "tcp-timeout: 5s\n")
    assert finding.origin
    assert finding.origin.line == 1


def test_accepts_longer_timeouts_and_ignores_other_types(examine: Examine) -> None:
    cases = [
        "11s",
        "11",
        "30s",
        "1 minute",
        "10 secs",
        "null",
        "[5]",
    ]
    found = {text: examine(tcp_timeout_too_short, nested(KEY, text)) for text in cases}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_silent_on_a_value_that_has_no_effect(examine: Examine) -> None:
    variables = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "30s"}
    assert examine(tcp_timeout_too_short, nested(KEY, "5s"), variables) == []


def test_silent_on_the_default(examine: Examine) -> None:
    assert examine(tcp_timeout_too_short) == []


def test_distributed_fails_below_eleven_seconds() -> None:
    comm = SimpleNamespace(closed=lambda: False, socket=None)
    with dask.config.set({KEY: "10.9s"}), pytest.raises(AssertionError, match="too low"):
        set_tcp_timeout(comm)
    with dask.config.set({KEY: "11s"}), pytest.raises(AttributeError):  # it goes on to the socket
        set_tcp_timeout(comm)
