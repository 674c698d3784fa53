"""The check of values of ``scheduler`` that name no scheduler."""

from __future__ import annotations

import dask
import dask.base
import pytest

from dask_backend_config.doctor.checks import unknown_scheduler
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("process", "Did you mean processes?"),
        ("Thread", "Did you mean threads?"),
        ("tcp://10.0.0.1:8786", "Did you mean scheduler-address?"),
        ("10.0.0.1:8786", "Did you mean scheduler-address?"),
        ("slurm", "Use one of threads, processes, synchronous, distributed"),
        ("4", "Use one of threads, processes, synchronous, distributed"),
        ("true", "Use one of threads, processes, synchronous, distributed"),
    ],
)
def test_finds_values_with_which_dask_cannot_compute(
    examine: Examine, value: str, hint: str
) -> None:
    (finding,) = examine(unknown_scheduler, f"scheduler: {value}\n")
    assert (finding.severity, finding.key, finding.hint) == ("error", "scheduler", hint)
    assert bool(finding.fix) is ("address" in hint)
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (1, 12)
    (finding,) = examine(unknown_scheduler, variables={"DASK_SCHEDULER": value})
    assert finding.hint == hint.replace("scheduler-address", "DASK_SCHEDULER_ADDRESS")
    with dask.config.set(scheduler=value), pytest.raises(ValueError, match="Expected one of"):
        dask.delayed(1).compute()


@pytest.mark.parametrize("text", ["null", "''", "false", "{}", "{a: 1}", "Threads", "Distributed"])
def test_accepts_everything_else(examine: Examine, text: str) -> None:
    assert examine(unknown_scheduler, f"scheduler: {text}\nmine: {{scheduler: x}}\n") == []


def test_the_names_are_those_of_dask() -> None:
    clients = {"distributed", "dask.distributed"}
    assert {*unknown_scheduler.NAMES} == {*dask.base.named_schedulers} | clients
