"""The tables on the page of each backend agree with the code."""

from __future__ import annotations

import fnmatch
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
#: Output that shows a job in a state.
ANSWERS = {
    "slurm": "7|{}|None",
    "lsf": "7 me {} normal login1 - name Nov 23 05:27",
    "pbs": "Job Id: 7.host\n    job_state = {}\n",
    "sge": "      7 0.25 name me           {} 11/23/2026 05:31:06 main@node1 1\n",
    "htcondor": '[{{"ClusterId": 7, "ProcId": 0, "JobStatus": {}}}]',
    "oar": '{{"7": {{"state": "{}"}}}}',
}


def section(kind: str, heading: str) -> list[str]:
    """Return the lines below a heading of a backend's page, without code blocks."""
    lines = [line for _, line in prose_of(DOCS / "backends" / f"{kind}.md")]
    start = lines.index(f"## {heading}") + 1
    ends = [
        number for number, line in enumerate(lines) if number > start and line.startswith("## ")
    ]
    return lines[start : ends[0] if ends else None]


def rows(lines: list[str]) -> list[list[str]]:
    """Return the cells of a table, without its header."""
    found = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]
    return [[cell.strip().replace("\\|", "|") for cell in cells] for cells in found[2:]]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def arguments(texts: list[str], kind: type[ComputeResources]) -> dict[str, Any]:
    """Return entries such as ``number-of-threads: 4`` as arguments of a backend."""
    entries = {
        key.replace("-", "_"): value
        for text in texts
        for key, value in yaml.safe_load(text).items()
    }
    own = {name: entries.pop(name) for name in kind.tunables() if name in entries}
    return {**entries, "resources_per_worker": kind(**own)}


def head(kind: str, entries: list[str]) -> list[str]:
    made: Any = backend_class(kind)(**arguments(entries, QueueWorkerResources))
    options, _, _ = made.job_script().partition(
        "\nexecutable = "
    )  # of HTCondor's, which has no prefix
    prefix = SCHEDULERS[kind].prefix
    return [line for line in options.splitlines()[1:] if line.startswith(prefix)]


def test_each_backend_has_its_page() -> None:
    assert {path.stem for path in (DOCS / "backends").glob("*.md")} == set(BACKENDS)


@pytest.mark.parametrize("kind", QUEUES)
def test_keys_become_the_options_in_the_table(kind: str) -> None:
    before = head(kind, [])
    table = [(code(row[0]), code(row[1])) for row in rows(section(kind, "Job script options"))]
    found = [
        (entries, [line for line in head(kind, entries) if line not in before])
        for entries, _ in table
    ]
    assert found == table


@pytest.mark.parametrize("kind", QUEUES)
def test_the_keys_of_one_scheduler_are_listed(kind: str) -> None:
    prefix = f"backends.{kind}."
    shared = {key.removeprefix("backends.jobqueue.") for key in KEYS}
    own = {key.removeprefix(prefix) for key in KEYS if key.startswith(prefix)} - shared
    named = {
        code(row[1])[0].removeprefix(prefix): code(row[0])
        for row in rows(section(kind, "Constructor"))
    }
    assert named == {name: [name.replace("-", "_")] for name in own}


@pytest.mark.parametrize("kind", QUEUES)
def test_the_commands_in_the_table_are_run(kind: str) -> None:
    scheduler = SCHEDULERS[kind]
    shown = {
        row[0]: (shlex.split(code(row[1])[0]), row[2]) for row in rows(section(kind, "Commands"))
    }
    states = scheduler.states_command(["1", "2"])
    asked, _ = shown["show states"]
    assert shown["submit"][0] == list(scheduler.submit_command)
    assert asked == states or (states[0] == "sh" and asked[0] in states[2])
    assert shown["cancel"][0] == scheduler.cancel_command(["1", "2"])
    assert shown["detect (`auto`)"][0] == list(scheduler.probe)
    assert code(shown["detect (`auto`)"][1])[-1] in (*scheduler.job_variables, "JOB_ID")
    assert ("list queues (doctor)" in shown) == bool(scheduler.queue_commands)
    if scheduler.queue_commands:
        command, words = shown["list queues (doctor)"]
        others = [shlex.split(text) for text in code(words)]
        assert [command, *others] == [list(command) for command in scheduler.queue_commands]


@pytest.mark.parametrize("kind", ANSWERS)
def test_states_in_the_table_have_their_phase(kind: str) -> None:
    table = {row[0]: code(row[1]) for row in rows(section(kind, "Job states"))}
    assert list(table) == ["waiting", "running", "ended"]
    for phase, states in table.items():
        for state in states:
            answer = Output((), 0, ANSWERS[kind].format(state) + "\n")
            (job,) = SCHEDULERS[kind].read_states(answer).values()
            assert job.phase == phase, state


@pytest.mark.parametrize("kind", ["lsf", "oar", "pbs", "slurm"])
def test_no_state_is_missing_in_the_table(kind: str) -> None:
    table = {row[0]: code(row[1]) for row in rows(section(kind, "Job states"))}
    assert set(table["waiting"]) == set(SCHEDULERS[kind].waiting_states.split())
    assert set(table["ended"]) == set(SCHEDULERS[kind].ended_states.split())


@pytest.mark.parametrize("kind", QUEUES)
def test_messages_in_the_table_lead_to_their_key(kind: str) -> None:
    table = [(code(row[0]), code(row[1])) for row in rows(section(kind, "Rejected jobs"))]
    assert table
    for messages, keys in table:
        assert [SCHEDULERS[kind].suspected_key(message) for message in messages] == keys


@pytest.mark.parametrize("kind", QUEUES)
def test_log_files_are_named(kind: str) -> None:
    number = "17.0" if kind == "htcondor" else "17"
    named = code(" ".join(section(kind, "Logs")))
    for folder in (None, "/scratch/logs"):
        request = JobRequest("dask-worker", log_directory=folder)
        for path in SCHEDULERS[kind].log_paths(request, number, "/here"):
            pattern = os.path.basename(path)
            end = os.path.splitext(pattern)[1]
            assert any(fnmatch.fnmatch(name, pattern) or name == end for name in named), pattern


def test_each_key_of_the_local_backend_is_in_the_table() -> None:
    prefix = "backends.local."
    keys = {key.removeprefix(prefix).rpartition(".")[2] for key in KEYS if key.startswith(prefix)}
    unused = {"preferred-gpu-toolkit", "preferred-gpu-precision"}
    table = rows(section("local", "Keys"))
    entries = [text for row in table for text in code(row[0])]
    assert {text.partition(":")[0] for text in entries} == keys - unused
    for text in entries:
        if not text.startswith("number-of-gpus"):  # this machine may have none
            others = ["allow-more-threads-than-cores: true"]
            others += ["task-isolation: process"] if text.startswith("task-time-limit") else []
            DaskLocalCluster(**arguments([text, *others], ComputeResources))


def test_the_recipe_for_gpus_has_each_schedulers_option() -> None:
    lines = [line for _, line in prose_of(DOCS / "recipes" / "gpus.md")]
    table = {row[0]: code(row[1]) for row in rows(lines)}
    for kind in SCHEDULERS:
        (shown,) = [lines for cell, lines in table.items() if f"backends/{kind}.md" in cell]
        assert set(shown) <= set(head(kind, ["number-of-gpus: 2"])), kind
