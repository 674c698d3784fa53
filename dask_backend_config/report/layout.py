"""Lay out styled text in lines: wrapped paragraphs, hanging indents, and tables.

Nothing is shortened, and a word longer than a line is not broken, so that keys, values and paths
can be copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.strings import wrapped

#: A string and the name of its style, "" for none.
Piece = tuple[str, str]
Line = list[Piece]
STYLES = {
    "error": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "ok": "green",
    "heading": "bold",
    "dim": "dim",
    "removed": "red",
    "added": "green",
}
#: The width for output that programs read line by line.
NO_WRAP = 10_000
GAP = "  "
INDENT = 4
#: Characters of a cell in the middle of a table; a longer one does not widen its column.
_WIDEST_CELL = 30


def paragraph(text: str, width: int, style: str = "", indent: int = 0) -> Iterator[Line]:
    """Yield the lines of `text`, each of them indented."""
    margin = " " * indent
    for line in wrapped(text, margin, margin, width) or [margin]:
        yield [(line, style)]


def hanging(head: Line, text: str, width: int, style: str = "") -> Iterator[Line]:
    """Yield `head` and `text` in one line; what does not fit continues below the text."""
    column = sum(len(piece) for piece, _ in head)
    first, *rest = paragraph(text, width - column, style)
    yield [*head, *first]
    for [(line, _)] in rest:
        yield [(" " * column + line, style)]


def in_one_line(line: Line, width: int, indent: int = INDENT) -> Iterator[Line]:
    """Yield one line; if it does not fit, each piece but the first is wrapped and indented."""
    if len(plain(line)) <= width:
        yield line
    else:
        yield line[:1]
        yield from _below(line[1:], width, indent)


def table(rows: Sequence[Line], width: int, indent: int = INDENT) -> Iterator[Line]:
    """Yield rows in columns if the table fits; else each row as a heading and the cells below it.

    Parameters
    ----------
    rows : sequence of Line
        One piece for each cell; all rows have as many.
    width : int
        Columns of the terminal, or `NO_WRAP`.
    indent : int, optional
        Of a cell that gets a line for itself.
    """
    lengths = [[len(text) for text, _ in row] for row in rows]
    first, *middle, last = zip(*lengths, strict=True) if rows else [(0,), (0,)]
    widths = [max(first)]
    widths += [max((size for size in sizes if size <= _WIDEST_CELL), default=0) for sizes in middle]
    fits = sum(size + len(GAP) for size in widths) + max(last) <= width
    for row in rows:
        *start, end = row
        padded = zip(start, widths, strict=True)
        line = [*((f"{text:<{size}}{GAP}", style) for (text, style), size in padded), end]
        below: Line = [("  ", ""), *line[1:]]
        if width == NO_WRAP or (fits and len(plain(line)) <= width):
            yield line
            continue
        for heading in wrapped(row[0][0], "", " " * indent, width):
            yield [(heading, "heading")]
        if len(plain(below)) <= width:
            yield below
        else:
            yield from _below(row[1:], width, indent)


def plain(line: Line) -> str:
    """Return a line without its styles."""
    return "".join(text for text, _ in line).rstrip()


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b"])
    ('a, b and c', 'a and b')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 2 else words)


def _below(line: Line, width: int, indent: int) -> Iterator[Line]:
    """Yield each piece that is not blank as an indented paragraph."""
    for text, style in line:
        if text.strip():
            yield from paragraph(text.strip(), width, style, indent)
