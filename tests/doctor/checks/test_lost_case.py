"""The check of variables that lose the case of a name."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import dask.config
import pytest

from dask_backend_config.config.sources import interpret
from dask_backend_config.doctor.checks import lost_case
from dask_backend_config.doctor.facts import Facts
from tests.doctor.checks.conftest import Examine

ENVIRON = "DASK_DISTRIBUTED__NANNY__ENVIRON"
PRE_SPAWN = "DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON"


@pytest.mark.parametrize(
    ("name", "text", "severity", "variable", "meant"),
    [
        pytest.param(f"{PRE_SPAWN}__OMP_NUM_THREADS", "4", "error", PRE_SPAWN,
                     {"OMP_NUM_THREADS": 4}, id="pre-spawn-environ"),
        pytest.param(f"{ENVIRON}__FOO", "bar", "error", ENVIRON, {"FOO": "bar"}, id="environ"),
        pytest.param(f"{ENVIRON}__FOO__BAR", "1", "error", ENVIRON, {"FOO__BAR": 1},
                     id="two underscores in the name"),
        pytest.param(f"{ENVIRON}__FOO", "a \"b\" $c `d` \\e", "error", ENVIRON,
                     {"FOO": "a \"b\" $c `d` \\e"}, id="what a shell would change"),
        pytest.param("DASK_DISTRIBUTED__WORKER__RESOURCES__GPU", "2", "info",
                     "DASK_DISTRIBUTED__WORKER__RESOURCES", {"GPU": 2}, id="resource"),
        pytest.param("DASK_LOGGING__DISTRIBUTED__WORKER", "debug", "error", "DASK_LOGGING",
                     {"distributed.worker": "debug"}, id="logger with a dot"),
        pytest.param("DASK_DISTRIBUTED__LOGGING__DISTRIBUTED__LEVEL", "INFO", "error",
                     "DASK_DISTRIBUTED__LOGGING", {"distributed": "INFO"}, id="a logger's level"),
        pytest.param("DASK_DISTRIBUTED__LOGGING__TORNADO__APPLICATION", "error", "error",
                     "DASK_DISTRIBUTED__LOGGING", {"tornado.application": "error"},
                     id="logger below distributed"),
    ],
)  # fmt: skip
def test_finds_it_and_offers_the_complete_mapping(
    examine: Examine, name: str, text: str, severity: str, variable: str, meant: dict[str, object]
) -> None:
    (finding,) = examine(lost_case, variables={name: text})
    assert finding.severity == severity
    assert finding.origin
    assert finding.origin.name == name
    assignment = shlex.split(finding.hint)[-1]
    assert assignment.partition("=")[0] == variable
    assert interpret(assignment.partition("=")[2]) == meant


def test_all_names_of_a_map_go_into_one_variable(examine: Examine) -> None:
    variables = {f"{ENVIRON}__A": "1", f"{ENVIRON}__B": "2", f"{PRE_SPAWN}__C": "3"}
    variables[f"{ENVIRON}__LD_PRELOAD"] = "x.so"
    hints = [finding.hint for finding in examine(lost_case, variables=variables)]
    assert hints.count(f"Run: export {ENVIRON}=\"{{'A': 1, 'B': 2}}\"") == 2
    assert hints.count(f"Run: export {PRE_SPAWN}=\"{{'LD_PRELOAD': 'x.so', 'C': 3}}\"") == 2


def test_pythonpath_belongs_in_the_shell(examine: Examine) -> None:
    (finding,) = examine(lost_case, variables={f"{ENVIRON}__PYTHONPATH": "/x"})
    assert "shell that starts the worker" in finding.hint


def test_a_secret_is_masked(examine: Examine) -> None:
    (finding,) = examine(lost_case, variables={f"{ENVIRON}__AWS_SECRET_ACCESS_KEY": "s3cret"})
    assert "s3cret" not in finding.message + finding.hint


def test_a_number_that_python_does_not_spell_is_left_out(examine: Examine) -> None:
    (finding,) = examine(lost_case, variables={f"{ENVIRON}__FOO": f"0x{'f' * 9000}"})
    assert "'FOO': ..." in finding.hint


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "the complete mapping": (PRE_SPAWN, "{'OMP_NUM_THREADS': 4}"),
        "read in lower case too": (f"{ENVIRON}__HTTPS_PROXY", "http://x"),
        "written in lower case": (f"{ENVIRON}__foo", "1"),
        "logger without dots": ("DASK_LOGGING__DISTRIBUTED", "info"),
        "a name that begins like a map": ("DASK_LOGGING_FILE_CONFIG", "x"),
        "a known key": ("DASK_DISTRIBUTED__WORKER__DAEMON", "False"),
        "Python's names": ("DASK_JOBQUEUE__SLURM__SCHEDULER_OPTIONS__PORT", "1"),
        "another package's": ("DASK_GATEWAY__ENVIRON__FOO", "1"),
    }
    found = {
        name: examine(lost_case, variables={name: text}) for name, (name, text) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_dask_merges_a_map_in_a_variable_into_the_default(facts_of: Callable[..., Facts]) -> None:
    facts = facts_of(variables={PRE_SPAWN: "{'OMP_NUM_THREADS': 4}"})
    collected = dask.config.collect([], env=facts.environ)
    defaults = {"distributed": {"nanny": {"pre-spawn-environ": {"OMP_NUM_THREADS": 1, "X": 1}}}}
    merged = dask.config.update(collected, defaults, priority="old")
    found = dask.config.get("distributed.nanny.pre-spawn-environ", config=merged)
    assert found == {"OMP_NUM_THREADS": 4, "X": 1}
