"""Links point to a file of the repository, and to an existing heading in it.

Of links to other sites, only the form is checked, so the tests need no network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import CHECKS_PAGE, DOCS, PAGES, ROOT, anchors_of, name_of, prose_of, slug

_TARGETS = (
    re.compile(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)"),
    re.compile(r"^\[[^]]+\]: <?(\S+?)>?$"),
    re.compile(r"<(https?://[^>\s]+)>"),
    re.compile(r"(?<![(<\"'\w])(https?://[^\s)>\"']+)"),
    re.compile(r"(?:src|href)=\"([^\"]+)\""),
)
#: Host names of this machine; only they may be linked without encryption.
_HERE = ("127.0.0.1", "localhost")


def links(page: Path) -> Iterator[tuple[int, str]]:
    """Yield line and target of each link of a page, outside of code."""
    for number, line in prose_of(page):
        text = re.sub(r"(`+)(?:(?!\1).)+\1", "``", line)
        for pattern in _TARGETS:
            yield from ((number, target) for target in pattern.findall(text))


def problem(page: Path, target: str) -> str | None:
    """Return what is wrong with a link, or None."""
    parts = urlsplit(target)
    if parts.scheme in ("http", "https"):
        host = parts.hostname or ""
        wrong = parts.scheme == "http" and host not in _HERE
        if wrong or ("." not in host and host not in _HERE) or target[-1] in ".,;:":
            return "not an encrypted address of a page"
        return None
    if parts.scheme:
        return None if parts.scheme == "mailto" else f"unknown scheme {parts.scheme}:"
    path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not path.exists():
        return "no such file"
    if ROOT not in path.parents:
        return "outside of the repository"
    if parts.fragment and path.suffix == ".md" and parts.fragment not in anchors_of(path):
        return "no such heading"
    return None


def test_all_links_have_a_target() -> None:
    problems = {
        f"{name_of(page)}:{number}: {target}": problem(page, target)
        for page in PAGES
        for number, target in links(page)
    }
    assert {link: wrong for link, wrong in problems.items() if wrong} == {}


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        pytest.param("layers.md", None, id="a page"),
        pytest.param("layers.md#the-layers", None, id="a heading"),
        pytest.param("layers.md#no-such", "no such heading", id="no heading"),
        pytest.param("#no-such", "no such heading", id="none on the page itself"),
        pytest.param("no-such.md", "no such file", id="no page"),
        pytest.param("../../..", "outside of the repository", id="outside"),
        pytest.param("https://docs.dask.org/en/stable/configuration.html", None, id="another site"),
        pytest.param("https://docs/x", "not an encrypted address of a page", id="no host"),
        pytest.param(
            "http://docs.dask.org",
            "not an encrypted address of a page",
            id="unencrypted",
        ),
        pytest.param("http://127.0.0.1:8787/status", None, id="this machine"),
        pytest.param("file:///etc/dask", "unknown scheme file:", id="another scheme"),
    ],
)
def test_a_wrong_link_is_found(target: str, wrong: str | None) -> None:
    assert problem(DOCS / "backends.md", target) == wrong


def test_links_in_code_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(
        "[a](b.md) `[c](d.md)` <https://e.org>\n```text\n[f](g.md)\n```\n"
    )
    assert [target for _, target in links(tmp_path / "page.md")] == ["b.md", "https://e.org"]


def test_the_heading_of_each_check_can_be_linked() -> None:
    headings = [line[3:] for _, line in prose_of(CHECKS_PAGE) if line.startswith("## ")]
    assert {slug(heading) for heading in headings} <= anchors_of(CHECKS_PAGE)
