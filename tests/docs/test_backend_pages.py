"""The page of each backend says what its code does: tables are held against the schedulers."""

from __future__ import annotations

import fnmatch
import importlib
import os
import re
import shlex
from typing import Any

import pytest
import yaml

from dask_backend_config import ComputeResources, DaskLocalCluster, QueueWorkerResources
from dask_backend_config.backends.registry import BACKENDS, backend_class
from dask_backend_config.catalogue import backend_schema
from dask_backend_config.schedulers import SCHEDULERS, JobRequest, Output
from tests.docs.pages import DOCS, prose_of

QUEUES = [pytest.param(kind, id=kind) for kind in SCHEDULERS]
KEYS = list(backend_schema.keys())
#: How an answer looks in which a job stands in a state.
ANSWERS = {
    "slurm": "7|{}|None",
    "lsf": "7 me {} normal login1 - name Nov 23 05:27",
    "pbs": "Job Id: 7.host\n    job_state = {}\n",
    "sge": "      7 0.25 name me           {} 11/23/2026 05:31:06 main@node1 1\n",
    "htcondor": "7 0 {} undefined",
    "oar": '{{"7": {{"state": "{}"}}}}',
}


def section(kind: str, heading: str) -> list[str]:
    """The lines below a heading of a backend's page, without its blocks."""
    lines = [line for _, line in prose_of(DOCS / "backends" / f"{kind}.md")]
    start = lines.index(f"## {heading}") + 1
    ends = [
        number for number, line in enumerate(lines) if number > start and line.startswith("## ")
    ]
    return lines[start : ends[0] if ends else None]


def rows(lines: list[str]) -> list[list[str]]:
    """The cells of a table, without its head."""
    found = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]
    return [[cell.strip().replace("\\|", "|") for cell in cells] for cells in found[2:]]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def arguments(said: list[str], kind: type[ComputeResources]) -> dict[str, Any]:
    """What entries such as ``number-of-threads: 4`` are as arguments of a backend."""
    entries = {
        key.replace("-", "_"): value for text in said for key, value in yaml.safe_load(text).items()
    }
    own = {name: entries.pop(name) for name in kind.tunables() if name in entries}
    return {**entries, "resources_per_worker": kind(**own)}


def head(kind: str, said: list[str]) -> list[str]:
    made: Any = backend_class(kind)(**arguments(said, QueueWorkerResources))
    options, _, _ = made.job_script().partition(
        "\nexecutable = "
    )  # of HTCondor's, which has no prefix
    prefix = SCHEDULERS[kind].prefix
    return [line for line in options.splitlines()[1:] if line.startswith(prefix)]


def cases(heading: str) -> list[object]:
    return [
        pytest.param(kind, row, id=f"{kind}: {row[0]}")
        for kind in SCHEDULERS
        for row in rows(section(kind, heading))
    ]


def test_each_backend_has_its_page() -> None:
    assert {path.stem for path in (DOCS / "backends").glob("*.md")} == set(BACKENDS)


@pytest.mark.parametrize(("kind", "row"), cases("What the keys become"))
def test_a_key_becomes_the_lines_that_are_shown(kind: str, row: list[str]) -> None:
    said, lines = code(row[0]), code(row[1])
    assert said
    assert bool(lines) != (row[1] == "no line")
    before = head(kind, [])
    assert [line for line in head(kind, said) if line not in before] == lines


@pytest.mark.parametrize("kind", QUEUES)
def test_each_key_of_its_own_is_named(kind: str) -> None:
    prefix = f"backends.{kind}."
    shared = {key.removeprefix("backends.jobqueue.") for key in KEYS}
    own = {key.removeprefix(prefix) for key in KEYS if key.startswith(prefix)} - shared
    named = {
        code(row[1])[0].removeprefix(prefix): code(row[0])
        for row in rows(section(kind, "Constructor"))
    }
    assert named == {name: [name.replace("-", "_")] for name in own}


