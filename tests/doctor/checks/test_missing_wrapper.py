"""The check of sections that lost the section around them."""

from __future__ import annotations

import pytest
import yaml

from dask_backend_config.doctor.checks import missing_wrapper
from dask_backend_config.yaml_edit.patch import patch
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("text", "key", "line", "hint"),
    [
        pytest.param("worker:\n  daemon: false\n", "worker", 1, "distributed", id="of distributed"),
        pytest.param("comm:\n  timeouts:\n    connect: 1s\n", "comm", 1, "distributed",
                     id="a section of sections"),
        pytest.param("memory:\n  target: 0.9\n", "memory", 1, "distributed.worker", id="deeper"),
        pytest.param("lifetime:\n  duration: 1h\n  mine: 1\n", "lifetime", 1, "distributed.worker",
                     id="half of what it holds is known"),
        pytest.param("slurm:\n  cores: 4\n  queue: x\n", "slurm", 1, "jobqueue", id="of jobqueue"),
        pytest.param("resources_per_worker:\n  number-of-threads: 2\n", "resources-per-worker", 1,
                     "backends", id="of ours"),
        pytest.param("http:\n  routes: []\n", "http", 1,
                     "distributed.scheduler or distributed.worker", id="of two sections"),
        pytest.param("distributed:\nworker:\n  daemon: false\n", "worker", 2,
                     "distributed (line 1)", id="after its wrapper, not indented"),
        pytest.param("nanny:\n  preload: []\ndistributed:\n  version: 2\n", "nanny", 1,
                     "distributed (line 3)", id="beside its wrapper"),
    ],
)  # fmt: skip
def test_a_section_at_the_top_level_is_an_error(
    examine: Examine, text: str, key: str, line: int, hint: str
) -> None:
    (finding,) = examine(missing_wrapper, text)
    assert (finding.severity, finding.key) == ("error", key)
    assert hint in finding.hint
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (line, 1)


