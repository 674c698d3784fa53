"""Take keys out of a text: their lines, and nobody else's comments."""

from __future__ import annotations

import re

from .document import MappingEntry, YamlValue
from .lines import live_lines, whole_lines
from .lookup import KeyLookup
from .positions import Source, Splice, end_of_entry, is_flow, own, start_of

#: A comma, and the comment of its own that an entry in braces can have behind it.
_COMMA = re.compile(r"[ \t]*,[ \t]*(?:\#[^\r\n]*)?")
_ALONE = re.compile(r"[ \t]*,?[ \t]*(?:(?<=[ \t,])\#[^\r\n]*)?(?=[\r\n]|\Z)")
_BETWEEN = re.compile(r"[ \t]*,[ \t]*")


def removal(source: Source, lookup: KeyLookup) -> list[Splice]:
    """The changes that take the last entry of `lookup` away, and the sections that it empties."""
    depth = len(lookup.entries) - 1
    while depth and len(lookup.container(depth).items or {}) == 1:
        depth -= 1
    entry, container = lookup.entries[depth], lookup.container(depth)
    if not is_flow(container):
        return whole_lines(source, live_lines(source, entry))
    if len(container.items or {}) == 1:
        return _without_root(source, container)
    return _without_member(source, container, entry)


def _without_root(source: Source, root: YamlValue) -> list[Splice]:
    start, end = start_of(root), int(root.node.end_mark.index)
    lines = source.lines
    first, last = lines.at(start), lines.at(end - 1)
    behind = source.text[end : lines.after(last)].strip()
    if start == lines.starts[first] and (not behind or behind.startswith("#")):
        return whole_lines(source, range(first, last + 1))
    return [Splice(start, end)]


def _without_member(source: Source, container: YamlValue, entry: MappingEntry) -> list[Splice]:
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
