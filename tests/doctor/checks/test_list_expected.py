"""The check of what stands where a list belongs."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import list_expected
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("jobqueue.slurm.job-extra-directives", "--gres=gpu:1", "error", "each of its characters",
     'job-extra-directives: ["--gres=gpu:1"]'),
    ("jobqueue.slurm.job-script-prologue", '"a\\nb\\n"', "error", "each of its characters",
     'job-script-prologue: ["a", "b"]'),
    ("jobqueue.slurm.job-script-prologue", "x" * 80, "error", "no list", "on a line of its own"),
    ("jobqueue.slurm.job-script-prologue", "null", "error", "dask fails", "prologue: []"),
    ("jobqueue.mine.job-directives-skip", "", "error", "dask fails", "skip: []"),
    ("jobqueue.slurm.worker-extra-args", "null", "warning", "interface", "args: []"),
    ("jobqueue.slurm.env-extra", "module load a", "error", "no list", '["module load a"]'),
    ("distributed.scheduler.allowed-imports", "mine", "error", "no list", '["mine"]'),
    ("distributed.worker.preload", "null", "error", "dask fails", "preload: []"),
    ("distributed.worker.http.routes", "5", "error", "dask fails", "write a list"),
    ("backends.jobqueue.setup-script-commands", "module load a", "error", "refused",
     '["module load a"]'),
    ("jobqueue.slurm.job-extra-directives", "{gres: gpu:1}", "error", "its names", "a list"),
    ("backends.profiles.gpu.extra-script-options", "true", "error", "refused", "write a list"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "text", "severity", "message", "hint"),
    [pytest.param(*case, id=f"{case[0]}: {case[1][:20]}") for case in FOUND],
)
def test_finds_what_is_no_list(
    examine: Examine, key: str, text: str, severity: str, message: str, hint: str
) -> None:
    (finding,) = examine(list_expected, nested(key, text))
    assert (finding.severity, finding.key) == (severity, key)
    assert message in finding.message
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.line == key.count(".") + 1


def test_finds_null_in_a_variable(examine: Examine) -> None:
    name = "DASK_JOBQUEUE__SLURM__JOB_SCRIPT_PROLOGUE"
    (finding,) = examine(list_expected, variables={name: "None"})
    assert finding.severity == "error"
    assert f'export {name}="[]"' in finding.hint
    assert finding.origin
    assert finding.origin.name == name


@pytest.mark.parametrize(
    ("key", "text"),
    [
        pytest.param("jobqueue.slurm.job-extra-directives", "[]", id="empty list"),
        pytest.param("jobqueue.slurm.job-extra-directives", "[a]", id="list"),
        pytest.param("jobqueue.slurm.env-extra", "null", id="null for an old key"),
        pytest.param("jobqueue.htcondor.job-script-prologue", "null", id="null for htcondor"),
        pytest.param("jobqueue.htcondor.job-extra-directives", "{a: 1}", id="map for htcondor"),
        pytest.param("distributed.scheduler.preload", "mymodule", id="one module"),
        pytest.param("distributed.scheduler.preload-argv", "null", id="no arguments"),
        pytest.param("admin.traceback.shorten", "null", id="nothing to shorten"),
        pytest.param("backends.slurm.setup-script-commands", "null", id="null for backends"),
        pytest.param("admin.traceback.shorten", "{what: [a]}", id="an old name below it"),
        pytest.param("dask_gateway.args", "text", id="another package"),
    ],
)
def test_silent_on_lists_and_what_is_taken_for_one(examine: Examine, key: str, text: str) -> None:
    assert examine(list_expected, nested(key, text)) == []


@pytest.mark.parametrize("text", ["[a, b]", "'a','b'", "['a']", "a"])
def test_silent_on_texts_in_variables(examine: Examine, text: str) -> None:
    variables = {"DASK_JOBQUEUE__SLURM__JOB_SCRIPT_PROLOGUE": text}
    assert examine(list_expected, variables=variables) == []
