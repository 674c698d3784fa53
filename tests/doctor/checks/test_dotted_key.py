"""The check of dotted keys written as one name."""

from __future__ import annotations

from collections.abc import Callable

import dask.config
import pytest

from dask_backend_config.doctor.checks import dotted_key
from dask_backend_config.doctor.facts import Facts
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        pytest.param("distributed.worker.daemon: false\n", "distributed.worker.daemon",
                     "distributed: {worker: {daemon: false}}", id="a complete key"),
        pytest.param("distributed: {worker.daemon: false}\n", "distributed.worker.daemon",
                     "distributed: {worker: {daemon: false}}", id="a part of a path"),
        pytest.param("worker.memory.target: 0.5\n", "worker.memory.target",
                     "distributed: {worker: {memory: {target: 0.5}}}", id="no namespace"),
        pytest.param("scheduler.work-stealing: no\n", "scheduler.work-stealing",
                     "distributed: {scheduler: {work-stealing: false}}", id="scheduler"),
        pytest.param("distributed.wroker.daemon: x\n", "distributed.wroker.daemon",
                     "distributed: {worker: {daemon: x}}", id="misspelled"),
        pytest.param("jobqueue: {slurm.walltime: '12:00:00'}\n", "jobqueue.slurm.walltime",
                     "jobqueue: {slurm: {walltime: '12:00:00'}}", id="quotes are kept"),
        pytest.param("temporary-directory.x: y\n", "temporary-directory.x",
                     "without dots", id="nothing like it"),
        pytest.param("jobqueue: {my.site: {cores: 1}}\n", "jobqueue.my.site",
                     "without dots", id="a section of jobqueue"),
        pytest.param("distributed.worker: {daemon: false}\n", "distributed.worker",
                     "distributed: {worker: ...}", id="a section"),
        pytest.param(f"distributed.worker.daemon: {'x' * 80}\n", "distributed.worker.daemon",
                     "daemon: ...", id="a long value"),
        pytest.param(f"distributed.worker.daemon: 0x{'f' * 9000}\n", "distributed.worker.daemon",
                     "daemon: ...", id="a number of thousands of digits"),
    ],
)  # fmt: skip
def test_finds_a_name_with_dots(examine: Examine, text: str, key: str, hint: str) -> None:
    (finding,) = examine(dotted_key, text)
    assert (finding.severity, finding.key) == ("error", key)
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.line == 1
    assert finding.origin.column == text.index(key.removeprefix(text.split(":")[0] + ".")) + 1


def test_finds_it_in_a_mapping_in_a_variable(examine: Examine) -> None:
    text = "{'worker.daemon': False}"
    (finding,) = examine(dotted_key, variables={"DASK_DISTRIBUTED": text})
    assert finding.key == "distributed.worker.daemon"


def test_a_secret_is_not_shown(examine: Examine) -> None:
    (finding,) = examine(dotted_key, "distributed.comm.api-token: s3cret\n")
    assert "s3cret" not in finding.message + finding.hint


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "no dots": "distributed: {worker: {daemon: false}}\n",
        "loggers": "distributed: {logging: {distributed.worker: info}}\n",
        "loggers of the top level": "logging: {tornado.application: error}\n",
        "resources": "distributed: {worker: {resources: {a.b: 1}}}\n",
        "another package's": "kubernetes: {a.b: 1}\n",
        "unknown names": "my.tool: 1\nfoo.target: 2\n",
        "a profile's name": "backends: {profiles: {gpu.small: {backend: pbs}}}\n",
        "dots in a value": "distributed: {dashboard: {link: 'a.b'}}\n",
    }
    found = {name: examine(dotted_key, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_dask_does_not_ask_for_such_a_name(facts_of: Callable[..., Facts]) -> None:
    facts = facts_of("distributed.worker.daemon: 7\n")
    collected = dask.config.collect(facts.sources.paths, env={})
    assert dask.config.get("distributed.worker.daemon", None, config=collected) is None
