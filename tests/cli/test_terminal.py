"""What commands print on a terminal of 80 columns, and what their help says."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dask_backend_config.cli.main import COMMANDS, cli
from tests.terminals import Terminal

COLUMNS = 80
PRELOAD = (
    "[importlib.metadata, importlib.resources, concurrent.futures, collections.abc, json.decoder]"
)
LONG = f"""\
distributed:
  worker:
    daemon: true
    preload: {PRELOAD}
    lifetime: {{duration: "1 hour and then some, which is no duration, and goes on and on"}}
  wroker: {{a: 1}}
backends:
  slurm:
    queue-name: a-queue-whose-name-is-rather-long
    setup-script-commands: ["module load cuda/12.2 gcc/12.3.0 openmpi/4.1.5", "source ~/.bashrc", "ulimit -c 0"]
  profiles:
    a-profile-whose-name-is-rather-long: {{backend: slurm, resources-per-worker: {{number-of-gpus: 2}}}}
elsewhere: {{text: "{"x" * 150}"}}
"""


def _on_terminal(*arguments: str, **variables: str) -> str:
    command = [sys.executable, "-m", "dask_backend_config", *arguments]
    environ = {**os.environ, "TERM": "dumb", **variables}
    with Terminal(command, environ, COLUMNS) as terminal:
        return terminal.rest()


def _too_long(output: str) -> list[str]:
    """Lines that do not fit, unless they are one word, which is whole to be copied."""
    return [line for line in output.splitlines() if len(line) > COLUMNS and len(line.split()) > 1]


@pytest.fixture
def long(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long keys, values, paths and variables."""
    folder = user_folder / ("a-folder-with-a-name-" + "n" * 40)
    folder.mkdir()
    path = folder / "a-file-with-a-rather-long-name.yaml"
    path.write_text("distributed: {comm: {compression: zstd}}\n")
    monkeypatch.setenv("DASK_CONFIG", str(path))
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ACTIVE_MEMORY_MANAGER__INTERVAL", "3s")
    (user_folder / "mine.yaml").write_text(LONG)


@pytest.mark.parametrize(
    "arguments",
    [
        ["show"],
        ["show", "distributed.worker"],
        ["show", "distributed.comm"],
        ["show", "backends.slurm"],
        ["show", "--diff"],
        ["explain", "distributed.worker.preload"],
        ["explain", "distributed.comm.compression"],
        ["explain", "distributed.scheduler.active-memory-manager.interval"],
        ["explain", "backends.slurm.setup-script-commands"],
        ["explain", "backends.slurm.resources-per-worker.per-thread-memory-limit"],
        ["explain", "backends.profiles.a-profile-whose-name-is-rather-long.backend"],
        ["explain", "elsewhere.text"],
        ["explain", "distributed.worker"],
        ["explain", "backends.jobqueue"],
        ["explain", "distributed.scheduler.active-memory-manager"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_tables_fit_80_columns(arguments: list[str], long: None) -> None:
    output = _on_terminal(*arguments)
    assert output.strip()
    assert "Traceback" not in output
    assert _too_long(output) == []
    assert [line for line in output.splitlines() if line != line.rstrip()] == []


def test_nothing_is_shortened(long: None) -> None:
    output = _on_terminal("show", "--diff")
    assert "x" * 150 in output
    assert (
        "a-folder-with-a-name-" + "n" * 40 + "/a-file-with-a-rather-long-name.yaml:1:35" in output
    )
    assert PRELOAD.split() == re.findall(r"\[?[a-z]+\.[a-z]+[\],]", output)


def test_what_a_running_backend_shows_fits(user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text(f"distributed: {{worker: {{preload: {PRELOAD}}}}}\n")
    output = _on_terminal("doctor", "--live", "local", DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS="1")
    assert "a task started a process of its own" in output
    assert "collections.abc" in output
    assert _too_long(output[output.index("live: local backend with") :]) == []


def test_backups_fit(long: None, user_folder: Path) -> None:
    assert _on_terminal("set", "distributed.worker.daemon", "false").startswith("wrote")
    output = _on_terminal("restore", "--list")
    assert _too_long(output) == []
    assert len(output.splitlines()) == 3


def test_short_rows_stand_in_columns() -> None:
    assert _on_terminal("show", "distributed.comm.timeouts").splitlines() == [
        "distributed.comm.timeouts.connect  10s  default of dask_backend_config",
        "distributed.comm.timeouts.tcp      30s  default of dask_backend_config",
    ]


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"NO_COLOR": "1", "TERM": "xterm-256color"}, id="NO_COLOR"),
        pytest.param({"TERM": "dumb"}, id="dumb"),
    ],
)
def test_without_colour_there_is_none_and_all_is_said(
    variables: dict[str, str], long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.terminals.COLOUR", re.compile("(?!)"))
    for arguments in (["doctor"], ["show", "--diff"], ["explain", "distributed.worker.daemon"]):
        output = _on_terminal(*arguments, **variables)
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]", output)
    assert "in effect" in output
    assert re.search(r"^  \d+:\d+ +(error|warning) ", _on_terminal("doctor", **variables), re.M)


NAMES = [pytest.param(name, id=name) for name in COMMANDS]


def _help(*arguments: str) -> str:
    return CliRunner().invoke(cli, [*arguments, "--help"], prog_name="dask-backend-config").output


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_command_fits_and_has_an_example_of_it(name: str) -> None:
    output = _help(name)
    assert [line for line in output.splitlines() if len(line) > COLUMNS] == []
    assert re.search(rf"^ +.*dask-backend-config {name}\b", output, re.MULTILINE)


def test_the_first_help_names_every_command_in_a_whole_line() -> None:
    output = _help()
    assert [line for line in output.splitlines() if len(line) > COLUMNS or "..." in line] == [
        "Usage: dask-backend-config [OPTIONS] COMMAND [ARGS]..."
    ]
    _, _, commands = output.partition("Commands:\n")
    assert [line.split()[0] for line in commands.splitlines()] == list(COMMANDS)
