"""Insert a new key into its section, indented like its neighbours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

from . import pyyaml_internals as pyyaml
from .document import MappingEntry, YamlValue
from .line_changes import insert_lines
from .lookup import KeyLookup
from .replace import replacement
from .scalars import key_to_yaml, to_yaml
from .source_text import SourceText, TextChange
from .template import COMMENT_STYLES, ITEM, KEY, indent_of, uncommented

_DEFAULT_STEP = 2
_DOCUMENT_END = re.compile(r"\.\.\.(?!\S)")


class NewKey(Protocol):
    """A key that is written into a text."""

    @property
    def value(self) -> Any:
        """Its data, which is written in braces."""

    def lines(self, name: str, column: int) -> list[str]:
        """Return it as lines, indented by `column`."""


@dataclass(frozen=True, slots=True)
class NewValue:
    """A key with a value, and a comment above it."""

    value: Any
    comment: str = ""

    def lines(self, name: str, column: int) -> list[str]:
        """Return the comment and the key with its value."""
        indent = " " * column
        comments = [f"{indent}# {line}".rstrip() for line in self.comment.splitlines()]
        return [*comments, f"{indent}{key_to_yaml(name)}: {to_yaml(self.value)}"]


@dataclass(frozen=True, slots=True)
class Insertion:
    """Inserts `new` below the names that `lookup` did not find.

    Attributes
    ----------
    source : SourceText
    lookup : KeyLookup
    new : NewKey
    style : re.Pattern
        How the keys around it are commented out.
    """

    source: SourceText
    lookup: KeyLookup
    new: NewKey
    style: re.Pattern[str] = COMMENT_STYLES[0]

    def changes(self) -> list[TextChange]:
        """Return the changes of the text."""
        section, missing = self.lookup.value, self.lookup.missing
        if section is None:
            new = self._lines(0, _DEFAULT_STEP)
            return [insert_lines(self.source, _last_line(self.source), new)]
        if section.is_section:
            return [self._in_section(section)]
        if section.is_flow and section.items is not None:
            return _in_braces(self.source, section, missing, self.new.value)
        if self.lookup.containers[-1].is_flow:
            return replacement(self.source, self.lookup, _nested(missing, self.new.value))
        return self._in_null()

    def after(self, number: int, column: int) -> TextChange:
        """Return the change that inserts it behind a line, at an indentation."""
        step = _step(self.source, self.lookup, column)
        return insert_lines(self.source, number, self._lines(column, step))

    def _lines(self, column: int, step: int) -> list[str]:
        *parents, last = self.lookup.missing
        headers = [
            f"{' ' * (column + step * depth)}{key_to_yaml(name)}:"
            for depth, name in enumerate(parents)
        ]
        return [*headers, *self.new.lines(last, column + step * len(parents))]

    def _in_section(self, section: YamlValue) -> TextChange:
        source, lookup = self.source, self.lookup
        entries = section.own_entries
        column = (entries[0] if entries else section).indent
        new = self._lines(column, _step(source, lookup, column))
        if not lookup.entries:
            return insert_lines(source, _last_line(source), new)
        last = source.lines.at(max(source.end_of_node(section.node) - 1, 0))
        last, _ = section_end(source, last, lookup.last.indent, column, self.style)
        return insert_lines(source, last, new)

    def _in_null(self) -> list[TextChange]:
        """Insert the first key of a section whose value is missing or ``null``."""
        source, entry = self.source, self.lookup.last
        end = source.end_of_entry(entry)
        line = source.lines.at(max(end - 1, entry.start))
        last, seen = section_end(source, line, entry.indent, entry.indent + 1, self.style)
        step = _step(source, self.lookup, seen)
        column = seen if seen is not None else entry.indent + step
        changes = [insert_lines(source, last, self._lines(column, step))]
        if not entry.is_absent:
            start = source.after_colon(entry)
            behind = source.text[end : source.lines.after(source.lines.at(end))]
            padding = " " * (end - start) if behind.strip() else ""  # keeps a comment's column
            changes.insert(0, TextChange(start, end, padding))
        return changes


def _nested(names: tuple[str, ...], value: Any) -> Any:
    return reduce(lambda inner, name: {name: inner}, reversed(names), value)


def _step(source: SourceText, lookup: KeyLookup, column: int | None) -> int:
    """Return how far children are indented: here, or else in the first section of the text."""
    if column is not None and lookup.entries and column > lookup.last.indent:
        return column - lookup.last.indent
    root = source.document.root
    entries = [*lookup.entries, *(root.own_entries if root else ())]
    return next(filter(None, map(_inner_step, entries)), _DEFAULT_STEP)


def _inner_step(entry: MappingEntry) -> int:
    entries = entry.value.own_entries if entry.value.is_section else []
    return entries[0].indent - entry.indent if entries else 0


def section_end(
    source: SourceText,
    last: int,
    above: int,
    column: int,
    style: re.Pattern[str] = COMMENT_STYLES[0],
) -> tuple[int, int | None]:
    """Find the end of a section, to which comments belong that are indented like its keys.

    Returns
    -------
    last : int
        The line after which a key may be inserted.
    column : int or None
        The indentation of the first commented key or item of a template in this section.
    """
    lines = source.lines
    seen: int | None = None
    blank = False
    for number in range(last + 1, len(lines)):
        content = lines.content(number)
        if not content.strip():
            blank = True
        elif not content.lstrip().startswith("#"):
            break
        elif (key_line := uncommented(content, comments=True, style=style)) is not None:
            if indent_of(key_line) <= above:
                break
            if seen is None and (KEY.match(key_line) or ITEM.match(key_line)):
                seen = indent_of(key_line)
            last = number
        elif indent_of(content) >= column and not blank:
            last = number
        else:
            break
    return last, seen


def _last_line(source: SourceText) -> int:
    """Return the last line of the document that is not blank."""
    lines = source.lines
    ends = [number for number in range(len(lines)) if _DOCUMENT_END.match(lines.content(number))]
    last = (ends[-1] if ends else len(lines)) - 1
    while last > 0 and lines.is_blank(last):
        last -= 1
    return max(last, 0)


def _in_braces(
    source: SourceText, section: YamlValue, names: tuple[str, ...], value: Any
) -> list[TextChange]:
    """Insert a key after the last one in braces."""
    pair = f"{key_to_yaml(names[0], flow=True)}: {to_yaml(_nested(names[1:], value), flow=True)}"
    entries = section.own_entries
    if not entries:
        return [TextChange(section.start + 1, section.start + 1, pair)]
    lines, last = source.lines, entries[-1]
    close, end = pyyaml.end_of(section.node) - 1, source.end_of_entry(last)
    indent = source.text[lines.starts[lines.at(last.start)] : last.start]
    if indent.strip() or lines.at(close) == lines.at(end):
        return [TextChange(end, end, f", {pair}")]
    comma = re.match(r"\s*,", source.text[end:close])
    line = insert_lines(source, lines.at(end), [f"{indent}{pair}" + ("," if comma else "")])
    return [line] if comma else [TextChange(end, end, ","), line]
