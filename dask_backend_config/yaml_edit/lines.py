"""Changes to lines: which of them hold a value, and how some are added, changed or taken away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from .document import MappingEntry
from .positions import Source, Splice, end_of_entry, start_of

_GAP = re.compile(r"[ \t]+(?=\#)")


def live_lines(source: Source, entry: MappingEntry) -> list[int]:
    """The lines from an entry's key to the end of its value, without the comments between them.

    Blank lines stay where comments do, which they set apart.
    """
    lines = source.lines
    first = lines.at(start_of(entry))
    last = lines.at(max(end_of_entry(source, entry) - 1, start_of(entry)))
    inside = {
        number
        for start, end in _spans(entry.value.node)
        for number in range(lines.at(start), lines.at(end) + 1)
    }
    numbers = range(first, last + 1)
    comments = {n for n in numbers if n not in inside and lines.is_comment(n)}
    if comments:
        comments |= {n for n in numbers if n not in inside and lines.is_blank(n)}
    return [number for number in numbers if number not in comments]


def _spans(node: Any) -> Iterator[tuple[int, int]]:
    """Values of several lines: what looks like a comment in them is none."""
    start, end = node.start_mark, node.end_mark
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        if start.line != end.line:
            yield start.index, max(end.index - 1, start.index)
        return
    for inner in node.value:
        for child in inner if isinstance(inner, tuple) else (inner,):
            yield from _spans(child)


def whole_lines(source: Source, numbers: Iterable[int]) -> list[Splice]:
    """Take lines away with their ends."""
    lines = source.lines
    splices: list[Splice] = []
    for number in numbers:
        start, end = lines.starts[number], lines.after(number)
        if splices and splices[-1].end == start:
            start = splices.pop().start
        splices.append(Splice(start, end))
    return splices


def added_after(source: Source, number: int, new: list[str]) -> Splice:
    """New lines behind a line, ended as their neighbours are."""
    lines = source.lines
    position, own = lines.after(number), lines.ending(number)
    ending = own or (lines.ending(number - 1) if number else "") or "\n"
    if own or lines.is_blank(number):
        return Splice(position, position, "".join(line + ending for line in new))
    return Splice(position, position, "".join(ending + line for line in new))


def keeping_comment(source: Source, start: int, end: int, new: str) -> list[Splice]:
    """Other text in a line; a comment behind it keeps its column where there is room."""
    gap = _GAP.match(source.text, end)
    if gap is None:
        return [Splice(start, end, new)]
    line = source.lines.starts[source.lines.at(start)]
    last = source.lines.starts[source.lines.at(end)]
    room = (gap.end() - last) - (start - line) - len(new)
    wide = room if room > 0 else min(len(gap.group()), 2)
    return [Splice(start, gap.end(), new + " " * wide)]
