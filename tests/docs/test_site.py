"""The site is built from the pages without a warning."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT

MISSING = [name for name in ("sphinx", "myst_parser", "furo") if not importlib.util.find_spec(name)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    if MISSING and not os.environ.get("REQUIRE_SCHEDULERS"):
        pytest.skip(f"{', '.join(MISSING)} not installed: pip install -e '.[docs]'")
    out = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        "docs",
        str(out),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return out


@pytest.mark.timeout(400)
def test_the_site_is_built_without_a_warning_and_has_every_page(site: Path) -> None:
    pages = [page.relative_to(DOCS).with_suffix(".html") for page in PAGES if DOCS in page.parents]
    assert [page for page in pages if not (site / page).exists()] == []
