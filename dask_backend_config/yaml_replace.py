"""Put another value where one stands, and leave the comments around it where they are."""

from __future__ import annotations

import re
from typing import Any

import yaml

from .keys import join_path
from .yaml_edits import PatchError, same
from .yaml_remove import live_lines, whole_lines
from .yaml_scalars import text_of
from .yaml_source import (
    Source,
    Splice,
    colon_of,
    column_of,
    end_of,
    end_of_entry,
    is_absent,
    is_flow,
    is_section,
    start_of,
)
from .yaml_spans import Entry
from .yaml_trail import Trail

_HEADER = re.compile(r"[|>][-+0-9]*")
_GAP = re.compile(r"[ \t]+(?=\#)")


def replacement(source: Source, trail: Trail, value: Any) -> list[Splice]:
    """The changes that give the last entry of `trail` another value.

    Raises
    ------
    PatchError
        Where a whole section would be lost.
    """
    entry = trail.entries[-1]
    if same(entry.value.data, value):
        return []
    if is_section(entry.value):
        way = join_path(trail.path)
        words = f"{way} is a section; remove it before you put a single value there"
        raise PatchError(words, source.mark(start_of(entry)))
    flow = is_flow(trail.container(len(trail.entries) - 1))
    node = entry.value.node
    if is_absent(entry):
        return _behind_the_key(source, entry, text_of(value, flow=flow))
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        items = _items(source, entry, value)
        return items if items is not None else _instead_of_lines(source, entry, value)
    start, end = start_of(entry.value), end_of_entry(source, entry)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return _instead_of_block_scalar(source, start, end, text_of(value))
    new = text_of(value, flow=flow, like=_model(source.text[start:end], value))
    if "\n" not in source.text[end_of(entry) : start]:
        return [*_with_comment(source, start, end, new)]
    return [Splice(start, end, new)]


def _model(old: str, value: Any) -> str:
    """What stands there, where it can tell how `value` is best written."""
    quoted = isinstance(value, str) and old[:1] in ("'", '"')
    return old if quoted or isinstance(value, bool) else ""


def _behind_the_key(source: Source, entry: Entry, new: str) -> list[Splice]:
    colon = colon_of(source, entry)
    if colon is None:
        return [Splice(end_of(entry), end_of(entry), f": {new}")]
    return _with_comment(source, colon + 1, colon + 1, f" {new}")


def _with_comment(source: Source, start: int, end: int, new: str) -> list[Splice]:
    """The new text; a comment behind it keeps its column where there is room."""
    gap = _GAP.match(source.text, end)
    if gap is None:
        return [Splice(start, end, new)]
    line = source.lines.starts[source.lines.at(start)]
    last = source.lines.starts[source.lines.at(end)]
    room = (gap.end() - last) - (start - line) - len(new)
    wide = room if room > 0 else min(len(gap.group()), 2)
    return [Splice(start, gap.end(), new + " " * wide)]


def _instead_of_block_scalar(source: Source, start: int, end: int, new: str) -> list[Splice]:
    lines = source.lines
    header = _HEADER.match(source.text, start)
    first = lines.at(start)
    after = header.end() if header else start + 1
    splices = _with_comment(source, start, after, new)
    last = lines.at(max(end - 1, start))
    return [*splices, *whole_lines(source, range(first + 1, last + 1))]


def _instead_of_lines(source: Source, entry: Entry, value: Any) -> list[Splice]:
    """A value on the key's line instead of a list on lines of its own."""
    key_line = source.lines.at(end_of(entry))
    doomed = [number for number in live_lines(source, entry) if number > key_line]
    return [
        *_behind_the_key(source, entry, text_of(value)),
        *whole_lines(source, doomed),
    ]


def _items(source: Source, entry: Entry, value: Any) -> list[Splice] | None:
    """Another list in the style of the old one; None where that cannot be done."""
    old = entry.value.data
    starts = _item_lines(source, entry)
    if not isinstance(value, list) or not value or starts is None:
        return None
    most = min(len(old), len(value))
    head = 0
    while head < most and same(old[head], value[head]):
        head += 1
    tail = 0
    while tail < most - head and same(old[-1 - tail], value[-1 - tail]):
        tail += 1
    lines = source.lines
    live = [number for number in live_lines(source, entry) if number >= starts[0]]
    before = starts[len(old) - tail] if tail else lines.at(end_of_entry(source, entry) - 1) + 1
    first = starts[head] if head < len(old) else before
    doomed = (
        [number for number in live if first <= number < before] if head + tail < len(old) else []
    )
    indent = " " * column_of(entry.value)
    new = [f"{indent}- {text_of(item)}" for item in value[head : len(value) - tail]]
    if not doomed:
        return [added_after(source, before - 1, new)] if new else []
    # In place, line by line, so that a changed item changes its line only.
    splices = []
    for number, text in zip(doomed, new, strict=False):
        content = lines.content(number)
        splices.append(Splice(lines.starts[number], lines.starts[number] + len(content), text))
    if len(new) > len(doomed):
        extra = lines.ending(doomed[-1]) or "\n"
        last = splices.pop()
        splices.append(Splice(last.start, last.end, extra.join(new[len(doomed) - 1 :])))
    return [*splices, *whole_lines(source, doomed[len(new) :])]


def _item_lines(source: Source, entry: Entry) -> list[int] | None:
    """The line of each item's ``-``; None where one does not stand in front of its item."""
    column = column_of(entry.value)
    found = []
    for node in entry.value.node.value:
        number = source.lines.at(int(node.start_mark.index))
        content = source.lines.content(number)
        if content[:column].strip() or content[column : column + 1] != "-":
            return None
        found.append(number)
    return found if found == sorted(set(found)) else None


def added_after(source: Source, number: int, new: list[str]) -> Splice:
    """New lines behind a line, ended as their neighbours are."""
    lines = source.lines
    ending = lines.ending(number) or (lines.ending(number - 1) if number else "")
    if not ending and len(lines) > 1:
        ending = lines.ending(0)
    ending = ending or "\n"
    position = lines.after(number)
    if lines.ending(number):
        return Splice(position, position, "".join(line + ending for line in new))
    if lines.is_blank(number):
        return Splice(position, position, "".join(line + ending for line in new))
    return Splice(position, position, "".join(ending + line for line in new))
