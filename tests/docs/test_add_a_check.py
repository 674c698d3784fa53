"""docs/add-a-check.md, done as it says, adds a check that works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.conftest import Machine
from tests.docs.copies import copy_of_repository, follow
from tests.docs.pages import DOCS

PAGE = DOCS / "add-a-check.md"


@pytest.mark.timeout(300)
def test_the_page_adds_a_check(tmp_path: Path, machine: Machine) -> None:
    copy = copy_of_repository(tmp_path)
    follow(PAGE, copy, machine)
    assert "## stagger-over-duration\n" in (copy / "docs" / "checks.md").read_text()
