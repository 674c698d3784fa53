"""A YAML text with its lines, its data, and the places of what stands in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import yaml

from .document import Document, MappingEntry, Mark, YamlValue, parse

BYTE_ORDER_MARK = "\ufeff"
#: What PyYAML takes for the end of a line.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_MARKER = re.compile(r"\.\.\.(?!\S)")


@dataclass(frozen=True, slots=True)
class Splice:
    """Put `new` where the characters from `start` to `end` stand."""

    start: int
    end: int
    new: str = ""


class Lines:
    """The lines of a text, counted from 0, without a byte order mark in front of the first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._simple = not any(letter in text for letter in "\r\x85\u2028\u2029")
        if self._simple:
            lengths = map(len, text.split("\n"))
            self.starts = [0, *accumulate(length + 1 for length in lengths)][:-1]
        else:
            self.starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        if text.startswith(BYTE_ORDER_MARK):
            self.starts[0] = 1

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, position: int) -> int:
        """The number of the line that holds `position`."""
        return max(bisect_right(self.starts, position) - 1, 0)

    def after(self, number: int) -> int:
        """Where the line behind `number` begins, the end of the text if there is none."""
        return self.starts[number + 1] if number + 1 < len(self) else len(self.text)

    def ending(self, number: int) -> str:
        """The characters that end a line; nothing at the end of the text."""
        if number + 1 >= len(self.starts):
            return ""
        if self._simple:
            return "\n"
        end = self.after(number)
        begin = end - 1 - self.text.endswith("\r\n", 0, end)
        found = _BREAK.fullmatch(self.text, max(begin, 0), end)
        return found.group() if found else ""

    def content(self, number: int) -> str:
        """A line without its ending."""
        return self.text[self.starts[number] : self.after(number) - len(self.ending(number))]

    def is_blank(self, number: int) -> bool:
        """Whether nothing stands in a line."""
        return not self.content(number).strip()

    def is_comment(self, number: int) -> bool:
        """Whether a line begins like a comment; in a multi-line value it may be none."""
        return self.content(number).lstrip().startswith("#")

    def is_document_end(self, number: int) -> bool:
        """Whether a line is the marker ``...``."""
        return bool(_MARKER.match(self.content(number)))


@dataclass
class Source:
    """A text and what it means."""

    text: str
    document: Document

    @classmethod
    def read(cls, text: str) -> Source:
        """Parse a text.

        Raises
        ------
        YamlError
            Where dask could not load it.
        """
        return cls(text, parse(text))

    @property
    def data(self) -> Any:
        """What dask would load."""
        return self.document.data

    @cached_property
    def lines(self) -> Lines:
        """The lines of the text."""
        return Lines(self.text)

    def spliced(self, splices: Iterable[Splice]) -> str:
        """The text with those changes, which do not overlap."""
        pieces: list[str] = []
        done = 0
        for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
            pieces += self.text[done : splice.start], splice.new
            done = splice.end
        return "".join(pieces) + self.text[done:]

    def mark(self, position: int) -> Mark:
        """The line and column of a place, as editors count them."""
        number = self.lines.at(position)
        return Mark(number + 1, position - self.lines.starts[number] + 1)


def is_flow(value: YamlValue) -> bool:
    """Whether a list or mapping stands in brackets or braces."""
    return is_flow_node(value.node)


def is_flow_node(node: Any) -> bool:
    """Whether a node is a list or mapping in brackets or braces."""
    return not isinstance(node, yaml.ScalarNode) and bool(node.flow_style)


def is_section(value: YamlValue) -> bool:
    """Whether a value is a mapping whose keys stand on lines of their own."""
    return value.items is not None and not is_flow(value)


def start_of(thing: YamlValue | MappingEntry) -> int:
    """Where a value, or the key of an entry, begins."""
    return int(thing.node.start_mark.index)


def end_of(entry: MappingEntry) -> int:
    """Where the key of an entry ends."""
    return int(entry.node.end_mark.index)


def column_of(thing: YamlValue | MappingEntry) -> int:
    """The spaces in front of a value, or of the key of an entry."""
    return thing.mark.column - 1


def own(value: YamlValue) -> list[MappingEntry]:
    """The entries that stand in a mapping itself, in the order of the text."""
    entries = [entry for entry in (value.items or {}).values() if not entry.merged]
    return sorted(entries, key=start_of)


def is_alias(entry: MappingEntry) -> bool:
    """Whether the value of an entry is a ``*name``: its anchor stands somewhere above."""
    return start_of(entry.value) < end_of(entry)


def colon_of(source: Source, entry: MappingEntry) -> int | None:
    """Where the colon behind a key stands; None for a key alone in braces."""
    position = end_of(entry)
    while source.text[position : position + 1] in (" ", "\t"):
        position += 1
    return position if source.text[position : position + 1] == ":" else None


def is_absent(entry: MappingEntry) -> bool:
    """Whether nothing stands where the value of an entry would: null without a word."""
    node = entry.value.node
    return bool(node.start_mark.index == node.end_mark.index) and entry.value.data is None


def end_of_entry(source: Source, entry: MappingEntry) -> int:
    """Where the last character of an entry's value stands, its trailing comments left out."""
    if is_absent(entry):
        colon = colon_of(source, entry)
        return end_of(entry) if colon is None else colon + 1
    if is_alias(entry):
        found = re.compile(r"[ \t]*:\s*\*[^\s,\]}]+").match(source.text, end_of(entry))
        return found.end() if found else end_of(entry)
    return end_of_value(source, entry.value)


def end_of_value(source: Source, value: YamlValue) -> int:
    """Where the last character of a value stands, its trailing comments left out."""
    node = value.node
    end = int(node.end_mark.index)
    if isinstance(node, yaml.ScalarNode):
        if node.style in ("|", ">"):
            return _end_of_block_scalar(source.text, node)
        return end
    if node.flow_style:
        return end
    if value.items is not None:
        last = max((end_of_entry(source, entry) for entry in own(value)), default=start_of(value))
    else:
        last = _end_of_node(source, node, start_of(value))
    return _last_content(source, last, end)


def _end_of_node(source: Source, node: Any, least: int) -> int:
    """The end of a node inside of a list, which is not kept as a `YamlValue`."""
    if isinstance(node, yaml.ScalarNode):
        block = node.style in ("|", ">")
        end = _end_of_block_scalar(source.text, node) if block else int(node.end_mark.index)
        return max(end, least)
    if node.flow_style or not node.value:
        return max(int(node.end_mark.index), least)
    last = node.value[-1]
    inner = last[1] if isinstance(last, tuple) else last
    return _end_of_node(source, inner, max(int(inner.start_mark.index), least))


def _end_of_block_scalar(text: str, node: Any) -> int:
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    header = _BREAK.split(text[start:end], maxsplit=1)[0]
    kept = text[start:end].rstrip()
    if "+" in header.partition("#")[0]:
        return end
    return start + max(len(kept), len(header.rstrip()))


def _last_content(source: Source, last: int, end: int) -> int:
    """The end of what stands between `last` and `end`: a merge or an alias can be behind."""
    lines = source.lines
    first, number = lines.at(last), lines.at(end)
    if not source.text[lines.starts[number] : end].strip():
        number -= 1  # PyYAML ends a block in front of the next key
    while number > first and (lines.is_blank(number) or lines.is_comment(number)):
        number -= 1
    if number <= first:
        return last
    return lines.starts[number] + len(lines.content(number).rstrip())
