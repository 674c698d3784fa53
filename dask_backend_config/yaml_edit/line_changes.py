"""Changes that add, replace or delete lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from . import pyyaml_internals as pyyaml
from .document import MappingEntry
from .source_text import SourceText, TextChange

_SPACE_BEFORE_COMMENT = re.compile(r"[ \t]+(?=\#)")


def lines_of_entry(source: SourceText, entry: MappingEntry) -> list[int]:
    """Return the lines from an entry's key to the end of its value, without comments between them.

    If there are such comments, blank lines stay, too, since they separate comments.
    """
    lines = source.lines
    first = lines.at(entry.start)
    last = lines.at(max(source.end_of_entry(entry) - 1, entry.start))
    inside = {
        number
        for start, end in _long_values(entry.value.node)
        for number in range(lines.at(start), lines.at(end) + 1)
    }
    outside = [number for number in range(first, last + 1) if number not in inside]
    comments = {number for number in outside if lines.is_comment(number)}
    if comments:
        comments |= {number for number in outside if lines.is_blank(number)}
    return [number for number in range(first, last + 1) if number not in comments]


def _long_values(node: Any) -> Iterator[tuple[int, int]]:
    """Yield the positions of values on several lines, where ``#`` need not begin a comment."""
    if pyyaml.is_scalar(node) or pyyaml.is_flow(node):
        if node.start_mark.line != node.end_mark.line:
            start = pyyaml.start_of(node)
            yield start, max(pyyaml.end_of(node) - 1, start)
        return
    for child in pyyaml.children(node):
        yield from _long_values(child)


def delete_lines(source: SourceText, numbers: Iterable[int]) -> list[TextChange]:
    """Delete lines with their line ends."""
    lines = source.lines
    changes: list[TextChange] = []
    for number in numbers:
        start, end = lines.starts[number], lines.after(number)
        if changes and changes[-1].end == start:
            start = changes.pop().start
        changes.append(TextChange(start, end))
    return changes


def insert_lines(source: SourceText, number: int, new: list[str]) -> TextChange:
    """Insert lines after line `number`, with the same line end as their neighbours."""
    lines = source.lines
    position, own = lines.after(number), lines.ending(number)
    ending = own or (lines.ending(number - 1) if number else "") or "\n"
    if own or lines.is_blank(number):
        return TextChange(position, position, "".join(line + ending for line in new))
    return TextChange(position, position, "".join(ending + line for line in new))


def replace_in_line(source: SourceText, start: int, end: int, new: str) -> TextChange:
    """Replace a part of a line; a comment after it keeps its column if there is room."""
    gap = _SPACE_BEFORE_COMMENT.match(source.text, end)
    if gap is None:
        return TextChange(start, end, new)
    lines = source.lines
    line, last = lines.starts[lines.at(start)], lines.starts[lines.at(end)]
    room = (gap.end() - last) - (start - line) - len(new)
    width = room if room > 0 else min(len(gap.group()), 2)
    return TextChange(start, gap.end(), new + " " * width)
