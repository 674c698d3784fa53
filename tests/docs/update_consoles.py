"""Rewrite the outputs in console blocks: ``python -m tests.docs.update_consoles PAGE ...``.

Every block that prints something else than its page shows is rewritten. ``...`` stays where it is: at the
beginning, in the middle or at the end of an output, with as many lines before and after it. Read
the difference before you commit it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.docs.conftest import Machine
from tests.docs.pages import PAGES, Block, blocks, blocks_before, name_of
from tests.docs.test_blocks import conversation, is_like, outputs_of


def updated(expected: str, output: str) -> str:
    """Return the new output of a command, with ``...`` where the page has it."""
    lines, new = expected.split("\n"), output.strip("\n").split("\n")
    places = [number for number, line in enumerate(lines) if line.strip() == "..."]
    if is_like(output, expected):
        return expected
    if not places:
        blank = "\n" * (len(expected) - len(expected.rstrip("\n")))
        return "\n".join(line.rstrip() for line in new) + blank
    before, after = places[0], len(lines) - places[-1] - 1
    kept = [*new[:before], lines[places[0]], *(new[-after:] if after else [])]
    return "\n".join(line.rstrip() for line in kept)


def update(block: Block, folder: Path) -> str:
    """Return the text of a block with the outputs that its commands print now."""
    home, root = folder / "home", folder
    home.mkdir()
    os.environ.update(HOME=str(home), DASK_ROOT_CONFIG=str(root))
    machine = Machine(home, root, folder / "programs")
    machine.prepare(blocks_before(block))
    commands = conversation(block.text)
    parts = []
    for (command, expected), output in zip(commands, outputs_of(commands, machine), strict=False):
        shell = command.replace("\n", "\n> ")
        parts += [f"$ {shell}\n", f"{text}\n" if (text := updated(expected, output)) else ""]
    return "".join(parts)


def main(names: list[str]) -> None:
    """Update the console blocks of the named pages, or of all."""
    for page in [page for page in PAGES if not names or name_of(page) in names]:
        text = page.read_text()
        for block in blocks(["console"], [page]):
            if block.remark.startswith("not run"):
                continue
            with tempfile.TemporaryDirectory(prefix="e") as folder:
                new = update(block, Path(folder))
            if new != block.text and block.text in text:
                print(f"updated {block.name}")
                text = text.replace(block.text, new, 1)
        page.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
