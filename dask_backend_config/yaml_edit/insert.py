"""Add a key that does not stand in a text: where it belongs, written as its neighbours are."""

from __future__ import annotations

import re
from typing import Any

from .document import MappingEntry, YamlValue
from .edits import Set
from .lines import added_after
from .lookup import KeyLookup
from .positions import (
    Source,
    Splice,
    colon_of,
    column_of,
    end_of_entry,
    end_of_value,
    is_absent,
    is_flow,
    own,
    start_of,
)
from .replace import replacement
from .scalars import key_text, text_of
from .template import ITEM, KEY, uncommented

_DEFAULT_STEP = 2


def insertion(source: Source, lookup: KeyLookup, edit: Set) -> list[Splice]:
    """The changes that put the missing names of `lookup`, and the value, where they belong."""
    holder = lookup.value
    if holder is None:
        return [added_after(source, _last_line(source), _new_lines(lookup.rest, edit, 0, 2))]
    if holder.items is not None and is_flow(holder):
        return _member(source, holder, lookup.rest, edit.value)
    if holder.items is not None:
        return _in_section(source, lookup, holder, edit)
    if is_flow(lookup.container(len(lookup.entries) - 1)):
        return replacement(source, lookup, _nested(lookup.rest, edit.value))
    return _in_null(source, lookup, edit)


def _nested(names: tuple[str, ...], value: Any) -> Any:
    for name in reversed(names):
        value = {name: value}
    return value


def _new_lines(names: tuple[str, ...], edit: Set, column: int, step: int) -> list[str]:
    *parents, last = names
    found = [
        f"{' ' * (column + step * depth)}{key_text(name)}:" for depth, name in enumerate(parents)
    ]
    indent = " " * (column + step * len(parents))
    found += [f"{indent}# {line}".rstrip() for line in edit.comment.splitlines()]
    return [*found, f"{indent}{key_text(last)}: {text_of(edit.value)}"]


def _in_section(source: Source, lookup: KeyLookup, section: YamlValue, edit: Set) -> list[Splice]:
    entries = own(section)
    column = column_of(entries[0]) if entries else column_of(section)
    step = _step(source, lookup, column)
    new = _new_lines(lookup.rest, edit, column, step)
    if not lookup.entries:
        return [added_after(source, _last_line(source), new)]
    last = source.lines.at(max(end_of_value(source, section) - 1, 0))
    last, _ = section_end(source, last, column_of(lookup.entries[-1]), column)
    return [added_after(source, last, new)]


def _in_null(source: Source, lookup: KeyLookup, edit: Set) -> list[Splice]:
    """A section whose key stands alone, or in front of a ``null``, gets its first child."""
    entry = lookup.entries[-1]
    line = source.lines.at(max(end_of_entry(source, entry) - 1, start_of(entry)))
    above = column_of(entry)
    last, seen = section_end(source, line, above, above + 1)
    column = seen if seen is not None else above + _step(source, lookup, None)
    new = _new_lines(lookup.rest, edit, column, _step(source, lookup, column))
    splices = [added_after(source, last, new)]
    colon = colon_of(source, entry)
    if not is_absent(entry) and colon is not None:
        end = end_of_entry(source, entry)
        splices.insert(0, Splice(colon + 1, end, _padding(source, colon + 1, end)))
    return splices


def _padding(source: Source, start: int, end: int) -> str:
    """Blanks where a ``null`` stood, so that a comment behind it keeps its column."""
    behind = source.text[end : source.lines.after(source.lines.at(end))]
    return " " * (end - start) if behind.strip() else ""


def _step(source: Source, lookup: KeyLookup, column: int | None) -> int:
    """How far children are indented: here, or else where the text first shows it."""
    if column is not None and lookup.entries and column > column_of(lookup.entries[-1]):
        return column - column_of(lookup.entries[-1])
    for entry in lookup.entries:
        step = _inner_step(entry)
        if step:
            return step
    root = source.document.root
    for entry in own(root) if root is not None else ():
        step = _inner_step(entry)
        if step:
            return step
    return _DEFAULT_STEP


def _inner_step(entry: MappingEntry) -> int | None:
    entries = own(entry.value) if entry.value.items and not is_flow(entry.value) else []
    return column_of(entries[0]) - column_of(entry) if entries else None


def section_end(source: Source, last: int, above: int, column: int) -> tuple[int, int | None]:
    """Where a section ends: comments that are indented as its keys belong to it.

    Returns
    -------
    last : int
        The line behind which something may be added.
    column : int or None
        Where the first commented key or item of a template in this section would begin.
    """
    lines = source.lines
    seen: int | None = None
    blank = False
    for number in range(last + 1, len(lines)):
        content = lines.content(number)
        indent = len(content) - len(content.lstrip(" "))
        if not content.strip():
            blank = True
        elif not content.lstrip().startswith("#"):
            break
        elif (virtual := uncommented(content, comments=True)) is not None:
            inner = len(virtual) - len(virtual.lstrip(" "))
            if inner <= above:
                break
            if seen is None and (KEY.match(virtual) or ITEM.match(virtual)):
                seen = inner
            last = number
        elif indent >= column and not blank:
            last = number
        else:
            break
    return last, seen


def _last_line(source: Source) -> int:
    """The last line of the document that is not blank."""
    lines = source.lines
    last = len(lines) - 1
    ends = [number for number in range(len(lines)) if lines.is_document_end(number)]
    if ends:
        last = ends[-1] - 1
    while last > 0 and lines.is_blank(last):
        last -= 1
    return max(last, 0)


def _member(source: Source, flow: YamlValue, names: tuple[str, ...], value: Any) -> list[Splice]:
    """A key inside of braces, behind the last one."""
    pair = f"{key_text(names[0], flow=True)}: {text_of(_nested(names[1:], value), flow=True)}"
    entries = own(flow)
    close = int(flow.node.end_mark.index) - 1
    if not entries:
        return [Splice(start_of(flow) + 1, start_of(flow) + 1, pair)]
    end = end_of_entry(source, entries[-1])
    behind = source.text[end:close]
    lines = source.lines
    number = lines.at(start_of(entries[-1]))
    indent = source.text[lines.starts[number] : start_of(entries[-1])]
    comma = re.match(r"\s*,", behind)
    if indent.strip() or lines.at(close) == lines.at(end):
        return [Splice(end, end, f", {pair}")]
    line = added_after(source, lines.at(end), [f"{indent}{pair}" + ("," if comma else "")])
    return [line] if comma else [Splice(end, end, ","), line]
