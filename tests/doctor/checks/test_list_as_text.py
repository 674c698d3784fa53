"""The check of strings in variables that should be lists."""

from __future__ import annotations

import shlex

import pytest

from dask_backend_config.config.sources import interpret
from dask_backend_config.doctor.checks import list_as_text
from tests.doctor.checks.conftest import Examine

DIRECTIVES = "DASK_JOBQUEUE__SLURM__JOB_EXTRA_DIRECTIVES"


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        pytest.param(DIRECTIVES, "[a, b]", ["a", "b"], id="brackets"),
        pytest.param(DIRECTIVES, "['a', b]", ["a", "b"], id="quotes around some"),
        pytest.param(DIRECTIVES, "[--gres=gpu:1]", ["--gres=gpu:1"], id="one"),
        pytest.param(DIRECTIVES, "a,b", ["a", "b"], id="commas"),
        pytest.param(DIRECTIVES, "--exclusive", ["--exclusive"], id="a word"),
        pytest.param(DIRECTIVES, "it's $HOME", ["it's $HOME"], id="what a shell would change"),
        pytest.param(DIRECTIVES, "", [], id="nothing"),
        pytest.param("DASK_JOBQUEUE__PBS__JOB_SCRIPT_PROLOGUE", "cp a, b", ["cp a, b"],
                     id="a command with a comma"),
        pytest.param("DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES", "[a.b, c]", ["a.b", "c"],
                     id="of distributed"),
        pytest.param("DASK_DISTRIBUTED__WORKER__PRELOAD", "a,b", ["a", "b"], id="two modules"),
        pytest.param("DASK_DISTRIBUTED__WORKER__PRELOAD", "[a.py]", ["a.py"], id="one in brackets"),
        pytest.param("DASK_DISTRIBUTED__WORKER__PRELOAD_ARGV", "--x", ["--x"], id="an argument"),
        pytest.param("DASK_BACKENDS__SLURM__SETUP_SCRIPT_COMMANDS", "module load cuda",
                     ["module load cuda"], id="of ours"),
    ],
)  # fmt: skip
def test_finds_a_string_and_offers_a_list(
    examine: Examine, name: str, text: str, meant: list[str]
) -> None:
    (finding,) = examine(list_as_text, variables={name: text})
    assert finding.severity == "error"
    assert finding.origin
    assert finding.origin.name == name
    assignment = shlex.split(finding.hint)[-1]
    assert assignment.partition("=")[0] == name
    assert interpret(assignment.partition("=")[2]) == meant


@pytest.mark.parametrize(
    ("text", "hint"),
    [("'a','b'", ["a", "b"]), ("('a', 'b')", ["a", "b"]), ("'a',", ["a"])],
)
def test_a_tuple_is_a_warning(examine: Examine, text: str, hint: list[str]) -> None:
    (finding,) = examine(list_as_text, variables={DIRECTIVES: text})
    assert finding.severity == "warning"
    assert interpret(shlex.split(finding.hint)[-1].partition("=")[2]) == hint


def test_finds_a_text_in_a_mapping_in_a_variable(examine: Examine) -> None:
    text = "{'job_script_prologue': 'module load cuda'}"
    (finding,) = examine(list_as_text, variables={"DASK_JOBQUEUE__PBS": text})
    assert finding.key == "jobqueue.pbs.job-script-prologue"
    assert "'job_script_prologue': [\"module load cuda\"]" in finding.hint


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "a list": (DIRECTIVES, "['a', 'b']"),
        "an empty list": (DIRECTIVES, "[]"),
        "null is list-expected's": (DIRECTIVES, "None"),
        "a number is list-expected's": (DIRECTIVES, "5"),
        "one module": ("DASK_DISTRIBUTED__WORKER__PRELOAD", "my_module.py"),
        "ours: a tuple": ("DASK_BACKENDS__SLURM__SETUP_SCRIPT_COMMANDS", "'a','b'"),
        "a string is expected": ("DASK_BACKENDS__SLURM__ACCOUNT", "[a]"),
        "two partitions": ("DASK_JOBQUEUE__SLURM__QUEUE", "a,b"),
        "another package's": ("DASK_GATEWAY__PROXY", "[a]"),
        "unknown-key's": ("DASK_DISTRIBUTED__WROKER__PRELOAD", "[a]"),
        "a section": ("DASK_DISTRIBUTED__WORKER", "[a]"),
        "import dask fails: unmergeable's": ("DASK_ADMIN__TRACEBACK__SHORTEN", "[a]"),
    }
    found = {
        name: examine(list_as_text, variables={name: text}) for name, (name, text) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_files_are_another_checks(examine: Examine) -> None:
    assert examine(list_as_text, "jobqueue: {slurm: {job-extra-directives: --x}}\n") == []
