"""Links lead somewhere: to a file of the repository, and to a heading of it where they name one.

Of links to other sites only the form is looked at, so that the tests need no network.
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
#: Host names of this machine, the only ones without encryption.
_HERE = ("127.0.0.1", "localhost")


def links(page: Path) -> Iterator[tuple[int, str]]:
    """The targets of a page's links with their lines; code is none."""
    for number, line in prose_of(page):
        text = re.sub(r"(`+)(?:(?!\1).)+\1", "``", line)
        for pattern in _TARGETS:
            yield from ((number, target) for target in pattern.findall(text))


def problem(page: Path, target: str) -> str | None:
    """What is wrong with a link; None for nothing."""
    parts = urlsplit(target)
    if parts.scheme in ("http", "https"):
        host = parts.hostname or ""
        wrong = parts.scheme == "http" and host not in _HERE
        if wrong or ("." not in host and host not in _HERE) or target[-1] in ".,;:":
            return "no address of a page, or one without encryption"
        return None
    if parts.scheme:
        return None if parts.scheme == "mailto" else f"what is {parts.scheme}:?"
    path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not path.exists():
        return "there is no such file"
    if ROOT not in path.parents:
        return "it leads out of the repository"
    if parts.fragment and path.suffix == ".md" and parts.fragment not in anchors_of(path):
        return "there is no such heading"
    return None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    wrong = {f"{number}: {target}": problem(page, target) for number, target in links(page)}
    assert {link: said for link, said in wrong.items() if said} == {}


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        pytest.param("layers.md", None, id="a page"),
        pytest.param("layers.md#the-layers", None, id="a heading"),
        pytest.param("layers.md#no-such", "there is no such heading", id="no heading"),
        pytest.param("#no-such", "there is no such heading", id="none on the page itself"),
        pytest.param("no-such.md", "there is no such file", id="no page"),
        pytest.param("../../..", "it leads out of the repository", id="outside"),
        pytest.param("https://docs.dask.org/en/stable/configuration.html", None, id="another site"),
        pytest.param(
            "https://docs/x", "no address of a page, or one without encryption", id="no host"
        ),
        pytest.param(
            "http://docs.dask.org",
            "no address of a page, or one without encryption",
            id="unencrypted",
        ),
        pytest.param("http://127.0.0.1:8787/status", None, id="this machine"),
        pytest.param("file:///etc/dask", "what is file:?", id="another scheme"),
    ],
)
def test_a_wrong_link_would_be_seen(target: str, wrong: str | None) -> None:
    assert problem(DOCS / "backends.md", target) == wrong


def test_links_in_code_are_none(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(
        "[a](b.md) `[c](d.md)` <https://e.org>\n```text\n[f](g.md)\n```\n"
    )
    assert [target for _, target in links(tmp_path / "page.md")] == ["b.md", "https://e.org"]


def test_a_heading_for_each_check_can_be_named() -> None:
    headings = [line[3:] for _, line in prose_of(CHECKS_PAGE) if line.startswith("## ")]
    assert {slug(heading) for heading in headings} <= anchors_of(CHECKS_PAGE)
