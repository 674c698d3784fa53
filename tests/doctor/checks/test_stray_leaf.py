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
    assert anywhere.hint.endswith(" ..., or remove it")
    (deep,) = examine(stray_leaf, "        interval: 1s\n")
    assert deep.hint.endswith(": distributed.admin.system-monitor.gil.interval")


def test_other_keys_are_accepted(examine: Examine) -> None:
    cases = {
        "a key of the top level": "temporary-directory: /scratch\n",
        "the same with an underscore": "temporary_directory: /scratch\n",
        "dask's own scheduler key": "scheduler: threads\n",
        "read by dask without a default": "num_workers: 4\n",
        "a renamed key, which has its effect": "work-stealing: false\n",
        "in its sections": "distributed:\n  worker:\n    daemon: false\n",
        "in another package's section": "mine:\n  daemon: false\n",
        "a section of that name": "daemon:\n  x: 1\n",
        "a null section is null-section's": "worker:\n",
        "an unknown name": "my-own-key: 3\n",
        "dots are dotted-key's": "distributed.worker.daemon: false\n",
    }
    found = {name: examine(stray_leaf, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_variables_are_accepted(examine: Examine) -> None:
    assert examine(stray_leaf, variables={"DASK_DAEMON": "False"}) == []
