"""Each fenced block of a page does what it says.

- ``python``: runs as a script in an empty home, and exits with 0.
- ``console``: what stands behind ``$`` is run, in one shell for each block, and what follows is its
  output; ``...`` on a line of its own stands for any lines, at the end of a line for the rest of it.
  ``/etc/dask`` and the home are stand-ins.
- ``yaml``: loads, and the doctor is silent on it; behind ``<!-- broken -->``, the doctor finds something.
  Only the former holds for files that dask does not read.
- ``sh``: the shell reads it; where it exports nothing but ``DASK_`` variables, the doctor is silent.

A first line ``# ~/.config/dask/NAME.yaml``, or another path, says that the block is this file for the
blocks behind it on the page. A block in an HTML comment counts as well; if it is ``sh``, its variables
hold for the blocks behind it. ``<!-- not run: REASON -->`` on the line before takes a block out.
"""

from __future__ import annotations

import ast
import difflib
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from dask_backend_config.doctor.checks import CHECKS
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.findings import Finding
from tests.docs.conftest import PROGRAMS, Machine
from tests.docs.pages import Block, blocks, blocks_before

#: What a console may call, beside what the shell itself knows.
COMMANDS = {
    *PROGRAMS,
    "dask-backend-config",
    "dask",
    "python",
    "python3",
    "export",
    "unset",
    "cd",
    "echo",
}
_MARK = "\x1e"


def cases(*languages: str) -> list[object]:
    found = [block for block in blocks(languages) if not block.remark.startswith("not run")]
    return [pytest.param(block, id=block.name) for block in found]


def findings() -> list[Finding]:
    facts = gather_facts()
    return [finding for check in CHECKS for finding in check.run(facts)]


@pytest.mark.parametrize("block", cases("python", "py"))
def test_python_runs_as_a_script(block: Block, machine: Machine) -> None:
    machine.prepare(blocks_before(block))
    script = machine.home / (block.file[0] if block.file else "example.py")
    script.write_text(block.text)
    done = machine.run(f"python {script}")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("block", cases("console"))
def test_a_console_shows_what_is_said(block: Block, machine: Machine) -> None:
    machine.prepare(blocks_before(block))
    compare(block, machine)


def compare(block: Block, machine: Machine) -> None:
    """Run the commands of a console, and compare what they say with what follows."""
    commands = conversation(block.text)
    assert commands, f"{block.name}: no line begins with $"
    lines = [
        f"{machine.real(command)}\n_code=$?; printf '{_MARK}'; (exit $_code)"
        for command, _ in commands
    ]
    said = machine.shown(machine.run("\n".join(lines)).stdout).split(_MARK)
    for (command, expected), output in zip(commands, said, strict=False):
        if not is_like(output, expected):
            lines = difflib.ndiff(expected.splitlines(), output.strip("\n").splitlines())
            told = "\n".join(lines)
            pytest.fail(f"{block.name}: $ {command}\n- as the page says, + as it is:\n{told}")
    assert len(said) == len(commands) + 1


@pytest.mark.parametrize("block", cases("console"))
def test_a_console_calls_only_what_a_test_can_run(block: Block) -> None:
    foreign = {
        name for command, _ in conversation(block.text) for name in programs_of(command)
    } - COMMANDS
    assert foreign == set(), "write <!-- not run: REASON --> on the line before"


@pytest.mark.parametrize("block", cases("yaml", "yml"))
def test_yaml_is_right_or_said_to_be_broken(block: Block, machine: Machine, home: Path) -> None:
    if block.remark != "broken":
        yaml.safe_load(block.text)
    if not block.is_for_dask:
        return
    if block.file:
        machine.prepare([block])
    else:
        path = home / ".config" / "dask" / "dask.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(block.text)
        path.chmod(0o600)
    found = findings()
    assert bool(found) == (block.remark == "broken"), found


@pytest.mark.parametrize("block", cases("sh", "bash", "shell"))
def test_the_shell_reads_a_script(block: Block) -> None:
    done = subprocess.run(
        ["bash", "-n"], input=block.text, capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stderr) == (0, "")


