"""The check of keys with their old names."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import replace

import dask.config
import distributed  # noqa: F401
import pytest
import yaml

from dask_backend_config.catalogue.dask_releases import rules_of
from dask_backend_config.config import resolve
from dask_backend_config.doctor.checks import renamed_key
from dask_backend_config.doctor.facts import Facts
from dask_backend_config.yaml_edit.patch import patch
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


LENGTH = "distributed.admin.low-level-log-length"


@pytest.mark.parametrize(
    ("text", "winner"),
    [
        pytest.param("distributed: {comm: {recent-messages-log-length: 5},"
                     " scheduler: {transition-log-length: 7}}\n",
                     "distributed.comm.recent-messages-log-length", id="two old names"),
        pytest.param("recent-messages-log-length: 0\ntransition-log-length: 100000\n",
                     "recent-messages-log-length", id="of the top level"),
        pytest.param("distributed: {scheduler: {transition-log-length: 7},"
                     " admin: {low-level-log-length: 9}}\n",
                     "distributed.scheduler.transition-log-length", id="old and new"),
        pytest.param("distributed: {scheduler: {transition-log-length: 7, events-log-length: 5},"
                     " comm: {recent-messages-log-length: 6}}\n",
                     "distributed.comm.recent-messages-log-length", id="three"),
    ],
)  # fmt: skip
def test_says_which_of_several_names_of_a_key_wins(
    examine: Examine, text: str, winner: str
) -> None:
    findings = examine(renamed_key, text)
    (winning,) = [finding for finding in findings if " wins over " in finding.message]
    assert winning.key == winner
    for finding in findings:
        if finding is not winning:
            assert (finding.severity, finding.hint) == ("error", "Remove it")
            assert f"and {winner} in " in finding.message
    fixed = text
    for finding in findings:
        assert finding.fix
        fixed = patch(fixed, finding.fix.edits)
    assert _as_distributed_reads(fixed) == _as_distributed_reads(text)
    assert examine(renamed_key, fixed) == []


def _as_distributed_reads(text: str) -> object:
    config, deprecations = yaml.safe_load(text), sys.modules["distributed.config"].deprecations
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dask before 2026.3
        dask.config.rename(deprecations, config)
    return dask.config.get(LENGTH, config=config)


def test_a_higher_layer_wins_as_usual_and_equal_values_do_not_compete(examine: Examine) -> None:
    files = {"a.yaml": "transition-log-length: 1\n", "b.yaml": "recent-messages-log-length: 2\n"}
    same = "recent-messages-log-length: 5\ntransition-log-length: 5\n"
    for finding in [*examine(renamed_key, files), *examine(renamed_key, same)]:
        assert (finding.severity, finding.hint) == ("warning", f"Rename it to {LENGTH}")


@pytest.mark.parametrize(
    ("version", "words"),
    [
        pytest.param("2026.1.3", "and wins over optimization.fuse.ave-width in", id="older"),
        pytest.param("2026.3.0", "was renamed to optimization.fuse.ave-width", id="newer"),
    ],
)
def test_an_old_name_in_a_lower_file_wins_in_older_releases(
    facts_of: Callable[..., Facts], version: str, words: str
) -> None:
    higher = "optimization: {fuse: {ave-width: 2}}\n"
    facts = facts_of({"a.yaml": "fuse-ave-width: 1\n", "b.yaml": higher})
    resolution = resolve.fresh(facts.sources, rules_of(version))
    (finding,) = renamed_key.check(replace(facts, resolution=resolution))
    assert words in finding.message
    assert ("wins over" in finding.message) is (finding.severity == "error")


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
