"""Each fenced block of a page works as described.

- ``python``: runs as a script in an empty home, and exits with 0.
- ``console``: the commands after ``$`` run in one shell per block, with 80 columns, and print what follows them.
  ``...`` on a line of its own stands for any lines, at the end of a line for the rest of it.
  ``/etc/dask`` and the home are replaced by folders of the test.
- ``yaml``: loads, and the doctor finds nothing. After ``<!-- broken -->`` the doctor must find something.
  Files that dask does not read must only load.
- ``sh``: the shell can parse it. If it only exports ``DASK_`` variables, the doctor finds nothing.

If the first line is ``# ~/.config/dask/NAME.yaml``, or another path, the block is this file for the later
blocks of the page. Blocks in HTML comments count as well; if one is ``sh``, its variables
are set for the later blocks. ``<!-- not run: REASON -->`` on the line before excludes a block;
``<!-- needs: MODULE, MODULE -->`` skips it where a module of the extra ``clients`` is missing.
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

from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.findings import Finding
from dask_backend_config.doctor.run import run_checks
from tests.clients.packages import needs
from tests.docs.conftest import PROGRAMS, Machine
from tests.docs.pages import Block, blocks, blocks_before

#: The commands that a console may call, in addition to the shell's own.
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


def run_blocks(*languages: str) -> list[Block]:
    return [block for block in blocks(languages) if not block.remark.startswith("not run")]


def cases(*languages: str) -> list[object]:
    return [
        pytest.param(block, id=block.name, marks=needs(*block.needs))
        for block in run_blocks(*languages)
    ]


def findings() -> list[Finding]:
    facts = gather_facts()
    return run_checks(facts)


@pytest.mark.parametrize("block", cases("python", "py"))
def test_python_runs_as_a_script(block: Block, machine: Machine) -> None:
    machine.prepare(blocks_before(block))
    script = machine.home / (block.file[0] if block.file else "example.py")
    script.write_text(block.text)
    done = machine.run(f"python {script}")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("block", cases("console"))
def test_a_console_prints_what_the_page_shows(block: Block, machine: Machine) -> None:
    machine.prepare(blocks_before(block))
    compare(block, machine)


def compare(block: Block, machine: Machine) -> None:
    """Run the commands of a console, and compare their output with the page."""
    commands = conversation(block.text)
    assert commands, f"{block.name}: no line begins with $"
    outputs = outputs_of(commands, machine)
    for (command, expected), output in zip(commands, outputs, strict=False):
        if not is_like(output, expected):
            lines = difflib.ndiff(expected.splitlines(), output.strip("\n").splitlines())
            difference = "\n".join(lines)
            pytest.fail(f"{block.name}: $ {command}\n- page, + real output:\n{difference}")
    assert len(outputs) == len(commands) + 1


def outputs_of(commands: list[tuple[str, str]], machine: Machine) -> list[str]:
    """Run the commands of a console in one shell; return what each prints, and an empty rest."""
    lines = [
        f"{machine.real(command)}\n_code=$?; printf '{_MARK}'; (exit $_code)"
        for command, _ in commands
    ]
    return machine.shown(machine.run("\n".join(lines)).stdout).split(_MARK)


def test_consoles_call_only_what_a_test_can_run() -> None:
    foreign = {
        f"{block.name}: {name}"
        for block in run_blocks("console")
        for command, _ in conversation(block.text)
        for name in programs_of(command)
        if name not in COMMANDS
    }
    assert foreign == set(), "write <!-- not run: REASON --> on the line before"


#: Checks of what a machine has.
MISSING = ("missing-file", "missing-module")


@pytest.mark.parametrize("block", cases("yaml", "yml"))
def test_yaml_is_valid_or_marked_as_broken(
    block: Block, machine: Machine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "me")
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
    # This machine lacks the files and modules of the examples.
    found = [finding for finding in findings() if finding.id not in MISSING]
    assert bool(found) == (block.remark == "broken"), found


def test_the_shell_can_parse_scripts() -> None:
    for block in run_blocks("sh", "bash", "shell"):
        done = subprocess.run(
            ["bash", "-n"], input=block.text, capture_output=True, text=True, timeout=20
        )
        assert (block.name, done.returncode, done.stderr) == (block.name, 0, "")


def exports(block: Block) -> dict[str, str]:
    """Return the variables of a block that exports only ``DASK_`` variables, else none."""
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
def test_exported_variables_are_valid(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in exports(block).items():
        monkeypatch.setenv(name, text)
    found = findings()
    assert bool(found) == (block.remark == "broken"), found


def test_blocks_of_text_are_not_python() -> None:
    assert [block.name for block in run_blocks("text", "") if is_python(block.text)] == [], (
        "call it python, so that it is run"
    )


def is_python(text: str) -> bool:
    try:
        statements = ast.parse(text).body
    except SyntaxError:
        return False
    return not all(isinstance(entry, ast.Expr) for entry in statements)


def conversation(text: str) -> list[tuple[str, str]]:
    """Return the commands with their expected outputs; a backslash continues a command."""
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
    """Return the programs that a shell command calls."""
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
    """Return whether an output is as expected, where a line ``...`` stands for any lines.

    At the end of a line, `` ...`` stands for the rest of the line.
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
        pytest.param("a\nb\n", "a", False, id="one line more"),
        pytest.param("a  \nb\n", "a\nb  ", True, id="spaces at the end"),
        pytest.param("a\nb\nc\n", "a\n...", True, id="any end"),
        pytest.param("a\nb\nc\n", "...\nc", True, id="any beginning"),
        pytest.param("a\nc\n", "a\n...\nc", True, id="no line in between"),
        pytest.param("a\nb\n", "...\nc", False, id="lines after it count"),
        pytest.param("a b c\nd", "a ...\nd", True, id="any end of a line"),
        pytest.param("b c\nd", "a ...\nd", False, id="beginning of a line"),
        pytest.param("", "", True, id="nothing"),
        pytest.param("a", "", False, id="unexpected output"),
    ],
)
def test_outputs_are_compared_line_by_line(output: str, expected: str, alike: bool) -> None:
    assert is_like(output, expected) is alike


def test_a_console_is_read_as_commands_and_outputs() -> None:
    text = "$ one \\\n> two\nsaid\n$ three | four; A=1 five\n"
    assert conversation(text) == [("one \\\ntwo", "said"), ("three | four; A=1 five", "")]
    assert programs_of("three 'x | y' | four; A=1 five && six") == {"three", "four", "five", "six"}
