"""The check of variables that the commands before the worker do not export."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import unexported_variable
from dask_backend_config.yaml_edit.patch import patch
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

PROLOGUE = "jobqueue.slurm.job-script-prologue"
OURS = "backends.jobqueue.setup-script-commands"


@pytest.mark.parametrize(
    ("key", "text", "names", "fixed"),
    [
        pytest.param(PROLOGUE, "[OMP_NUM_THREADS=1]", "OMP_NUM_THREADS is",
                     "[export OMP_NUM_THREADS=1]", id="prologue"),
        pytest.param(PROLOGUE, "[A=1 B=2, C=1;]", "A, B, C are",
                     "[export A=1 B=2, export C=1;]", id="several"),
        pytest.param(PROLOGUE, "[cd /x && A=1]", "A is", None, id="in a command"),
        pytest.param("jobqueue.pbs.env_extra", "[A=1]", "A is", None, id="env-extra"),
        pytest.param(OURS, "[A=1, ls]", "A is", "[export A=1, ls]", id="ours"),
        pytest.param("backends.profiles.x.setup-script-commands", "[A=1]", "A is", "[export A=1]",
                     id="profile"),
        pytest.param(OURS, "[OMP_NUM_THREADS=1, source x]", "OMP_NUM_THREADS is",
                     "[export OMP_NUM_THREADS=1, source x]", id="known to be read by the worker"),
    ],
)  # fmt: skip
def test_finds_variables_that_the_worker_does_not_see(
    examine: Examine, key: str, text: str, names: str, fixed: str | None
) -> None:
    yaml = nested(key, text)
    (finding,) = examine(unexported_variable, yaml)
    assert (finding.severity, finding.key) == ("warning", key.replace("_", "-"))
    assert f": {names} not exported" in finding.message
    assert finding.origin
    assert finding.origin.line == key.count(".") + 1
    assert (finding.fix and patch(yaml, finding.fix.edits)) == (fixed and nested(key, fixed))


def test_finds_it_in_a_variable(examine: Examine) -> None:
    variables = {"DASK_JOBQUEUE__SLURM": "{'job-script-prologue': ['A=1']}"}
    (finding,) = examine(unexported_variable, variables=variables)
    assert (finding.hint, finding.fix) == ("Write export A=1", None)


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "exported": nested(PROLOGUE, "[export A=1]"),
        "exported later": nested(PROLOGUE, "[A=1, export A]"),
        "used later": nested(PROLOGUE, "[A=1, cd $A]"),
        "used in another key": nested(PROLOGUE, "[A=1]") + "    local-directory: $A/x\n",
        "perhaps used by what is sourced": nested(PROLOGUE, "[A=1, source x]"),
        "before a command": nested(PROLOGUE, "[A=1 make]"),
        "not a list": nested(PROLOGUE, "A=1"),
        "not commands": nested("jobqueue.slurm.job-extra-directives", "[A=1]"),
        "after the worker": nested("jobqueue.slurm.job-script-epilogue", "[A=1]"),
        "another package's": nested("mine.job-script-prologue", "[A=1]"),
    }
    found = {name: examine(unexported_variable, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}
