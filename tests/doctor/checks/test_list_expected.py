"""The check of values that are not lists."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import list_expected
from dask_backend_config.yaml_edit.patch import Set
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("jobqueue.slurm.job-extra-directives", "--gres=gpu:1", "error", ["--gres=gpu:1"]),
    ("jobqueue.slurm.job-script-prologue", '"a\\nb\\n"', "error", ["a", "b"]),
    ("jobqueue.slurm.job-script-prologue", "x" * 80, "error", ["x" * 80]),
    ("jobqueue.mine.job-directives-skip", "", "info", []),
    ("jobqueue.slurm.worker-extra-args", "null", "warning", []),
    ("jobqueue.slurm.env-extra", "module load a", "error", ["module load a"]),
    ("distributed.worker.http.routes", "5", "error", None),
    ("backends.jobqueue.setup-script-commands", "module load a", "error", ["module load a"]),
    ("jobqueue.slurm.job-extra-directives", "{gres: gpu:1}", "error", None),
    ("backends.profiles.gpu.extra-script-options", "true", "error", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "text", "severity", "entries"),
    [pytest.param(*case, id=f"{case[0]}: {case[1][:20]}") for case in FOUND],
)
def test_finds_values_that_are_not_lists_and_offers_a_list(
    examine: Examine, key: str, text: str, severity: str, entries: list[str] | None
) -> None:
    (finding,) = examine(list_expected, nested(key, text))
    assert (finding.severity, finding.key) == (severity, key)
    edits = (Set(tuple(key.split(".")), entries),) if entries is not None else None
    assert (finding.fix.edits if finding.fix else None) == edits
    assert finding.origin
    assert finding.origin.line == key.count(".") + 1


def test_finds_null_in_a_variable(examine: Examine) -> None:
    name = "DASK_JOBQUEUE__SLURM__JOB_SCRIPT_PROLOGUE"
    (finding,) = examine(list_expected, variables={name: "None"})
    assert finding.severity == "error"
    assert f'export {name}="[]"' in finding.hint
    assert finding.origin
    assert finding.origin.name == name


def test_accepts_lists_and_values_that_dask_takes_as_lists(examine: Examine) -> None:
    cases = {
        "empty list": ("jobqueue.slurm.job-extra-directives", "[]"),
        "list": ("jobqueue.slurm.job-extra-directives", "[a]"),
        "null for an old key": ("jobqueue.slurm.env-extra", "null"),
        "null for htcondor": ("jobqueue.htcondor.job-script-prologue", "null"),
        "a class like HTCondorCluster": ("jobqueue.coffea-casa.job-extra-directives", "{a: 1}"),
        "map for htcondor": ("jobqueue.htcondor.job-extra-directives", "{a: 1}"),
        "one module": ("distributed.scheduler.preload", "mymodule"),
        "no arguments": ("distributed.scheduler.preload-argv", "null"),
        "nothing to shorten": ("admin.traceback.shorten", "null"),
        "null for backends": ("backends.slurm.setup-script-commands", "null"),
        "an old name below it": ("admin.traceback.shorten", "{what: [a]}"),
        "another package": ("dask_gateway.args", "text"),
    }
    found = {name: examine(list_expected, nested(key, text)) for name, (key, text) in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


@pytest.mark.parametrize("text", ["[a, b]", "'a','b'", "['a']", "a"])
def test_silent_on_texts_in_variables(examine: Examine, text: str) -> None:
    variables = {"DASK_JOBQUEUE__SLURM__JOB_SCRIPT_PROLOGUE": text}
    assert examine(list_expected, variables=variables) == []
