"""Put another value where one stands, and leave the comments around it where they are."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ..core.equality import strictly_equal
from ..core.keys import join_path
from .document import Entry
from .edits import PatchError
from .items import items_replacement
from .lines import keeping_comment, live_lines, whole_lines
from .lookup import KeyLookup
from .positions import (
    Source,
    Splice,
    colon_of,
    end_of,
    end_of_entry,
    is_absent,
    is_flow,
    is_section,
    start_of,
)
from .scalars import text_of

_HEADER = re.compile(r"[|>][-+0-9]*")


def replacement(source: Source, lookup: KeyLookup, value: Any) -> list[Splice]:
    """The changes that give the last entry of `lookup` another value.

    Raises
    ------
    PatchError
        Where a whole section would be lost.
    """
    entry = lookup.entries[-1]
    if strictly_equal(entry.value.data, value):
        return []
    if is_section(entry.value):
        way = join_path(lookup.path)
        words = f"{way} is a section; remove it before you put a single value there"
        raise PatchError(words, source.mark(start_of(entry)))
    flow = is_flow(lookup.container(len(lookup.entries) - 1))
    node = entry.value.node
    if is_absent(entry):
        return _behind_the_key(source, entry, text_of(value, flow=flow))
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        items = items_replacement(source, entry, value) if value and type(value) is list else None
        return _instead_of_lines(source, entry, value) if items is None else items
    start, end = start_of(entry.value), end_of_entry(source, entry)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return _instead_of_block_scalar(source, start, end, text_of(value))
    new = text_of(value, flow=flow, like=_model(source.text[start:end], value))
    if "\n" not in source.text[end_of(entry) : start]:
        return keeping_comment(source, start, end, new)
    return [Splice(start, end, new)]


def _model(old: str, value: Any) -> str:
    """What stands there, where it can tell how `value` is best written."""
    quoted = isinstance(value, str) and old[:1] in ("'", '"')
    return old if quoted or isinstance(value, bool) else ""


def _behind_the_key(source: Source, entry: Entry, new: str) -> list[Splice]:
    colon = colon_of(source, entry)
    if colon is None:
        return [Splice(end_of(entry), end_of(entry), f": {new}")]
    return keeping_comment(source, colon + 1, colon + 1, f" {new}")


def _instead_of_block_scalar(source: Source, start: int, end: int, new: str) -> list[Splice]:
    lines = source.lines
    header = _HEADER.match(source.text, start)
    first = lines.at(start)
    after = header.end() if header else start + 1
    splices = keeping_comment(source, start, after, new)
    last = lines.at(max(end - 1, start))
    while last > first and lines.is_blank(last):
        last -= 1  # "|+" counts them in; they also set apart what follows
    return [*splices, *whole_lines(source, range(first + 1, last + 1))]


def _instead_of_lines(source: Source, entry: Entry, value: Any) -> list[Splice]:
    """A value on the key's line instead of a list on lines of its own."""
    key_line = source.lines.at(end_of(entry))
    doomed = [number for number in live_lines(source, entry) if number > key_line]
    return [
        *_behind_the_key(source, entry, text_of(value)),
        *whole_lines(source, doomed),
    ]
