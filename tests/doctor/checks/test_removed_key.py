"""The check of keys that no release reads any more."""

from __future__ import annotations

import pytest

from dask_backend_config.catalogue.dask_keys import keys_read_by
from dask_backend_config.catalogue.dask_releases import installed_version
from dask_backend_config.core.keys import hyphenated
from dask_backend_config.doctor.checks import removed_key
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("fuse_subgraphs", "dask 2024.12.1", ""),
    ("optimization.fuse.subgraphs", "dask 2024.12.1", ""),
    ("dataframe.dtype-backend", "dask 2024.12.1", "dtype_backend"),
    ("array.rechunk.algorithm", "dask 2023.3.0", "array.rechunk.method"),
    ("client-heartbeat-interval", "distributed 1.21.8", "distributed.client.heartbeat"),
    ("distributed.comm.tcp", "distributed 2023.11.0", ""),
    ("distributed.ucx", "", "distributed-ucxx"),
    ("ucx.tcp", "", "DASK_DISTRIBUTED_UCXX__*"),
    ("jobqueue.slurm.threads", "dask-jobqueue 0.2.0", "cores / processes"),
    ("jobqueue.mysite.threads", "dask-jobqueue 0.2.0", "cores / processes"),
]


#: Keys that the installed release still reads.
READ = keys_read_by(installed_version())


@pytest.mark.parametrize(
    ("key", "message", "hint"),
    [pytest.param(*case, id=case[0]) for case in FOUND if hyphenated(case[0]) not in READ],
)
def test_finds_a_key_of_an_older_release(
    examine: Examine, key: str, message: str, hint: str
) -> None:
    (finding,) = examine(removed_key, nested(key, "x"))
    severity = "info" if "mysite" in key else "error"
    assert (finding.severity, finding.key) == (severity, key.replace("_", "-"))
    assert message in finding.message
    assert hint in finding.hint
    assert finding.origin
    depth = len(key.split("."))
    assert (finding.origin.line, finding.origin.column) == (depth, 2 * depth - 1)


@pytest.mark.parametrize(
    "name",
    ["DASK_HDFS_DRIVER", "DASK_DISTRIBUTED__COMM__TCP__BACKEND", "DASK_JOBQUEUE__PBS__THREADS"],
)
def test_finds_it_in_a_variable_and_below_a_section(examine: Examine, name: str) -> None:
    (finding,) = examine(removed_key, variables={name: "x"})
    assert finding.severity == "error"
    assert finding.origin
    assert finding.origin.name == name


def test_a_removed_section_is_reported_once(examine: Examine) -> None:
    (finding,) = examine(removed_key, "distributed: {comm: {tcp: {backend: x, more: y}}}\n")
    assert finding.key == "distributed.comm.tcp"


def test_null_is_a_remark(examine: Examine) -> None:
    (finding,) = examine(removed_key, nested("jobqueue.slurm.threads", "null"))
    assert finding.severity == "info"


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "out of the defaults, read": "distributed: {scheduler: {pickle: false}}\n",
        "UCX of other packages": "distributed: {comm: {ucx: {tcp: 1}}}\n",
        "what replaced it": "array: {rechunk: {method: tasks}}\n",
        "renamed": "connect-timeout: 1s\n",
        "renamed by dask-jobqueue": "jobqueue: {slurm: {project: x}}\n",
        "another package's": "mine: {threads: 4, fuse-subgraphs: 1}\n",
        "unknown name": "threads: 4\n",
        "unknown-key's": "distributed: {wroker: {threads: 4}}\n",
    }
    found = {name: examine(removed_key, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}
