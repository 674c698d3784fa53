"""The lines of a file around a place, as pieces of text: what is marked, what is hidden."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...config.sources import SourceFile
from ...core.origins import Origin
from ...yaml_edit.document import Mark
from ...yaml_edit.lines import Lines
from ...yaml_edit.pyyaml_internals import end_of
from ..redact import Hidden, Span

#: Lines before and behind, and characters of a long line before and behind the mark.
AROUND = 3
_BEFORE, _BEHIND = 80, 220
_CUT = "…"
_WORD = re.compile(r"[^\s#,}\]]+")


@dataclass(frozen=True, slots=True)
class ExcerptLine:
    """A line of a file.

    Attributes
    ----------
    number : int
        Counted from 1.
    is_place : bool
        Whether it is the line that the excerpt is about.
    pieces : tuple of (str, bool)
        Its text, and which parts of it are marked; a hidden part is the mask.
    """

    number: int
    is_place: bool
    pieces: tuple[tuple[str, bool], ...]


def excerpt(file: SourceFile, origin: Origin, hidden: Sequence[Hidden]) -> tuple[ExcerptLine, ...]:
    """The lines around a place, none where the place has no line.

    Parameters
    ----------
    file : SourceFile
    origin : Origin
        A place in it.
    hidden : sequence of Hidden
        What not to show, sorted and without overlaps, as `Concealer.lines` gives it.
    """
    if not file.text or not origin.line:
        return ()
    lines = Lines(file.text)
    place = min(origin.line, len(lines)) - 1
    first, last = max(place - AROUND, 0), min(place + AROUND, len(lines) - 1)
    while last > place and lines.is_blank(last):
        last -= 1
    while first < place and lines.is_blank(first):
        first += 1
    marked = _marked(file, lines, place, origin.column or 1)
    return tuple(
        ExcerptLine(number + 1, number == place, tuple(_pieces(lines, number, marked, hidden)))
        for number in range(first, last + 1)
    )


def _marked(file: SourceFile, lines: Lines, number: int, column: int) -> Span:
    """What to mark: the key or value that begins there, else a word, within the line."""
    line = lines.starts[number]
    end_of_line = line + len(lines.content(number).rstrip())
    start = min(line + column - 1, end_of_line)
    ends = [end for end in _ends_of_nodes(file, Mark(number + 1, column)) if end > start]
    if ends:  # a section begins where its first key does
        return start, min(*ends, end_of_line)
    found = _WORD.match(file.text, start, end_of_line)
    return start, found.end() if found else end_of_line


def _ends_of_nodes(file: SourceFile, mark: Mark) -> Iterator[int]:
    """Where the keys and values end that begin at `mark`."""
    for _, entry in file.document.walk() if file.document else ():
        for place, node in ((entry.mark, entry.node), (entry.value.mark, entry.value.node)):
            if place == mark:
                yield end_of(node)


def _pieces(
    lines: Lines, number: int, marked: Span, hidden: Sequence[Hidden]
) -> Iterator[tuple[str, bool]]:
    begin = lines.starts[number]
    end = begin + len(lines.content(number))
    start, stop = _window(begin, end, marked)
    if start > begin:
        yield _CUT, False
    for part in hidden[bisect_right(hidden, start, key=lambda part: part.end) :]:
        if part.start >= stop:
            break
        if part.start < begin:  # it began in a line above
            indent = stop - len(lines.text[start:stop].lstrip())
            yield from _split(lines.text, start, indent, marked)
        yield from _split(lines.text, start, max(start, part.start), marked)
        yield part.instead, part.start < marked[1] and marked[0] < part.end
        start = min(part.end, stop)
    yield from _split(lines.text, start, stop, marked)
    if stop < end:
        yield _CUT, False


def _window(begin: int, end: int, marked: Span) -> Span:
    """The part of a line that is shown."""
    if end - begin <= _BEFORE + _BEHIND:
        return begin, end
    middle = marked[0] if begin <= marked[0] < end else begin
    start = max(begin, middle - _BEFORE)
    return start, min(end, start + _BEFORE + _BEHIND)


def _split(text: str, start: int, end: int, marked: Span) -> Iterator[tuple[str, bool]]:
    """The text from `start` to `end`, in up to three pieces."""
    first = min(max(marked[0], start), end)
    last = min(max(marked[1], first), end)
    for begin, stop, is_marked in ((start, first, False), (first, last, True), (last, end, False)):
        if begin < stop:
            yield text[begin:stop], is_marked
