"""The check of keys that lost their sections."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import stray_leaf
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("text", "key", "column", "hint"),
    [
        pytest.param("daemon: false\n", "daemon", 1, "distributed.worker.daemon", id="scalar"),
        pytest.param("    daemon: false\n", "daemon", 5, "worker.daemon", id="as in the template"),
        pytest.param("daemon:\n", "daemon", 1, "distributed.worker.daemon", id="null"),
        pytest.param("lost_worker_timeout: 1s\n", "lost-worker-timeout", 1,
                     "distributed.deploy.lost_worker_timeout", id="underscores"),
        pytest.param("  ignore-modules: [a]\n", "ignore-modules", 3, "computations", id="list"),
        pytest.param("walltime: '1:00'\n", "walltime", 1, "jobqueue.<type>.walltime", id="jobqueue"),
        pytest.param("OMP_NUM_THREADS: 4\n", "OMP-NUM-THREADS", 1,
                     "pre-spawn-environ.OMP_NUM_THREADS", id="of a map of the user's own names"),
        pytest.param("      duration: 1h\n", "duration", 7,
                     "distributed.worker.lifetime.duration", id="deep"),
    ],
)  # fmt: skip
def test_a_deeper_key_at_the_top_level_is_an_error(
    examine: Examine, text: str, key: str, column: int, hint: str
) -> None:
    (finding,) = examine(stray_leaf, text)
    assert (finding.severity, finding.key) == ("error", key)
    assert hint in finding.hint
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (1, column)


def test_the_indentation_chooses_between_places_of_one_name(examine: Examine) -> None:
    (anywhere,) = examine(stray_leaf, "interval: 1s\n")
    assert "distributed.worker.profile.interval or " in anywhere.hint
    assert anywhere.hint.endswith(" ...")
    (deep,) = examine(stray_leaf, "        interval: 1s\n")
    assert deep.hint.endswith(": distributed.admin.system-monitor.gil.interval")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("temporary-directory: /scratch\n", id="a key of the top level"),
        pytest.param("temporary_directory: /scratch\n", id="the same with an underscore"),
        pytest.param("scheduler: threads\n", id="dask's own scheduler key"),
        pytest.param("num_workers: 4\n", id="read by dask without a default"),
        pytest.param("work-stealing: false\n", id="a renamed key, which has its effect"),
        pytest.param("distributed:\n  worker:\n    daemon: false\n", id="in its sections"),
        pytest.param("mine:\n  daemon: false\n", id="in another package's section"),
        pytest.param("daemon:\n  x: 1\n", id="a section of that name"),
        pytest.param("worker:\n", id="a null section is null-section's"),
        pytest.param("my-own-key: 3\n", id="an unknown name"),
        pytest.param("distributed.worker.daemon: false\n", id="dots are dotted-key's"),
    ],
)
def test_other_keys_are_accepted(examine: Examine, text: str) -> None:
    assert examine(stray_leaf, text) == []


def test_variables_are_accepted(examine: Examine) -> None:
    assert examine(stray_leaf, variables={"DASK_DAEMON": "False"}) == []