def test_other_sections_are_accepted(examine: Examine) -> None:
    cases = {
        "in its wrapper": "distributed:\n  worker:\n    daemon: false\n",
        "a section of another package with a known name": "client:\n  url: x\n",
        "most of it is not known": "worker:\n  daemon: 1\n  a: 1\n  b: 1\n",
        "in another package's section": "kubernetes:\n  worker:\n    daemon: 1\n",
        "scheduler is scheduler-mapping's": "scheduler:\n  work-stealing: 1\n",
        "a name that dask knows at the top level": "admin:\n  log-format: x\n",
        "logging": "logging:\n  distributed: info\n",
        "a renamed section, which has its effect": "rmm:\n  pool-size: 1\n",
        "empty": "worker: {}\n",
        "null is null-section's": "worker:\n",
        "not a section": "worker: 3\n",
        "a section of the user's own": "mine: {scheduler: threads, distributed: {workers: 3}}\n",
        "nothing of dask's": "dask: {address: tcp://x}\n",
        "a null section": "dask:\n",
        "not sections": "dask: threads\ndask-scheduler: threads\ndask-jobqueue: 3\n",
        "a cluster of another package": "jobqueue: {mysite: {cores: 3}, distributed: {cores: 3}}\n",
    }
    found = {name: examine(missing_wrapper, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


@pytest.mark.parametrize(
    ("text", "key", "hint", "fixed"),
    [
        pytest.param("dask:\n  temporary_directory: /x\n", "dask", "Remove the line dask:",
                     {"temporary_directory": "/x"}, id="dask"),
        pytest.param("dask:\n  array: {chunk-size: 1MB}\n  scheduler: threads\n", "dask",
                     "Remove the line dask:", {"array": {"chunk-size": "1MB"}, "scheduler": "threads"},
                     id="section in dask"),
        pytest.param("dask: {scheduler: threads, mine: 1}\n", "dask", "Move scheduler to the top", None,
                     id="not all of it is known"),
        pytest.param("dask: {worker: {daemon: false}}\n", "dask", "to distributed.worker.daemon",
                     {"distributed": {"worker": {"daemon": False}}}, id="another parent is missing"),
        pytest.param("config: {distributed: {worker: {daemon: false}}}\n", "config",
                     "Remove the line config:", {"distributed": {"worker": {"daemon": False}}},
                     id="of any name"),
        pytest.param("kubernetes: {name: x, distributed: {worker: {daemon: false}}}\n", "kubernetes",
                     "Move distributed to the top level", None, id="in another package's section"),
        pytest.param("dask_jobqueue: {slurm: {cores: 1}}\n", "dask-jobqueue",
                     "Rename dask_jobqueue to jobqueue", {"jobqueue": {"slurm": {"cores": 1}}},
                     id="named after the package"),
        pytest.param("jobqueue: {distributed: {worker: {daemon: false}}}\n", "jobqueue.distributed",
                     "Move distributed to the top level",
                     {"distributed": {"worker": {"daemon": False}}}, id="in jobqueue"),
        pytest.param("jobqueue: {jobqueue: {slurm: {cores: 1}}}\n", "jobqueue.jobqueue",
                     "Move jobqueue to the top level", {"jobqueue": {"slurm": {"cores": 1}}},
                     id="in itself"),
    ],
)  # fmt: skip
def test_a_section_with_a_parent_too_many_is_an_error(
    examine: Examine, text: str, key: str, hint: str, fixed: dict[str, object] | None
) -> None:
    (finding,) = examine(missing_wrapper, text)
    assert (finding.severity, finding.key) == ("error", key)
    assert hint in finding.hint
    assert finding.fix is None if fixed is None else finding.fix
    if finding.fix:
        assert yaml.safe_load(patch(text, finding.fix.edits)) == fixed


def test_keys_that_are_set_elsewhere_or_have_comments_are_not_moved(examine: Examine) -> None:
    (finding,) = examine(missing_wrapper, "dask: {scheduler: threads}\nscheduler: sync\n")
    assert finding.fix is None
    (finding,) = examine(missing_wrapper, "dask: {scheduler: threads}  # why\n")
    assert finding.fix
    assert not finding.fix.safe


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("DASK_WORKER__MEMORY__TARGET", "0.9", "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET"),
        ("DASK_DASK__TEMPORARY_DIRECTORY", "/x", "DASK_TEMPORARY_DIRECTORY"),
        ("DASK_DASK", "{'temporary_directory': '/x'}", "DASK_TEMPORARY_DIRECTORY"),
        ("DASK_CONFIG__DISTRIBUTED__WORKER__DAEMON", "0", "DASK_DISTRIBUTED__WORKER__DAEMON"),
        ("DASK_JOBQUEUE__DISTRIBUTED__WORKER__DAEMON", "0", "DASK_DISTRIBUTED__WORKER__DAEMON"),
    ],
)
def test_a_variable_in_a_wrong_section_is_an_error(
    examine: Examine, name: str, text: str, meant: str
) -> None:
    (finding,) = examine(missing_wrapper, variables={name: text})
    assert (finding.severity, finding.hint) == ("error", f"Did you mean {meant}?")
    assert finding.origin
    assert finding.origin.name == name


def test_other_variables_are_accepted(examine: Examine) -> None:
    cases = [
        "DASK_DISTRIBUTED__WORKER__DAEMON",
        "DASK_WORKER__MINE",
        "DASK_GATEWAY__ADDRESS",
        "DASK_SCHEDULER__BANDWIDTH",
        "DASK_RMM__POOL_SIZE",
        "DASK_VERSION",
        "DASK_WORKER",
        "DASK_DASK__MINE",
        "DASK_JOBQUEUE__DISTRIBUTED__CORES",
    ]
    found = {name: examine(missing_wrapper, variables={name: "1"}) for name in cases}
    assert {name: findings for name, findings in found.items() if findings} == {}
