"""``diff``: operands, formats and exit codes."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from dask_backend_config.cli.main import cli
from tests.cli.conftest import Run

SECRET = "correct-horse-battery"
A = f"distributed: {{comm: {{timeouts: {{connect: 5s}}}}}}\ngateway: {{auth: {{password: {SECRET}}}}}\n"


@pytest.fixture
def saved(run: Run, user_folder: Path, tmp_path: Path) -> Path:
    """A snapshot; a value, a file and a variable are different now."""
    path = tmp_path / "saved.json"
    (user_folder / "a.yaml").write_text(A)
    assert run("snapshot", "--output", path).exit_code == 0
    (user_folder / "a.yaml").write_text(A.replace("5s", "7s"))
    return path


def test_the_text_names_both_sides_of_each_difference(
    saved: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_MINE__LONG_NAME_OF_A_KEY", "a value of some length " * 3)
    monkeypatch.setenv("COLUMNS", "80")
    result = run("diff", saved)
    assert result.exit_code == 1
    assert SECRET not in result.output
    lines = result.output.splitlines()
    assert max(map(len, lines)) <= 80 or str(sys.executable) in max(lines, key=len)
    monkeypatch.delenv("COLUMNS")
    lines = [" ".join(line.split()) for line in run("diff", saved).output.splitlines()]
    assert [line[:3] for line in lines[:2]] == ["---", "+++"]
    assert lines[2] == "values"
    assert "- distributed.comm.timeouts.connect 5s ~/.config/dask/a.yaml:1:42" in lines
    assert "+ distributed.comm.timeouts.connect 7s ~/.config/dask/a.yaml:1:42" in lines
    assert "! ~/.config/dask/a.yaml 1 line added, 1 removed" in lines
    assert lines[-2:] == [
        "masked, not compared: gateway.auth.password",
        "2 values, 1 file and 1 variable differ",
    ]


def test_without_differences_it_says_so(saved: Path, run: Run) -> None:
    result = run("diff", saved, saved)
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "no difference")


def test_json_has_all_parts(saved: Path, run: Run) -> None:
    result = run("diff", saved, "--format", "json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["version"], found["differs"]) == (1, True)
    (comparison,) = found["comparisons"]
    (value,) = comparison["values"]
    assert [value[side]["value"] for side in ("left", "right")] == ["5s", "7s"]
    assert value["left"]["origin"]["line"] == 1
    (file,) = comparison["files"]
    assert [line for line in file["diff"] if line[0] in "+-"] == [
        f"{sign}{A.splitlines()[0].replace('5s', time)}"
        for sign, time in (("-", "5s"), ("+", "7s"))
    ]
    assert comparison["versions"] == comparison["variables"] == comparison["origins"] == []
    assert comparison["masked"] == ["gateway.auth.password"]
    assert SECRET not in result.stdout


def test_the_page_is_complete_and_has_no_secret(saved: Path, run: Run, tmp_path: Path) -> None:
    result = run("diff", saved, "--format", "html", "--output", tmp_path / "x.html")
    assert result.exit_code == 1
    assert result.stderr == f"1 value and 1 file differ: see {tmp_path / 'x.html'}\n"
    page = (tmp_path / "x.html").read_text()
    tree = ET.fromstring(page)
    text = " ".join("".join(tree.itertext()).split())
    for expected in ("5s", "7s", "~/.config/dask/a.yaml: 1 line added, 1 removed", "Not compared"):
        assert expected in text
    assert SECRET not in page
    assert "script" not in {element.tag for element in tree.iter()}


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param((), ["values", "files"], id="all"),
        pytest.param(("--select", "values"), ["values"], id="one"),
        pytest.param(("--select", "files,values"), ["values", "files"], id="two"),
        pytest.param(("--select", "versions"), [], id="equal"),
    ],
)
def test_only_the_selected_parts_count(
    arguments: tuple[str, ...], shown: list[str], saved: Path, run: Run
) -> None:
    result = run("diff", saved, *arguments)
    assert [line for line in result.output.splitlines() if line.isalpha()] == shown
    assert result.exit_code == bool(shown)


def test_equal_values_from_another_place_are_counted_and_shown_if_selected(
    user_folder: Path, run: Run, tmp_path: Path
) -> None:
    (user_folder / "a.yaml").write_text("mine: {x: 1}\n")
    run("snapshot", "--output", tmp_path / "saved.json")
    (user_folder / "a.yaml").rename(user_folder / "b.yaml")
    result = run("diff", tmp_path / "saved.json", "--select", "values")
    assert result.exit_code == 0
    assert "1 equal value comes from another place: see --select origins" in result.output
    result = run("diff", tmp_path / "saved.json", "--select", "origins")
    assert result.exit_code == 0
    assert [line.split() for line in result.output.splitlines()[3:5]] == [
        ["-", "mine.x", "1", "~/.config/dask/a.yaml:1:11"],
        ["+", "mine.x", "1", "~/.config/dask/b.yaml:1:11"],
    ]


def test_a_side_whose_dask_fails_says_so(user_folder: Path, run: Run, saved: Path) -> None:
    (user_folder / "b.yaml").write_text("a: [\n")
    result = run("diff", saved)
    assert result.exit_code == 1
    assert "import dask fails there" in result.output.splitlines()[1]


def operands(kind: str, saved: Path, folder: Path) -> str:
    if kind == "pipe":
        path = folder / "pipe"
        os.mkfifo(path)
        threading.Thread(target=path.write_text, args=(saved.read_text(),), daemon=True).start()
        return str(path)
    return {"folder": sys.prefix, "interpreter": sys.executable, "file": str(saved)}.get(kind, kind)


@pytest.mark.parametrize("kind", ["file", "-", "pipe", ".", "interpreter", "folder"])
def test_each_operand_is_understood(kind: str, saved: Path, tmp_path: Path) -> None:
    """Without a change since then, all of them are the same."""
    (Path(os.environ["HOME"]) / ".config" / "dask" / "a.yaml").write_text(A)
    words = ["diff", operands(kind, saved, tmp_path), str(saved)]
    result = CliRunner().invoke(cli, words, input=saved.read_text())
    assert result.output.splitlines()[-1] == "no difference"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param((), "Missing argument 'LEFT'", id="none"),
        pytest.param(("-", "-"), "Only one of LEFT and RIGHT", id="standard-input-twice"),
        pytest.param(("/none",), "/none does not exist: name a snapshot or", id="missing"),
        pytest.param(("empty.json",), "empty.json is not a snapshot", id="empty"),
        pytest.param(("notes.txt",), "notes.txt is not a snapshot", id="other-file"),
        pytest.param(("tcp://a:8786",), "tcp://a:8786: unknown host", id="address"),
        pytest.param(("scheduler.json",), "tcp://a:1: unknown host", id="scheduler-file"),
        pytest.param((".", "--select", "value"), "'value' is not one of versions,", id="part"),
        pytest.param((".", "--output", "x"), "requires --format html", id="output"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_exits_with_2(
    arguments: tuple[str, ...], problem: str, run: Run, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "scheduler.json").write_text('{"type": "Scheduler", "address": "tcp://a:1"}')
    result = run("diff", *arguments)
    assert result.exit_code == 2
    assert problem in result.stderr.splitlines()[-1]