@pytest.mark.parametrize("kind", QUEUES)
def test_the_commands_are_those_that_are_run(kind: str) -> None:
    scheduler = SCHEDULERS[kind]
    shown = {
        row[0]: (shlex.split(code(row[1])[0]), row[2]) for row in rows(section(kind, "Commands"))
    }
    states = scheduler.states_command(["1", "2"])
    asked, _ = shown["asks for states"]
    assert shown["submits"][0] == list(scheduler.submit_command)
    assert asked == states or (states[0] == "sh" and asked[0] in states[2])
    assert shown["ends"][0] == scheduler.cancel_command(["1", "2"])
    assert shown["auto asks"][0] == list(scheduler.probe)
    assert code(shown["auto asks"][1])[-1] in (*scheduler.job_variables, "JOB_ID")
    assert ("the doctor asks" in shown) == bool(scheduler.queue_commands)
    if scheduler.queue_commands:
        command, words = shown["the doctor asks"]
        others = [shlex.split(text) for text in code(words)]
        assert [command, *others] == [list(command) for command in scheduler.queue_commands]


@pytest.mark.parametrize("kind", [kind for kind in SCHEDULERS if kind in ANSWERS])
def test_states_are_read_as_is_said(kind: str) -> None:
    said = {row[0]: code(row[1]) for row in rows(section(kind, "States and reasons"))}
    assert list(said) == ["waiting", "running", "ended"]
    for phase, words in said.items():
        for word in words:
            answer = Output((), 0, ANSWERS[kind].format(word) + "\n")
            (state,) = SCHEDULERS[kind].read_states(answer).values()
            assert state.phase == phase, word


@pytest.mark.parametrize("kind", ["lsf", "oar", "slurm"])
def test_no_state_is_left_out(kind: str) -> None:
    module: Any = importlib.import_module(f"dask_backend_config.schedulers.{kind}")
    said = {row[0]: code(row[1]) for row in rows(section(kind, "States and reasons"))}
    assert set(said["waiting"]) == set(module._WAITING)
    assert set(said["ended"]) == set(module._ENDED)


@pytest.mark.parametrize(("kind", "row"), cases("Refusals"))
def test_a_refusal_names_the_key_that_is_said(kind: str, row: list[str]) -> None:
    assert [SCHEDULERS[kind].suspected_key(words) for words in code(row[0])] == code(row[1])


@pytest.mark.parametrize("kind", QUEUES)
@pytest.mark.parametrize("folder", [None, "/scratch/logs"], ids=["habit", "log-directory"])
def test_logs_lie_where_is_said(kind: str, folder: str | None) -> None:
    number = "17.0" if kind == "htcondor" else "17"
    paths = SCHEDULERS[kind].log_paths(
        JobRequest("dask-worker", log_directory=folder), number, "/here"
    )
    named = code(" ".join(section(kind, "Logs")))
    for pattern in map(os.path.basename, paths):
        end = os.path.splitext(pattern)[1]
        assert any(fnmatch.fnmatch(name, pattern) or name == end for name in named), pattern


def test_local_names_each_key() -> None:
    prefix = "backends.local."
    keys = {key.removeprefix(prefix).rpartition(".")[2] for key in KEYS if key.startswith(prefix)}
    handed_on = {"preferred-gpu-toolkit", "preferred-gpu-precision"}
    table = rows(section("local", "What the keys become"))
    said = [text for row in table for text in code(row[0])]
    assert {text.partition(":")[0] for text in said} == keys - handed_on
    for text in said:
        if not text.startswith("number-of-gpus"):  # there may be none here
            DaskLocalCluster(
                **arguments([text, "allow-more-threads-than-cores: true"], ComputeResources)
            )


def test_the_recipe_for_gpus_has_each_schedulers_words() -> None:
    lines = [line for _, line in prose_of(DOCS / "recipes" / "gpus.md")]
    table = {row[0]: code(row[1]) for row in rows(lines)}
    for kind in SCHEDULERS:
        (shown,) = [lines for cell, lines in table.items() if f"backends/{kind}.md" in cell]
        assert set(shown) <= set(head(kind, ["number-of-gpus: 2"])), kind
