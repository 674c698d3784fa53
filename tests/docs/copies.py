"""A copy of the repository in which a page is followed from its first block to its last.

- A block whose first line is ``# PATH`` is that file: of the copy, or of the home.
- ``diff``: ``--- PATH``, then hunks with ``@@`` between them; each finds its place by its lines.
- ``sh``: is run, and must exit with 0.
- ``console``: is run, and must say what follows.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.docs.conftest import Machine
from tests.docs.pages import ROOT, Block, blocks_of
from tests.docs.test_blocks import compare

_LEFT_OUT = shutil.ignore_patterns(
    ".*cache", ".git", ".venv", ".hypothesis", ".nox", "__pycache__", "_build", "dist", "build"
)


def copy_of_repository(folder: Path) -> Path:
    """Copy what a clone has."""
    place = folder / "clone"
    shutil.copytree(ROOT, place, ignore=_LEFT_OUT)
    return place


def follow(page: Path, copy: Path, machine: Machine) -> None:
    """Do what each block of a page says."""
    machine.work_in(copy)
    for block in blocks_of(page):
        if block.language == "diff":
            _patch(block, copy)
        elif block.file and block.file[0].startswith("~"):
            machine.prepare([block])
        elif block.file:
            path = copy / block.file[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text.partition("\n")[2])
        elif block.language == "sh":
            done = machine.run(f"set -e\n{block.text}")
            assert done.returncode == 0, f"{block.name}\n{done.stdout}"
        elif block.language == "console":
            compare(block, machine)


def _patch(block: Block, copy: Path) -> None:
    head, _, text = block.text.partition("\n")
    path = copy / head.removeprefix("--- ")
    for hunk in re.split(r"^@@\n", text, flags=re.MULTILINE):
        lines = [line or " " for line in hunk.splitlines()]
        old = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
        new = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
        there = f"\n{path.read_text()}"
        assert there.count(f"\n{old}") == 1, f"{block.name}: {path.name} has not once\n{old}"
        path.write_text(there.replace(f"\n{old}", f"\n{new}")[1:])
