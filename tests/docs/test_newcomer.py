"""The blocks that ``one-node/newcomer`` takes out of the pages are there; the script itself takes a minute."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, blocks_of

SCRIPT = (ROOT / "one-node" / "newcomer").read_text()
LANGUAGES = {"program": "python", "configure": "yaml"}
TAKEN = re.findall(r'\b(paste|program|configure) ([\w./-]+\.md) "([^"]*)"(?: (sh|bash))?', SCRIPT)


def test_the_script_takes_blocks() -> None:
    assert len(TAKEN) >= 6


@pytest.mark.parametrize(
    ("page", "heading", "language"),
    [
        pytest.param(page, heading, said or LANGUAGES[way], id=f"{page}: {heading}")
        for way, page, heading, said in TAKEN
    ],
)
def test_a_block_that_the_newcomer_needs_is_there(page: str, heading: str, language: str) -> None:
    lines = (ROOT / page).read_text().splitlines()
    heads = [number for number, line in enumerate(lines, 1) if line.startswith("## ")]
    start = lines.index(f"## {heading}") + 1 if heading else 1
    end = min((number for number in heads if number > start), default=len(lines) + 1)
    found = [block for block in blocks_of(ROOT / page) if start < block.line < end]
    assert language in [block.language for block in found]
