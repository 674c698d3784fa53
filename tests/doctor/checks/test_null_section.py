"""The check of sections that are null."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.config
import pytest

from dask_backend_config.catalogue import shipped
from dask_backend_config.doctor.checks import null_section
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("text", "key", "line", "column"),
    [
        pytest.param("distributed:\n", "distributed", 1, 1, id="a package"),
        pytest.param("distributed:\n  worker:\n", "distributed.worker", 2, 3, id="one section"),
        pytest.param("distributed: {comm: {timeouts: null}}\n", "distributed.comm.timeouts", 1, 22,
                     id="in braces"),
        pytest.param("optimization:\n", "optimization", 1, 1, id="dask's own"),
        pytest.param("jobqueue:\n  slurm: ~\n", "jobqueue.slurm", 2, 3, id="a tilde"),
        pytest.param("distributed:\n  active_memory_manager: 1\n  comm:\n    zstd:\n",
                     "distributed.comm.zstd", 4, 5, id="the last line"),
        pytest.param("worker:\n", "worker", 1, 1, id="without its wrapper"),
        pytest.param("distributed:\n  worker:\n  comm:\n    shard: 1MiB\n", "distributed.worker",
                     2, 3, id="before a section of its own level"),
    ],
)  # fmt: skip
def test_a_section_that_is_null_is_a_warning(
    examine: Examine, text: str, key: str, line: int, column: int
) -> None:
    (finding,) = examine(null_section, text)
    assert (finding.severity, finding.key) == ("warning", key)
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (line, column)


def test_a_variable_that_makes_a_section_null_is_a_warning(examine: Examine) -> None:
    (finding,) = examine(null_section, variables={"DASK_DISTRIBUTED__WORKER": "None"})
    assert (finding.severity, finding.key) == ("warning", "distributed.worker")
    assert finding.hint.endswith("unset DASK_DISTRIBUTED__WORKER")
    assert finding.origin
    assert finding.origin.name == "DASK_DISTRIBUTED__WORKER"


def test_dask_loses_such_a_section_when_it_refreshes(user_folder: Path) -> None:
    (user_folder / "dask.yaml").write_text("distributed:\n  worker:\n")
    config: dict[str, Any] = {}
    distributed = shipped.of_package(shipped.PACKAGES[1])
    assert distributed
    dask.config.refresh(config=config, defaults=[distributed], paths=[str(user_folder)], env={})
    with pytest.raises(TypeError):
        dask.config.get("distributed.worker.daemon", config=config)


def test_other_values_are_accepted(examine: Examine) -> None:
    cases = {
        "an empty mapping": "distributed:\n  worker: {}\n",
        "a key that is null": "distributed:\n  worker:\n    daemon: null\n",
        "a map of the user's own names": "distributed:\n  nanny:\n    environ:\n",
        "logging": "distributed:\n  logging:\n",
        "another package's": "labextension:\n  default:\n",
        "no section below jobqueue": "jobqueue:\n  queue:\n",
        "dask's own scheduler key": "scheduler:\n",
        "comments": "# distributed:\n#   worker:\n",
        "its section follows without indentation: missing-wrapper's": "distributed:\nworker:\n  daemon: false\n",
        "its key follows without indentation: unknown-key's": "distributed:\n  worker:\n  daemon: false\n",
        "all without indentation: stray-leaf's": "distributed:\nworker:\ndaemon: false\n",
        "scheduler without indentation: scheduler-mapping's": "distributed:\nscheduler:\n  bandwidth: 1\n",
    }
    found = {name: examine(null_section, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_a_section_that_another_file_fills_is_accepted(examine: Examine) -> None:
    files = {"a.yaml": "distributed:\n  worker:\n    daemon: false\n", "b.yaml": "distributed:\n"}
    assert examine(null_section, files) == []
