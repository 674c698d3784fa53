"""The pages and their parts: fenced blocks, prose, headings, links.

``test_blocks.py`` describes how blocks are tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: Generated from the docstrings of checks; tests/docs/test_examples.py tests their examples.
CHECKS_PAGE = DOCS / "checks.md"
#: Followed step by step in a copy of the repository, see ``copies.py``.
FOLLOWED = (DOCS / "add-a-check.md", DOCS / "add-a-backend.md")

_FENCE = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<info>[^`]*)$")
_REMARK = re.compile(r"<!-- ?(?P<words>broken|not run: .+?|needs: .+?)?(?P<end> ?-->)?$")
_NAME = re.compile(
    r"# (?P<path>(?:~?/)?(?:[\w.-]+/)*[\w.-]+\.(?:ya?ml|json|py|sh|txt)|~/bin/\w+)"
    r"(?: \(mode (?P<mode>\d+)\))?$"
)


def _pages() -> list[Path]:
    roots = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    below = [page for page in DOCS.rglob("*.md") if "_build" not in page.parts]
    return [page for page in (*roots, ROOT / "one-node/README.md", *sorted(below)) if page.exists()]


PAGES = _pages()


def name_of(page: Path) -> str:
    """Return the path of a page in the repository."""
    return str(page.relative_to(ROOT))


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes
    ----------
    page : Path
    line : int
        The line of its fence, from 1.
    language : str
        The language after the fence, or in ``{code-block} LANGUAGE``; for another directive, its
        name in braces.
    text : str
    remark : str
        ``broken``, ``not run: REASON`` or ``needs: MODULES`` from a comment on the line before, else
        empty.
    is_hidden : bool
        True if the block is inside a comment that begins on the line before.
    """

    page: Path
    line: int
    language: str
    text: str
    remark: str = ""
    is_hidden: bool = False

    @property
    def name(self) -> str:
        """Page and line."""
        return f"{name_of(self.page)}:{self.line}"

    @property
    def file(self) -> tuple[str, int] | None:
        """Path and mode of the file that the block is, if its first line names one."""
        match = _NAME.match(self.text.partition("\n")[0])
        return (match["path"], int(match["mode"] or "600", 8)) if match else None

    @property
    def needs(self) -> list[str]:
        """The modules after ``needs:``, without which the block cannot run."""
        is_needed = self.remark.startswith("needs: ")
        return self.remark.removeprefix("needs: ").split(", ") if is_needed else []

    @property
    def is_for_dask(self) -> bool:
        """True if dask would read the file, and for a block without a name."""
        path = self.file[0] if self.file else "~/.config/dask/dask.yaml"
        return path.startswith(("~/.config/dask/", "/etc/dask/"))


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in order, including those in comments."""
    return [found for found in _parts(page) if isinstance(found, Block)]


def prose_of(page: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines outside of fenced blocks, with their numbers."""
    return (found for found in _parts(page) if not isinstance(found, Block))


def table_rows(page: Path, part: str) -> list[list[str]]:
    """Return the cells of each row of the tables below a heading, without their heads."""
    rows: list[list[str]] = []
    is_inside = False
    for _, line in prose_of(page):
        if line.startswith("## "):
            is_inside = line == f"## {part}"
        if is_inside and line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if set(cells[0]) == {"-"}:
                rows.pop()  # the head
            else:
                rows.append(cells)
    return rows


def blocks(languages: Iterable[str], pages: Iterable[Path] = PAGES) -> list[Block]:
    """Return the blocks in these languages, except those that are tested in another way."""
    wanted = [page for page in pages if page not in (CHECKS_PAGE, *FOLLOWED)]
    return [block for page in wanted for block in blocks_of(page) if block.language in languages]


def blocks_before(block: Block) -> list[Block]:
    """Return the earlier blocks on the page that `block` needs: files, and hidden shell.

    A later block for the same file replaces an earlier one.
    """
    above = [other for other in blocks_of(block.page) if other.line < block.line]
    kept = [other for other in above if not other.remark.startswith("not run")]
    return [other for other in kept if other.file or (other.is_hidden and other.language == "sh")]


def _parts(page: Path) -> Iterator[Block | tuple[int, str]]:
    text = page.read_text(encoding="utf-8")
    lines = _without_front_matter(iter(enumerate(text.splitlines(), 1)))
    before = ""
    for number, line in lines:
        opened = _FENCE.match(line)
        if opened is None:
            yield number, line
            before = line.strip() or before
            continue
        indent, marks = len(opened["indent"]), opened["marks"]
        inside = []
        for _, text in lines:
            closing = text.strip()
            if closing.startswith(marks) and not closing.strip(marks[0]):
                break
            inside.append(text[indent:] if not text[:indent].strip() else text)
        remark = _REMARK.match(before)
        words = (remark["words"] if remark else None) or ""
        hidden = remark is not None and not remark["end"]
        text = "".join(f"{entry}\n" for entry in inside)
        yield Block(page, number, _language(opened["info"]), text, words, hidden)
        before = ""


def _without_front_matter(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    first = next(lines, (1, ""))
    if first[1] != "---":
        return chain([first], lines)
    next((line for _, line in lines if line == "---"), None)
    return lines


def _language(info: str) -> str:
    words = info.split()
    if words[:1] in (["{code-block}"], ["{code}"]):
        words = words[1:]
    return words[0] if words else ""


def slug(heading: str) -> str:
    """Return the anchor of a heading, as GitHub and MyST generate it."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page that links can use after ``#``."""
    found: set[str] = set()
    for _, line in prose_of(page):
        if heading := re.match(r"#{1,6} (.+?)(?: \{#([\w.-]+)\})?$", line):
            anchor = slug(heading[1])
            again = sum(1 for other in found if re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", other))
            found.add(f"{anchor}-{again}" if again else anchor)
        found.update(re.findall(r"^\(([\w.-]+)\)=$", line))
        found.update(re.findall(r'(?:id|name)="([\w.-]+)"', line))
        found.update(re.findall(r"\{#([\w.-]+)\}", line))
    return found
