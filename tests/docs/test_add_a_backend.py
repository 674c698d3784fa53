"""The steps of docs/add-a-backend.md add a backend that runs tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.conftest import Machine
from tests.docs.copies import copy_of_repository, follow
from tests.docs.pages import DOCS

PAGE = DOCS / "add-a-backend.md"


@pytest.mark.timeout(300)
def test_the_page_adds_a_backend(tmp_path: Path, machine: Machine) -> None:
    copy = copy_of_repository(tmp_path)
    follow(PAGE, copy, machine)
    assert "backends.flux.exclusive" in (copy / "docs" / "keys.md").read_text()
