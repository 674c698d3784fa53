"""Replace a value, and keep the comments around it and the lines of list items that stay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..core.equality import strictly_equal
from ..core.keys import join_path
from . import pyyaml_internals as pyyaml
from .document import MappingEntry
from .edits import PatchError
from .line_changes import delete_lines, insert_lines, lines_of_entry, replace_in_line
from .lookup import KeyLookup
from .scalars import to_yaml
from .source_text import SourceText, TextChange
from .yaml_versions import differs

_BLOCK_SCALAR_HEADER = re.compile(r"[|>][-+0-9]*")


_REWRITTEN = object()


def replacement(source: SourceText, lookup: KeyLookup, value: Any) -> list[TextChange]:
    """Return the changes that replace the value of the last entry of `lookup`.

    Raises
    ------
    PatchError
        If the change would delete a section.
    """
    entry = lookup.last
    node = entry.value.node
    if strictly_equal(entry.value.data, value) and not differs(node):
        return []
    if entry.value.is_section:
        key = join_path(found.key for found in lookup.entries)
        words = f"{key} is a section; remove it before you set a single value"
        raise PatchError(words, entry.mark)
    flow = lookup.containers[-1].is_flow
    if entry.is_absent:
        return [_after_key(source, entry, to_yaml(value, flow=flow))]
    if isinstance(entry.value.data, list) and not entry.value.is_flow:
        items = _item_changes(source, entry, value) if value and type(value) is list else None
        return _instead_of_lines(source, entry, value) if items is None else items
    if pyyaml.is_block_scalar(node):
        return _instead_of_block_scalar(source, entry, value)
    start, end = entry.value.start, source.end_of_entry(entry)
    old = source.text[start:end]
    quoted = isinstance(value, str) and old[:1] in ("'", '"')
    new = to_yaml(value, flow=flow, like=old if quoted or isinstance(value, bool) else "")
    if "\n" in source.text[entry.key_end : start]:
        return [TextChange(start, end, new)]
    return [replace_in_line(source, start, end, new)]


def _after_key(source: SourceText, entry: MappingEntry, new: str) -> TextChange:
    position = source.after_colon(entry)
    if position == entry.key_end:
        return TextChange(position, position, f": {new}")
    return replace_in_line(source, position, position, f" {new}")


def _instead_of_block_scalar(
    source: SourceText, entry: MappingEntry, value: Any
) -> list[TextChange]:
    lines, start = source.lines, entry.value.start
    header = _BLOCK_SCALAR_HEADER.match(source.text, start)
    first, last = lines.at(start), lines.at(max(source.end_of_entry(entry) - 1, start))
    while last > first and lines.is_blank(last):
        last -= 1  # they belong to a scalar with "|+", but also separate what follows
    change = replace_in_line(source, start, header.end() if header else start + 1, to_yaml(value))
    return [change, *delete_lines(source, range(first + 1, last + 1))]


def _instead_of_lines(source: SourceText, entry: MappingEntry, value: Any) -> list[TextChange]:
    """Replace a list with one item a line by a value on the key's line."""
    key_line = source.lines.at(entry.key_end)
    numbers = [number for number in lines_of_entry(source, entry) if number > key_line]
    return [_after_key(source, entry, to_yaml(value)), *delete_lines(source, numbers)]


def _item_changes(
    source: SourceText, entry: MappingEntry, value: list[Any]
) -> list[TextChange] | None:
    """Return the changes of a list with one item a line, None if it is written in another way."""
    # An item that YAML 1.2 reads differently is written anew.
    nodes = zip(entry.value.data, entry.value.node.value, strict=True)
    old = [_REWRITTEN if differs(node) else item for item, node in nodes]
    groups = _lines_of_items(source, entry)
    if groups is None:
        return None
    head = _common_length(old, value)
    tail = _common_length(old[head:][::-1], value[head:][::-1])
    changing = range(head, len(old) - tail)
    new = [to_yaml(item) for item in value[head : len(value) - tail]]
    changes: list[TextChange] = []
    for place, text in zip(changing, new, strict=False):
        changes += _item_change(source, entry.value.node.value[place], groups[place], text)
    for place in changing[len(new) :]:
        changes += delete_lines(source, groups[place])
    if added := new[len(changing) :]:
        dash = " " * entry.value.indent + "- "
        above = head + len(changing)
        number = groups[above - 1][-1] if above else groups[0][0] - 1
        changes.append(insert_lines(source, number, [dash + text for text in added]))
    return changes


def _common_length(one: Sequence[Any], other: Sequence[Any]) -> int:
    """Return how many items at the beginning of two lists are equal."""
    pairs = enumerate(zip(one, other, strict=False))
    shorter = min(len(one), len(other))
    return next((number for number, pair in pairs if not strictly_equal(*pair)), shorter)


def _lines_of_items(source: SourceText, entry: MappingEntry) -> list[list[int]] | None:
    """Return the lines of each item, None if not every item begins with ``-`` on a new line."""
    column = entry.value.indent
    starts = []
    for node in entry.value.node.value:
        number = source.lines.at(pyyaml.start_of(node))
        content = source.lines.content(number)
        if content[:column].strip() or content[column : column + 1] != "-":
            return None
        starts.append(number)
    if starts != sorted(set(starts)):
        return None
    lines = lines_of_entry(source, entry)
    ends = [*starts[1:], lines[-1] + 1]
    return [
        [number for number in lines if start <= number < end]
        for start, end in zip(starts, ends, strict=True)
    ]


def _item_change(source: SourceText, node: Any, numbers: list[int], text: str) -> list[TextChange]:
    first, *others = numbers
    start = pyyaml.start_of(node)
    if not others and (pyyaml.is_scalar(node) or pyyaml.is_flow(node)):
        return [replace_in_line(source, start, pyyaml.end_of(node), text)]
    end = source.lines.starts[first] + len(source.lines.content(first))
    return [TextChange(start, end, text), *delete_lines(source, others)]