def exports(block: Block) -> dict[str, str]:
    """The variables of a block that exports nothing but ``DASK_`` variables; empty for others."""
    lines = [line for line in block.text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines or not all(re.match(r"export DASK_\w+=", line) for line in lines):
        return {}
    command = ["bash", "-e", "-c", f"{block.text}\nenv -0"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    said = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if "=" in entry)
    return {name: text for name, text in said.items() if name.startswith("DASK_")}


@pytest.mark.parametrize(
    "block",
    [pytest.param(block, id=block.name) for block in blocks(["sh", "bash"]) if exports(block)],
)
def test_exported_variables_are_right(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in exports(block).items():
        monkeypatch.setenv(name, text)
    found = findings()
    assert bool(found) == (block.remark == "broken"), found


@pytest.mark.parametrize("block", cases("text", ""))
def test_what_is_called_text_is_no_python(block: Block) -> None:
    try:
        statements = ast.parse(block.text).body
    except SyntaxError:
        return
    assert all(isinstance(entry, ast.Expr) for entry in statements), "call it python, and it is run"


def conversation(text: str) -> list[tuple[str, str]]:
    """Commands, each with what is said to follow; a command goes on behind a backslash."""
    found: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(([line[2:]], []))
        elif found and not found[-1][1] and found[-1][0][-1].endswith("\\"):
            found[-1][0].append(line.removeprefix("> "))
        elif found:
            found[-1][1].append(line)
    return [("\n".join(command), "\n".join(output)) for command, output in found]


def programs_of(command: str) -> set[str]:
    """The programs that a line of shell calls."""
    lexer = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars=";|&")
    lexer.whitespace_split = True
    names: set[str] = set()
    begins = True
    for word in lexer:
        if set(word) <= set(";|&"):
            begins = True
        elif begins and not re.match(r"\w+=", word):
            names.add(word)
            begins = False
    return names


def is_like(output: str, expected: str) -> bool:
    """Whether `output` is what is expected, where a line ``...`` stands for any lines.

    At the end of a line, `` ...`` stands for the rest of it.
    """
    pattern = "".join(map(_pattern, expected.strip("\n").split("\n")))
    lines = "".join(f"{line.rstrip()}\n" for line in output.strip("\n").split("\n"))
    return re.fullmatch(pattern, lines) is not None


def _pattern(line: str) -> str:
    if line.strip() == "...":
        return r"(?:.*\n)*"
    text = line.rstrip()
    rest = text.endswith(" ...")
    return re.escape(text.removesuffix("...") if rest else text) + (".*\n" if rest else "\n")


@pytest.mark.parametrize(
    ("output", "expected", "alike"),
    [
        pytest.param("a\nb\n", "a\nb", True, id="the same"),
        pytest.param("a\nb\n", "a", False, id="a line too many"),
        pytest.param("a  \nb\n", "a\nb  ", True, id="spaces at the end"),
        pytest.param("a\nb\nc\n", "a\n...", True, id="any end"),
        pytest.param("a\nb\nc\n", "...\nc", True, id="any beginning"),
        pytest.param("a\nc\n", "a\n...\nc", True, id="none is left out"),
        pytest.param("a\nb\n", "...\nc", False, id="what follows counts"),
        pytest.param("a b c\nd", "a ...\nd", True, id="any end of a line"),
        pytest.param("b c\nd", "a ...\nd", False, id="its beginning counts"),
        pytest.param("", "", True, id="nothing"),
        pytest.param("a", "", False, id="something where nothing is said"),
    ],
)
def test_outputs_are_compared_line_by_line(output: str, expected: str, alike: bool) -> None:
    assert is_like(output, expected) is alike


def test_a_conversation_has_commands_and_what_follows() -> None:
    text = "$ one \\\n> two\nsaid\n$ three | four; A=1 five\n"
    assert conversation(text) == [("one \\\ntwo", "said"), ("three | four; A=1 five", "")]
    assert programs_of("three 'x | y' | four; A=1 five && six") == {"three", "four", "five", "six"}
