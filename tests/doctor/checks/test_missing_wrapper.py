"""The check of sections that lost the section around them."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import missing_wrapper
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
    }
    found = {name: examine(missing_wrapper, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_a_variable_that_lacks_the_wrapper_is_an_error(examine: Examine) -> None:
    (finding,) = examine(missing_wrapper, variables={"DASK_WORKER__MEMORY__TARGET": "0.9"})
    assert (finding.severity, finding.key) == ("error", "worker.memory.target")
    assert "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET" in finding.hint
    assert finding.origin
    assert finding.origin.name == "DASK_WORKER__MEMORY__TARGET"


def test_other_variables_are_accepted(examine: Examine) -> None:
    cases = [
        "DASK_DISTRIBUTED__WORKER__DAEMON",
        "DASK_WORKER__MINE",
        "DASK_GATEWAY__ADDRESS",
        "DASK_SCHEDULER__BANDWIDTH",
        "DASK_RMM__POOL_SIZE",
        "DASK_VERSION",
        "DASK_WORKER",
    ]
    found = {name: examine(missing_wrapper, variables={name: "1"}) for name in cases}
    assert {name: findings for name, findings in found.items() if findings} == {}
