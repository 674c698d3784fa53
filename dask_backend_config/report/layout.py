"""Lay out styled text in lines: wrapped paragraphs, hanging indents, and tables.

Nothing is shortened, and a word longer than a line is not broken, so that keys, values and paths
can be copied.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

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
}
#: The width for output that programs read line by line.
NO_WRAP = 10_000
GAP = "  "
INDENT = 4
#: Characters of a cell in the middle of a table; a longer one does not widen its column.
_WIDEST_CELL = 30


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of `text`, at least one."""
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def paragraph(text: str, width: int, style: str = "", indent: int = 0) -> Iterator[Line]:
    """Yield the lines of `text`, each of them indented."""
    for line in wrapped(text, width - indent):
        yield [(" " * indent + line, style)]


def hanging(head: Line, text: str, width: int, style: str = "") -> Iterator[Line]:
    """Yield `head` and `text` in one line; what does not fit continues below the text."""
    column = _length(head)
    first, *rest = wrapped(text, width - column)
    yield [*head, (first, style)]
    for line in rest:
        yield [(" " * column + line, style)]


def in_one_line(line: Line, width: int, indent: int = INDENT) -> Iterator[Line]:
    """Yield one line; if it does not fit, each piece but the first is wrapped and indented."""
    if _length(line) <= width:
        yield line
        return
    (first, style), *rest = line
    yield [(first.rstrip(), style)]
    for text, style in rest:
        if text.strip():
            yield from paragraph(text.strip(), width, style, indent)


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
        cells = [*(_padded(*cell) for cell in zip(start, widths, strict=True)), end]
        line, below = _stripped(cells), _stripped([("  ", ""), *cells[1:]])
        if width == NO_WRAP or (fits and _length(line) <= width):
            yield line
            continue
        heading, *more = wrapped(row[0][0], width)
        yield [(heading, "heading")]
        for text in more:
            yield [(" " * indent + text, "heading")]
        if _length(below) <= width:
            yield below
        else:
            for text, style in row[1:]:
                if text:
                    yield from paragraph(text.strip(), width, style, indent)


def plain(line: Line) -> str:
    """Return a line without its styles."""
    return "".join(text for text, _ in line).rstrip()


def count(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> count(1, "key"), count(2, "key")
    ('1 key', '2 keys')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b"])
    ('a, b and c', 'a and b')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 2 else words)


def _length(line: Line) -> int:
    return sum(len(text) for text, _ in line)


def _padded(piece: Piece, width: int) -> Piece:
    text, style = piece
    return f"{text:<{width}}{GAP}", style


def _stripped(line: Line) -> Line:
    """Return a line without spaces, and without empty pieces, at its end."""
    *start, (text, style) = line
    text = text.rstrip()
    return [*start, (text, style)] if text or not start else _stripped(start)
