"""Generated pages are current, and the examples of the checks are found and fixed."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from dask_backend_config.clusters.processes import Cluster, ClusterProcess
from dask_backend_config.config import interpreter
from dask_backend_config.doctor.checks import CHECKS, CLUSTER_CHECKS, SITE_CHECKS, Check
from dask_backend_config.doctor.examine import Findings
from dask_backend_config.doctor.facts import Facts, gather_facts
from dask_backend_config.doctor.site_probe import with_sites
from tests.consoles import write_programs

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: A scheduler for examples that show none.
CONSOLE = """
$ scontrol ping
Slurmctld(primary) at head is UP
$ sinfo --all --noheader --format "%P|%a|%l|%c|%m|%G"
main*|up|infinite|8|16000|(null)
"""
NAMED = re.compile(r"# ~/\.config/dask/(\S+)(?: \(mode (\d+)\)| on .* node)?\n")
#: Whose files the blocks of an example are, if the check is about a cluster.
ROLES = ("scheduler", "worker")


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["checks.md", "commands.md", "keys.md"])
def test_a_generated_page_is_current(name: str) -> None:
    expected = _generator().PAGES[name]()
    assert (ROOT / "docs" / name).read_text() == expected, "run python docs/generate.py"


def test_the_page_has_one_heading_for_each_check() -> None:
    headings = re.findall(r"^## (\S+)$", (ROOT / "docs" / "checks.md").read_text(), re.MULTILINE)
    assert headings == [check.id for check in CHECKS]
    assert len(set(headings)) == len(headings)


def _blocks(check: Check, label: str) -> list[tuple[str, str]]:
    """Return the fenced blocks between `label` and the next label, as (language, text)."""
    document = check.explanation
    start = document.index(f"{label}:")
    ends = [document.find(f"\n{other}:", start + 1) for other in ("Broken", "Fixed")]
    return BLOCK.findall(document[start : min([e for e in ends if e > 0], default=len(document))])


def _console(check: Check, label: str) -> str:
    """Return the scheduler's answers: in the example's blocks, or before both examples."""
    before = BLOCK.findall(check.explanation.partition("Broken:")[0])
    shown = [text for language, text in [*before, *_blocks(check, label)] if language == "console"]
    return "".join(shown) or CONSOLE


@pytest.fixture
def example(
    user_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Facts]:
    """Write the files and variables of an example into an empty home, and gather facts.

    Only checks of a scheduler ask one; no other program is on PATH then.
    """

    def apply(check: Check, label: str) -> Facts:
        blocks = _blocks(check, label)
        assert blocks
        processes = []
        for language, text in blocks:
            if language == "yaml":
                named = NAMED.match(text)
                name, mode = named.groups() if named else ("dask.yaml", None)
                (user_folder / name).write_text(text)
                (user_folder / name).chmod(int(mode or "600", 8))
                if check in CLUSTER_CHECKS:
                    taken = interpreter.snapshot_of_new_process()
                    role = ROLES[len(processes)]
                    processes.append(ClusterProcess(role, f"tcp://{role}", "", taken))
            elif language == "sh":
                for name, value in _environment_after(text).items():
                    if name.upper().startswith(("DASK", "SBATCH")):
                        monkeypatch.setenv(name, value)
        if check in CLUSTER_CHECKS:
            cluster = Cluster("tcp://scheduler", tuple(processes))
            return dataclasses.replace(gather_facts(), cluster=cluster)
        if check not in SITE_CHECKS:
            return gather_facts()
        monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
        write_programs(tmp_path / "bin", _console(check, label))
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        return with_sites(gather_facts())

    return apply


def _environment_after(script: str) -> dict[str, str]:
    command = ["sh", "-e", "-c", f"{script}\nenv -0"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return dict(entry.split("=", 1) for entry in done.stdout.split("\0") if "=" in entry)


GOLDEN = Path(__file__).with_name("findings.txt")


def _golden() -> dict[str, str]:
    """Return the findings of the golden file, which has the id of a check before each."""
    _, *parts = re.split(r"^# (\S+)\n", GOLDEN.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


CASES = [pytest.param(check, id=check.id) for check in CHECKS]


@pytest.mark.parametrize("check", CASES)
def test_the_broken_example_has_the_findings_of_the_golden_file(
    check: Check, example: Callable[..., Facts]
) -> None:
    facts = example(check, "Broken")
    found = [dataclasses.replace(finding, id=check.id) for finding in check.run(facts)]
    assert found
    golden = _golden()
    if os.environ.get("UPDATE_GOLDEN"):
        golden[check.id] = f"{Findings(found)}\n"
        GOLDEN.write_text("\n".join(f"# {name}\n{text.strip()}\n" for name, text in golden.items()))
    assert str(Findings(found)) == golden[check.id].strip(), "to update: UPDATE_GOLDEN=1 pytest"


@pytest.mark.parametrize("check", CASES)
def test_no_check_finds_anything_in_the_fixed_example(
    check: Check, example: Callable[..., Facts]
) -> None:
    facts = example(check, "Fixed")
    assert [finding for other in CHECKS for finding in other.run(facts)] == []


def test_the_readmes_python_example_runs_as_a_script(tmp_path: Path) -> None:
    (code,) = [text for kind, text in BLOCK.findall(README) if kind == "python"]
    (tmp_path / "example.py").write_text(code)
    command = [sys.executable, str(tmp_path / "example.py")]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("49\n", 0), done.stderr


@pytest.mark.parametrize("heading", ["Try it", "Run the tests"])
def test_the_readme_has_one_command_line_for_each_promise(heading: str) -> None:
    _, _, rest = README.partition(f"\n## {heading}\n")
    (_, command), *_ = BLOCK.findall(rest)
    assert len(command.strip().splitlines()) == 1
