"""The commands that read: output formats, exit codes, and errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import dask.config
import pytest
import yaml

from dask_backend_config.cli.main import COMMANDS, cli
from dask_backend_config.config.sources import interpret
from tests.cli.conftest import Run


def _process(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dask_backend_config", *arguments],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


BROKEN: list[Any] = [
    pytest.param({"a.yaml": "a: b: c\n"}, {}, "a.yaml:1:", id="malformed"),
    pytest.param({"a.yaml": "a:\n\tb: 1\n"}, {}, "a.yaml:2:1: ", id="tab"),
    pytest.param({"a.yaml": "- 1\n"}, {}, "a.yaml:1:1: ", id="list"),
    pytest.param({"a.yaml": "1: 2\n"}, {}, "a.yaml:1:1: ", id="number-as-key"),
    pytest.param({"a.yaml": "\ufefffoo: [\n"}, {}, "a.yaml:2:1: ", id="open-bracket"),
    pytest.param({"a.yaml": "dataframe:\n  shuffle:\n"}, {}, "a.yaml:2:11: ", id="null-renamed"),
    pytest.param(
        {}, {"DASK_DISTRIBUTED": "x", "DASK_DISTRIBUTED__WORKER": "1"}, "DASK_DISTRIBUTED",
        id="variables",
    ),
    pytest.param({}, {"DASK_X": "{[]: 1}"}, "DASK_X", id="unhashable"),
    pytest.param({}, {"DASK_INTERNAL_INHERIT_CONFIG": "x"}, "DASK_INTERNAL", id="inherited"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "variables", "place"), BROKEN)
def test_a_source_that_breaks_dask_is_an_error_everywhere(
    files: dict[str, str],
    variables: dict[str, str],
    place: str,
    user_folder: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``doctor`` has one finding, ``show`` prints one line, and the library raises."""
    for name, text in files.items():
        (user_folder / name).write_text(text)
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    result = run("doctor", "--format", "json")
    (finding,) = json.loads(result.stdout)["findings"]
    origin = finding["origin"]
    where = f"{origin['path']}:{origin['line']}:{origin['column']}: " if origin["path"] else ""
    assert (result.exit_code, result.stderr, finding["severity"]) == (1, "", "error")
    assert place in (where or origin["name"])
    result = run("show")
    assert (result.exit_code, result.stdout) == (1, "")
    assert place in result.stderr
    assert len(result.stderr.splitlines()) == 1
    command = [sys.executable, "-c", "import dask_backend_config"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("dask_backend_config.core.errors.ConfigSourceError: ")
    assert place in last


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(["-m", "dask_backend_config"], id="module"),
        pytest.param(["{script}"], id="script-of-any-name"),
    ],
)
def test_the_command_starts_if_a_file_breaks_dask(
    start: list[str], user_folder: Path, tmp_path: Path
) -> None:
    (user_folder / "a.yaml").write_text("a: b: c\n")
    script = tmp_path / "another-name"
    script.write_text("import sys; from _dask_backend_config_cli import main; sys.exit(main())\n")
    words = [word.format(script=script) for word in start]
    done = subprocess.run(
        [sys.executable, *words, "show"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ~/.config/dask/a.yaml:1:")
    assert len(done.stderr.splitlines()) == 1


def test_live_with_an_invalid_value_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = _process("doctor", "--live", DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS="zero")
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("error: DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS: ")
    assert "Traceback" not in done.stderr


def test_live_shows_the_values_in_each_process(user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text("distributed: {scheduler: {allowed-failures: 7}}\n")
    done = _process(
        "doctor", "--live", "--format", "json", DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS="1"
    )
    live = json.loads(done.stdout)["live"]
    assert done.returncode == 0
    assert (live["backend"], live["workers"], live["passed"]) == ("local", 1, True)
    seen = {entry["key"]: entry["seen"] for entry in live["keys"]}
    assert next(iter(seen)) == "distributed.worker.daemon"
    assert [name.split()[0] for name in seen["distributed.scheduler.allowed-failures"]] == [
        "client",
        "scheduler",
        "nanny",
        "worker",
    ]
    assert set(seen["distributed.scheduler.allowed-failures"].values()) == {7}
    assert live["child_process"]["started"] is True
    assert done.stderr.splitlines()


def test_live_reports_that_a_daemonic_worker_cannot_start_processes() -> None:
    variables = {
        "DASK_DISTRIBUTED__WORKER__DAEMON": "True",
        "DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS": "1",
    }
    done = _process("doctor", "--live", **variables)
    assert done.returncode == 1
    assert "recommendation-undone" in done.stdout
    assert "daemonic processes are not allowed to have children" in done.stdout


def test_show_lists_values_with_their_origins(run: Run) -> None:
    result = run("show", "distributed.deploy")
    assert result.exit_code == 0
    assert [line.split(None, 2) for line in result.output.splitlines()] == [
        ["distributed.deploy.cluster-repr-interval", "500ms", "default of distributed"],
        ["distributed.deploy.lost-worker-timeout", "15s", "default of dask_backend_config"],
    ]


def test_show_as_json_has_the_promised_members(run: Run, user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text("distributed: {worker: {daemon: true}}\n")
    result = run("show", "distributed.worker.daemon", "--format", "json")
    assert json.loads(result.output) == {
        "version": 1,
        "values": {
            "distributed.worker.daemon": {
                "value": True,
                "origin": {
                    "kind": "file",
                    "path": str(user_folder / "mine.yaml"),
                    "line": 1,
                    "column": 32,
                    "name": None,
                },
                "shadowed": [
                    {"value": False, "origin": _default("dask_backend_config")},
                    {"value": True, "origin": _default("distributed")},
                ],
            }
        },
    }


def _default(package: str) -> dict[str, Any]:
    nowhere = {"path": None, "line": None, "column": None}
    return {"kind": "default", **nowhere, "name": package}


def test_show_as_yaml_is_a_file_that_dask_reads_back(run: Run) -> None:
    shown = yaml.safe_load(run("show", "--format", "yaml").output)
    expected = json.loads(run("show", "--format", "json").output)["values"]
    for key, entry in expected.items():
        assert dask.config.get(key, config=shown) == entry["value"] or entry["value"] == float(
            "inf"
        )


def test_show_as_variables_is_what_dask_reads_back(run: Run) -> None:
    output = run("show", "distributed.scheduler", "--format", "env").output
    script = output + "env -0\n"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    environ = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if "=" in entry)
    expected = json.loads(run("show", "distributed.scheduler", "--format", "json").output)
    for key, entry in expected["values"].items():
        name = "DASK_" + key.upper().replace(".", "__").replace("-", "_")
        assert interpret(environ[name]) == entry["value"]


def test_explain_names_every_layer_and_the_winner(
    run: Run, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (user_folder / "distributed.yaml").write_text(
        "distributed: {comm: {timeouts: {connect: 20s}}}\n"
    )
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "21s")
    lines = run("explain", "distributed.comm.timeouts.connect").output.splitlines()
    assert [line.split() for line in lines[:5]] == [
        ["distributed.comm.timeouts.connect", "=", "21s"],
        ["variable", "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "21s", "in", "effect"],
        ["file", "~/.config/dask/distributed.yaml:1:42", "20s"],
        ["default", "dask_backend_config", "10s"],
        ["default", "distributed", "30s"],
    ]
    assert "Read by: client, scheduler, nanny and worker" in lines[-1]


def test_explain_as_json_has_the_promised_members(run: Run) -> None:
    explained = json.loads(run("explain", "backends.pbs.queue_name", "--format", "json").output)
    promised = {"version", "key", "value", "origin", "shadowed", "description", "type", "variable"}
    assert promised <= set(explained)
    assert explained["variable"] == "DASK_BACKENDS__PBS__QUEUE_NAME"
    chain = [entry["key"] for entry in explained["fallbacks"]]
    assert chain == ["backends.jobqueue.queue-name", "jobqueue.pbs.queue"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        pytest.param(["explain", "nothing.at.all"], 1, "nothing.at.all", id="unknown-key"),
        pytest.param(["doctor", "--select", "unknown-kye"], 1, "unknown-key", id="unknown-check"),
        pytest.param(["doctor", "--live", "slrum"], 1, "slrum", id="unknown-backend"),
        pytest.param(["doctor", "--format", "xml"], 2, "'xml' is not one of", id="usage"),
        pytest.param(["doctor", "--dry-run"], 2, "require --fix", id="dry-run"),
        pytest.param(["doctor", "--limit", "1s"], 2, "requires --live", id="limit"),
        pytest.param(["docter"], 2, "No such command", id="unknown-command"),
    ],
)
def test_an_expected_error_is_one_line_on_stderr(
    arguments: list[str], status: int, words: str, run: Run
) -> None:
    result = run(*arguments)
    assert result.exit_code == status
    last = result.stderr.splitlines()[-1]
    assert words in last
    assert last.startswith("error: " if status == 1 else "Error: ")


def test_a_bug_exits_3_with_traceback_and_versions(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dask_backend_config.config.resolve.gather", lambda: 1 / 0)
    result = run("show")
    assert result.exit_code == 3
    assert "ZeroDivisionError" in result.stderr
    for name in (
        "dask-backend-config",
        "Python",
        "dask",
        "distributed",
        "dask-jobqueue",
        "platform",
    ):
        assert f"{name} " in result.stderr
    assert "Please report" in result.stderr.splitlines()[-1]


def test_an_interruption_exits_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dask_backend_config.config.resolve.gather", interrupt)
    assert run("show").exit_code == 130


def test_reading_commands_write_no_file_and_import_no_dask(home: Path) -> None:
    program = (
        "import sys, _dask_backend_config_cli as command\n"
        "for words in (['doctor'], ['show'], ['explain', 'distributed.worker.daemon']):\n"
        "    sys.argv = ['dask-backend-config', *words]\n"
        "    try: command.main()\n"
        "    except SystemExit: pass\n"
        "slow = ('dask', 'distributed', 'dask_jobqueue', 'rich', 'jinja2', 'ruamel')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert list(home.rglob("*")) == []


def test_every_command_is_a_click_command_under_its_own_name() -> None:
    context = click.Context(cli)
    assert [cli.get_command(context, name).name for name in COMMANDS] == list(COMMANDS)  # type: ignore[union-attr]
