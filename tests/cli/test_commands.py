"""The command line as users see it: output, exit status, and what it leaves alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import dask.config
import pytest
import yaml
from click.testing import CliRunner, Result

from dask_backend_config.cli.main import COMMANDS, cli
from dask_backend_config.config.sources import interpret

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run the command line in this process."""

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments)

    return invoke


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
def test_where_dask_cannot_be_imported_doctor_says_why_in_one_finding(
    files: dict[str, str], variables: dict[str, str], place: str, user_folder: Path
) -> None:
    for name, text in files.items():
        (user_folder / name).write_text(text)
    dask_itself = subprocess.run(
        [sys.executable, "-c", "import dask"],
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert dask_itself.returncode != 0, "the case is meant to break dask"
    done = _process("doctor", "--format", "json", **variables)
    assert (done.returncode, done.stderr) == (1, "")
    (finding,) = json.loads(done.stdout)["findings"]
    origin = finding["origin"]
    where = f"{origin['path']}:{origin['line']}:{origin['column']}: " if origin["path"] else ""
    assert place in (where or origin["name"])
    assert finding["severity"] == "error"


@pytest.mark.parametrize(("files", "variables", "place"), BROKEN)
def test_where_dask_cannot_be_imported_the_library_raises_our_error_with_the_place(
    files: dict[str, str], variables: dict[str, str], place: str, user_folder: Path
) -> None:
    for name, text in files.items():
        (user_folder / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", "import dask_backend_config"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("dask_backend_config.core.errors.ConfigSourceError: ")
    assert place in last


@pytest.mark.parametrize("command", [["show"], ["explain", "distributed.worker.daemon"]])
@pytest.mark.parametrize(("files", "variables", "place"), BROKEN)
def test_where_dask_cannot_be_imported_show_and_explain_say_so_in_one_line(
    command: list[str],
    files: dict[str, str],
    variables: dict[str, str],
    place: str,
    user_folder: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in files.items():
        (user_folder / name).write_text(text)
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    result = run(*command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert place in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_live_with_a_value_that_cannot_be_meant_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = _process("doctor", "--live", DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS="zero")
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("error: DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS: ")
    assert "Traceback" not in done.stderr


def test_live_shows_what_each_process_sees_and_exits_0(user_folder: Path) -> None:
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
    assert "starting the local backend" in done.stderr


def test_live_says_that_a_daemonic_worker_cannot_start_processes() -> None:
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
        pytest.param(
            ["explain", "distributed.wroker.daemon"],
            1,
            "Did you mean distributed.worker.daemon?",
            id="misspelt-key",
        ),
        pytest.param(
            ["show", "nothing.at.all"], 1, "unknown key nothing.at.all", id="nothing-there"
        ),
        pytest.param(["doctor", "--select", "unknown-kye"], 1, "unknown-key", id="misspelt-check"),
        pytest.param(["doctor", "--format", "xml"], 2, "'xml' is not one of", id="usage"),
        pytest.param(["docter"], 2, "No such command", id="misspelt-command"),
        pytest.param(["doctor", "--live", "slrum"], 1, "slrum", id="misspelt-backend"),
    ],
)
def test_an_expected_error_is_one_line_on_stderr(
    arguments: list[str], status: int, words: str
) -> None:
    done = _process(*arguments)
    assert done.returncode == status
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    if status == 1:
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("error: ")


def test_a_bug_of_ours_exits_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dask_backend_config.config.resolve.gather", lambda: 1 / 0)
    result = run("show")
    assert result.exit_code == 3
    assert "this is a bug" in result.output


def test_an_interruption_exits_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dask_backend_config.config.resolve.gather", interrupt)
    assert run("show").exit_code == 130


@pytest.mark.parametrize(
    "arguments",
    [["doctor"], ["show"], ["explain", "distributed.worker.daemon"]],
    ids=lambda a: a[0],
)
def test_reading_leaves_the_home_as_it_was_and_imports_no_dask(
    arguments: list[str], home: Path
) -> None:
    program = (
        "import sys; sys.orig_argv = [sys.executable, 'dask-backend-config'];"
        f"sys.argv = ['dask-backend-config', *{arguments!r}];"
        "from dask_backend_config.cli.main import cli\n"
        "try: cli()\n"
        "except SystemExit: pass\n"
        "print([n for n in ('dask', 'distributed', 'dask_jobqueue', 'rich') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert list(home.rglob("*")) == []


def test_secrets_are_masked_in_every_output(
    run: Run, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (user_folder / "mine.yaml").write_text(
        "gateway:\n  auth: {api-token: hunter2, more: [{password: hunter2}]}\n"
    )
    monkeypatch.setenv("DASK_GATEWAY__AUTH__API_TOKEN", "hunter2-in-a-variable")
    outputs = [run("show", "--format", form).output for form in ("text", "json", "yaml", "env")]
    outputs += [run("explain", "gateway.auth.api-token").output]
    outputs += [run("doctor", "--format", form).output for form in ("text", "json")]
    assert [output for output in outputs if "hunter2" in output] == []
    assert "********" in outputs[0]


def test_piped_output_has_neither_colour_nor_boxes_and_one_line_a_message(
    user_folder: Path,
) -> None:
    (user_folder / "mine.yaml").write_text("distributed: {wroker: {daemon: true}}\n")
    output = _process("doctor").stdout
    assert output.isascii()
    assert "\x1b" not in output


def test_help_of_every_command_is_short_enough_for_a_terminal(run: Run) -> None:
    for name in (None, *COMMANDS):
        output = run(*([name] if name else []), "--help").output
        assert max(map(len, output.splitlines())) <= 80
        assert "Traceback" not in output


def test_every_command_is_a_click_command_under_its_own_name() -> None:
    context = click.Context(cli)
    assert [cli.get_command(context, name).name for name in COMMANDS] == list(COMMANDS)  # type: ignore[union-attr]
