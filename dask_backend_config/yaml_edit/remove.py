"""Remove keys from a text with their lines, but not the comments between them."""

from __future__ import annotations

import re

from . import pyyaml_internals as pyyaml
from .document import MappingEntry, YamlValue
from .line_changes import delete_lines, lines_of_entry
from .lookup import KeyLookup
from .source_text import SourceText, TextChange

#: A comma, and the comment that may follow it on the line of its entry.
_COMMA = re.compile(r"[ \t]*,[ \t]*(?:\#[^\r\n]*)?")
_REST_OF_LINE = re.compile(r"[ \t]*,?[ \t]*(?:(?<=[ \t,])\#[^\r\n]*)?(?=[\r\n]|\Z)")
_ONLY_COMMA = re.compile(r"[ \t]*,[ \t]*")


def removal(source: SourceText, lookup: KeyLookup) -> list[TextChange]:
    """Return the changes that remove the last entry of `lookup` and emptied sections."""
    depth = first_emptied(lookup)
    entry, container = lookup.entries[depth], lookup.containers[depth]
    if not container.is_flow:
        return delete_lines(source, lines_of_entry(source, entry))
    if len(container.items or {}) == 1:
        return _without_document(source, container)
    return _without_member(source, container, entry)


def first_emptied(lookup: KeyLookup) -> int:
    """Return the index of the first entry of `lookup` that holds nothing but the last one."""
    depth = len(lookup.entries) - 1
    while depth and len(lookup.containers[depth].items or {}) == 1:
        depth -= 1
    return depth


def _without_document(source: SourceText, root: YamlValue) -> list[TextChange]:
    """Remove braces that are the only content of a document."""
    start, end = root.start, pyyaml.end_of(root.node)
    lines = source.lines
    first, last = lines.at(start), lines.at(end - 1)
    behind = source.text[end : lines.after(last)].strip()
    if start == lines.starts[first] and (not behind or behind.startswith("#")):
        return delete_lines(source, range(first, last + 1))
    return [TextChange(start, end)]


def _without_member(
    source: SourceText, container: YamlValue, entry: MappingEntry
) -> list[TextChange]:
    """Remove an entry in braces with one of the commas around it."""
    lines, text = source.lines, source.text
    start, end = entry.start, source.end_of_entry(entry)
    number = lines.at(start)
    if _REST_OF_LINE.match(text, end) and not text[lines.starts[number] : start].strip():
        return delete_lines(source, range(number, lines.at(end - 1) + 1))
    entries = container.own_entries
    place = entries.index(entry)
    if place < len(entries) - 1:
        comma = _COMMA.match(text, end)
        return [TextChange(start, comma.end() if comma else end)]
    before = source.end_of_entry(entries[place - 1]) if place else start
    return [TextChange(before if _ONLY_COMMA.fullmatch(text, before, start) else start, end)]
