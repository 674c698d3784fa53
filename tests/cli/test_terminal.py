"""Screens on a terminal of 80 columns: complete examples, wrapping, colour, and help texts.

The folder screens holds the examples. To write them again: ``WRITE_SCREENS=1 pytest tests/cli``.
"""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest

from dask_backend_config.cli.main import COMMANDS, cli
from tests.cli.conftest import Run
from tests.terminals import Terminal

COLUMNS = 80
SCREENS = Path(__file__).with_name("screens")
PRELOAD = (
    "[importlib.metadata, importlib.resources, concurrent.futures, collections.abc, json.decoder]"
)
LONG = f"""\
distributed:
  worker:
    daemon: true
    preload: {PRELOAD}
    lifetime: {{duration: "1 hour and then some, which is not a duration, and goes on and on"}}
  wroker: {{a: 1}}
backends:
  slurm:
    queue-name: a-queue-whose-name-is-rather-long
    setup-script-commands: ["module load cuda/12.2 gcc/12.3.0 openmpi/4.1.5", "source ~/.bashrc", "ulimit -c 0"]
  profiles:
    a-profile-whose-name-is-rather-long: {{backend: slurm, resources-per-worker: {{number-of-gpus: 2}}}}
elsewhere: {{text: "{"x" * 150}"}}
"""


class _TerminalOutput(io.StringIO):
    """Standard output that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def _on_terminal(*arguments: str) -> str:
    """Return what a command prints on a terminal of 80 columns without colour."""
    with pytest.MonkeyPatch.context() as patch:
        output = _TerminalOutput()
        patch.setattr(sys, "stdout", output)
        patch.setenv("COLUMNS", str(COLUMNS))
        patch.setenv("TERM", "dumb")
        cli(arguments, prog_name="dask-backend-config", standalone_mode=False)
    return output.getvalue()


def _on_real_terminal(*arguments: str, **variables: str) -> str:
    command = [sys.executable, "-m", "dask_backend_config", *arguments]
    environ = {**os.environ, "TERM": "dumb", **variables}
    with Terminal(command, environ, COLUMNS) as terminal:
        return terminal.rest()


def _too_long(output: str) -> list[str]:
    """Return the lines that do not fit, except for single words, which are not broken."""
    return [line for line in output.splitlines() if len(line) > COLUMNS and len(line.split()) > 1]


@pytest.fixture
def long(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a configuration with long keys, values, paths and variables."""
    folder = user_folder / ("a-folder-with-a-name-" + "n" * 40)
    folder.mkdir()
    path = folder / "a-file-with-a-rather-long-name.yaml"
    path.write_text("distributed: {comm: {compression: zstd}}\n")
    monkeypatch.setenv("DASK_CONFIG", str(path))
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ACTIVE_MEMORY_MANAGER__INTERVAL", "3s")
    (user_folder / "mine.yaml").write_text(LONG)


@pytest.fixture
def short(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a configuration with a few mistakes."""
    monkeypatch.setenv("DASK_DISTRIBUTED__WROKER__DAEMON", "False")
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "21s")
    (user_folder / "distributed.yaml").write_text(
        "distributed:\n  comm:\n    timeouts: {connect: 20s, tcp: soon}\n"
    )
    (user_folder / "jobqueue.yaml").write_text("jobqueue:\n  slurm:\n    walltime: 12:00:00\n")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("doctor", ["doctor"]),
        ("show", ["show", "distributed.comm.timeouts"]),
        ("show-diff", ["show", "--diff"]),
        ("explain", ["explain", "distributed.comm.timeouts.connect"]),
        ("explain-section", ["explain", "distributed.comm.timeouts"]),
        ("explain-fallback", ["explain", "backends.slurm.queue-name"]),
        ("help", ["--help"]),
        ("doctor-help", ["doctor", "--help"]),
    ],
)
@pytest.mark.usefixtures("short")
def test_a_complete_screen(name: str, arguments: list[str]) -> None:
    path = SCREENS / f"{name}.txt"
    output = _on_terminal(*arguments)
    if "WRITE_SCREENS" in os.environ:
        path.write_text(output)
    assert output == path.read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ["show"],
        ["show", "--diff"],
        ["explain", "distributed.worker.preload"],
        ["explain", "distributed.comm.compression"],
        ["explain", "distributed.scheduler.active-memory-manager.interval"],
        ["explain", "backends.slurm.setup-script-commands"],
        ["explain", "backends.profiles.a-profile-whose-name-is-rather-long.backend"],
        ["explain", "elsewhere.text"],
        ["explain", "distributed.worker"],
        ["explain", "backends.jobqueue"],
        ["doctor"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("long")
def test_long_rows_are_wrapped_at_80_columns(arguments: list[str]) -> None:
    output = _on_terminal(*arguments)
    assert output.strip()
    assert _too_long(output) == []
    assert [line for line in output.splitlines() if line != line.rstrip()] == []


@pytest.mark.usefixtures("long")
def test_nothing_is_shortened() -> None:
    output = _on_terminal("show", "--diff")
    assert "x" * 150 in output
    assert (
        "a-folder-with-a-name-" + "n" * 40 + "/a-file-with-a-rather-long-name.yaml:1:35" in output
    )
    assert PRELOAD.split() == re.findall(r"\[?[a-z]+\.[a-z]+[\],]", output)


def test_values_of_a_running_backend_are_wrapped(user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text(f"distributed: {{worker: {{preload: {PRELOAD}}}}}\n")
    output = _on_real_terminal(
        "doctor", "--live", "local", DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS="1"
    )
    assert "a task can start a child process" in output
    assert "collections.abc" in output
    assert _too_long(output[output.index("live: local backend with") :]) == []


@pytest.mark.usefixtures("long")
def test_the_list_of_backups_is_wrapped(run: Run) -> None:
    assert run("set", "distributed.worker.daemon", "false").stdout.startswith("wrote")
    output = _on_terminal("restore", "--list")
    assert _too_long(output) == []
    assert len(output.splitlines()) == 3


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"NO_COLOR": "1", "TERM": "xterm-256color"}, id="NO_COLOR"),
        pytest.param({"TERM": "dumb"}, id="dumb"),
    ],
)
@pytest.mark.usefixtures("long")
def test_without_colour_the_words_are_the_same(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.terminals.COLOUR", re.compile("(?!)"))
    output = _on_real_terminal("doctor", **variables)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", output)
    assert re.search(r"^  \d+:\d+ +(error|warning) ", output, re.MULTILINE)


def test_a_pipe_gets_one_line_for_each_message(run: Run, user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text(LONG)
    output = run("doctor").stdout
    assert "\x1b" not in output
    assert max(map(len, output.splitlines())) > COLUMNS


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_fits_and_has_an_example(name: str, run: Run) -> None:
    output = run(name, "--help").output
    assert [line for line in output.splitlines() if len(line) > COLUMNS] == []
    assert re.search(rf"^ +.*dask-backend-config {name}\b", output, re.MULTILINE)


def test_the_main_help_lists_every_command(run: Run) -> None:
    output = run("--help").output
    assert [line for line in output.splitlines() if len(line) > COLUMNS or "..." in line] == [
        "Usage: dask-backend-config [OPTIONS] COMMAND [ARGS]..."
    ]
    _, _, commands = output.partition("Commands:\n")
    assert [line.split()[0] for line in commands.splitlines()] == list(COMMANDS)
