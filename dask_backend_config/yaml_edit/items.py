"""Another list in the style of one whose items stand on lines of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from ..core.equality import strictly_equal
from .document import Entry
from .lines import added_after, keeping_comment, live_lines, whole_lines
from .positions import Source, Splice, column_of, is_flow_node
from .scalars import text_of


def items_replacement(source: Source, entry: Entry, value: list[Any]) -> list[Splice] | None:
    """The changes that make another list of `entry`'s; items that stay keep their lines.

    Returns
    -------
    list of Splice or None
        None where the old items do not each begin a line.
    """
    old: list[Any] = entry.value.data
    groups = _lines_of_items(source, entry)
    if groups is None:
        return None
    head, tail = _common(old, value)
    gone = range(head, len(old) - tail)
    new = [text_of(item) for item in value[head : len(value) - tail]]
    splices: list[Splice] = []
    for place, text in zip(gone, new, strict=False):
        splices += _replaced(source, entry.value.node.value[place], groups[place], text)
    for place in gone[len(new) :]:
        splices += whole_lines(source, groups[place])
    if added := new[len(gone) :]:
        dash = " " * column_of(entry.value) + "- "
        behind = groups[head + len(gone) - 1][-1] if head + len(gone) else groups[0][0] - 1
        splices.append(added_after(source, behind, [dash + text for text in added]))
    return splices


def _common(old: Sequence[Any], new: Sequence[Any]) -> tuple[int, int]:
    """How many items at the beginning, and how many at the end, are in both lists."""
    most = min(len(old), len(new))
    head = next((n for n in range(most) if not strictly_equal(old[n], new[n])), most)
    most -= head
    return head, next((n for n in range(most) if not strictly_equal(old[-1 - n], new[-1 - n])), most)


def _lines_of_items(source: Source, entry: Entry) -> list[list[int]] | None:
    """The lines of each item; None where a ``-`` does not stand in front of its item."""
    column = column_of(entry.value)
    starts = []
    for node in entry.value.node.value:
        number = source.lines.at(int(node.start_mark.index))
        content = source.lines.content(number)
        if content[:column].strip() or content[column : column + 1] != "-":
            return None
        starts.append(number)
    if starts != sorted(set(starts)):
        return None
    live = [number for number in live_lines(source, entry) if number >= starts[0]]
    ends = [*starts[1:], live[-1] + 1]
    return [
        [number for number in live if start <= number < end]
        for start, end in zip(starts, ends, strict=True)
    ]


def _replaced(source: Source, node: Any, numbers: list[int], text: str) -> list[Splice]:
    first, *others = numbers
    start = int(node.start_mark.index)
    if not others and (isinstance(node, yaml.ScalarNode) or is_flow_node(node)):
        return keeping_comment(source, start, int(node.end_mark.index), text)
    end = source.lines.starts[first] + len(source.lines.content(first))
    return [Splice(start, end, text), *whole_lines(source, others)]
