"""Take keys out of a text: their lines, and nobody else's comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from .yaml_source import (
    Source,
    Splice,
    end_of_entry,
    is_flow,
    own,
    start_of,
)
from .yaml_spans import Entry, Value
from .yaml_trail import Trail

#: A comma, and the comment of its own that an entry in braces can have behind it.
_COMMA = re.compile(r"[ \t]*,[ \t]*(?:\#[^\r\n]*)?")
_ALONE = re.compile(r"[ \t]*,?[ \t]*(?:(?<=[ \t,])\#[^\r\n]*)?(?=[\r\n]|\Z)")
_BETWEEN = re.compile(r"[ \t]*,[ \t]*")


def removal(source: Source, trail: Trail) -> list[Splice]:
    """The changes that take the last entry of `trail` away, and the sections that it empties."""
    depth = len(trail.entries) - 1
    while depth and len(trail.container(depth).items or {}) == 1:
        depth -= 1
    entry, container = trail.entries[depth], trail.container(depth)
    if not is_flow(container):
        return whole_lines(source, live_lines(source, entry))
    if len(container.items or {}) == 1:
        return _without_root(source, container)
    return _without_member(source, container, entry)


def _without_root(source: Source, root: Value) -> list[Splice]:
    start, end = start_of(root), int(root.node.end_mark.index)
    lines = source.lines
    first, last = lines.at(start), lines.at(end - 1)
    behind = source.text[end : lines.after(last)].strip()
    if start == lines.starts[first] and (not behind or behind.startswith("#")):
        return whole_lines(source, range(first, last + 1))
    return [Splice(start, end)]


def live_lines(source: Source, entry: Entry) -> list[int]:
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


def _without_member(source: Source, container: Value, entry: Entry) -> list[Splice]:
    lines, text = source.lines, source.text
    start, end = start_of(entry), end_of_entry(source, entry)
    number = lines.at(start)
    alone = _ALONE.match(text, end)
    if alone and not text[lines.starts[number] : start].strip():
        return whole_lines(source, range(number, lines.at(end - 1) + 1))
    entries = own(container)
    place = entries.index(entry)
    if place < len(entries) - 1:
        comma = _COMMA.match(text, end)
        return [Splice(start, comma.end() if comma else end)]
    before = end_of_entry(source, entries[place - 1]) if place else start
    between = _BETWEEN.fullmatch(text, before, start)
    return [Splice(before if between else start, end)]
