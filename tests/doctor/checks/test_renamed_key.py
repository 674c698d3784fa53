"""The check of keys with their old names."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import renamed_key
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("connect-timeout", "10s", "warning", "distributed.comm.timeouts.connect"),
    ("connect_timeout", "10s", "warning", "distributed.comm.timeouts.connect"),
    ("shuffle", "tasks", "warning", "dataframe.shuffle.method"),
    ("fuse_ave_width", "0", "warning", "optimization.fuse.ave-width"),
    ("array.rechunk-threshold", "4", "warning", "array.rechunk.threshold"),
    ("distributed.p2p.disk", "false", "warning", "distributed.p2p.storage.disk"),
    ("array.shuffle.chunksize-tolerance", "2", "warning", "array.chunk-size-tolerance"),
    ("rmm.pool-size", "5", "error", "distributed.rmm.pool-size"),
    ("rmm", "{}", "warning", "distributed.rmm"),
    ("jobqueue.slurm.project", "abc", "warning", "jobqueue.slurm.account"),
    ("jobqueue.pbs.extra", "[--x]", "warning", "jobqueue.pbs.worker-extra-args"),
    ("jobqueue.lsf.env_extra", "[a]", "warning", "jobqueue.lsf.job-script-prologue"),
    ("jobqueue.htcondor.job-extra", "{a: 1}", "warning", "jobqueue.htcondor.job-extra-directives"),
    ("jobqueue.mysite.header-skip", "[a]", "info", "jobqueue.mysite.job-directives-skip"),
]


@pytest.mark.parametrize(
    ("key", "text", "severity", "new"), [pytest.param(*case, id=case[0]) for case in FOUND]
)
def test_finds_an_old_name(examine: Examine, key: str, text: str, severity: str, new: str) -> None:
    (finding,) = examine(renamed_key, nested(key, text))
    assert (finding.severity, finding.key) == (severity, key.replace("_", "-"))
    assert finding.hint.endswith(f" {new}")
    assert finding.origin
    depth = len(key.split("."))
    assert (finding.origin.line, finding.origin.column) == (depth, 2 * depth - 1)


def test_a_variable_gets_the_name_of_a_variable(examine: Examine) -> None:
    (finding,) = examine(renamed_key, variables={"DASK_CONNECT_TIMEOUT": "10s"})
    assert finding.hint == "Rename it to DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"
    assert finding.origin
    assert finding.origin.name == "DASK_CONNECT_TIMEOUT"


def test_finds_it_in_a_mapping_in_a_variable(examine: Examine) -> None:
    (finding,) = examine(renamed_key, variables={"DASK_JOBQUEUE__SLURM": "{'project': 'x'}"})
    assert finding.hint == "Rename it to jobqueue.slurm.account"


@pytest.mark.parametrize("empty", ["[]", "''", "{}", "0"])
def test_an_empty_value_of_dask_jobqueue_is_only_a_remark(examine: Examine, empty: str) -> None:
    (finding,) = examine(renamed_key, nested("jobqueue.slurm.extra", empty))
    assert (finding.severity, finding.hint) == ("info", "Remove it")


def test_an_old_value_beside_a_new_one_is_ignored(examine: Examine) -> None:
    (finding,) = examine(
        renamed_key,
        nested("jobqueue.slurm.project", "old"),
        {"DASK_JOBQUEUE__SLURM__ACCOUNT": "new"},
    )
    assert finding.severity == "error"
    assert "this one is ignored" in finding.message


def test_a_section_with_old_keys_in_it_is_reported_key_by_key(examine: Examine) -> None:
    (finding,) = examine(renamed_key, "rmm:\n  pool-size: 5\n")
    assert finding.key == "rmm.pool-size"


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "the new name": "distributed: {comm: {timeouts: {connect: 10s}}}\n",
        "as in the defaults": "jobqueue: {slurm: {project: null, extra: null}}\n",
        "a scheduler that has projects": "jobqueue: {lsf: {project: x}}\n",
        "a section of unknown class": "jobqueue: {mysite: {project: x}}\n",
        "another package's": "kubernetes: {connect-timeout: 1s}\n",
        "renamed to what nothing reads: removed-key's": "ucx: {tcp: true}\n",
        "free map": "distributed: {nanny: {environ: {shuffle: 1}}}\n",
    }
    found = {name: examine(renamed_key, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}
