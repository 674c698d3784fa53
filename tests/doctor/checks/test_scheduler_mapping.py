"""The check of a section ``scheduler`` at the top level."""

from __future__ import annotations

import dask
import pytest

from dask_backend_config.doctor.checks import scheduler_mapping
from tests.doctor.checks.conftest import Examine


def test_finds_a_section(examine: Examine) -> None:
    (finding,) = examine(scheduler_mapping, "x: 1\nscheduler:\n  work-stealing: false\n")
    assert (finding.severity, finding.key) == ("error", "scheduler")
    assert "distributed:" in finding.hint
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (2, 1)


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("DASK_SCHEDULER__WORK_STEALING", "False", "DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING"),
        ("DASK_SCHEDULER__WRK_STEALING", "False", "DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING"),
        ("DASK_SCHEDULER__ADDRESS", "tcp://x:1", "DASK_SCHEDULER_ADDRESS"),
        ("DASK_SCHEDULER__NOTHING_LIKE_IT", "1", None),
        ("DASK_SCHEDULER", "{'work-stealing': 1}", "DASK_DISTRIBUTED__SCHEDULER"),
    ],
)
def test_finds_a_variable_that_makes_one(
    examine: Examine, name: str, text: str, hint: str | None
) -> None:
    (finding,) = examine(scheduler_mapping, variables={name: text})
    expected = f"Did you mean {hint}?" if hint else "Unset it"
    assert (finding.severity, finding.hint) == ("error", expected)
    assert finding.origin
    assert finding.origin.name == name


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "a name": "scheduler: threads\n",
        "null": "scheduler: null\n",
        "an empty section, which counts as none": "scheduler: {}\n",
        "where it belongs": "distributed: {scheduler: {work-stealing: false}}\n",
        "another package's": "mine: {scheduler: {x: 1}}\n",
        "dotted-key's": "scheduler.work-stealing: 1\n",
    }
    found = {name: examine(scheduler_mapping, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_variables_of_other_keys_are_silent(examine: Examine) -> None:
    variables = {"DASK_SCHEDULER_ADDRESS": "tcp://x:1", "DASK_SCHEDULER": "threads"}
    assert examine(scheduler_mapping, variables=variables) == []


def test_dask_fails_to_compute_with_a_section_and_not_with_an_empty_one() -> None:
    section = dask.config.set({"scheduler": {"work-stealing": False}})
    with section, pytest.raises(ValueError, match="Unexpected scheduler"):
        dask.delayed(1).compute()
    with dask.config.set({"scheduler": {}}):
        assert dask.delayed(1).compute() == 1
