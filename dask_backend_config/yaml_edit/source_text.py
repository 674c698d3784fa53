"""A YAML text with its lines, its data, and the places where its parts end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import pyyaml_internals as pyyaml
from .document import MappingEntry, Mark, parse
from .lines import LINE_BREAK, Lines

_COLON = re.compile(r"[ \t]*:")
_ALIAS = re.compile(r"[ \t]*:\s*\*[^\s,\]}]+")


@dataclass(frozen=True, slots=True)
class TextChange:
    """Replace the characters from `start` to `end` by `new`."""

    start: int
    end: int
    new: str = ""


class SourceText:
    """A YAML text, its lines, and what PyYAML reads from it.

    Raises
    ------
    YamlError
        If dask could not load it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.document = parse(text)

    @cached_property
    def lines(self) -> Lines:
        """The lines of the text. Most texts are only compared, and need none."""
        return Lines(self.text)

    def changed(self, changes: Iterable[TextChange]) -> str:
        """Return the text after changes that do not overlap."""
        pieces: list[str] = []
        done = 0
        for change in sorted(changes, key=lambda change: (change.start, change.end)):
            pieces += self.text[done : change.start], change.new
            done = change.end
        return "".join(pieces) + self.text[done:]

    def mark(self, position: int) -> Mark:
        """Return the line and column of a position, as editors count them."""
        number = self.lines.at(position)
        return Mark(number + 1, position - self.lines.starts[number] + 1)

    def after_colon(self, entry: MappingEntry) -> int:
        """Return the position after a key and its colon, which a key in braces may lack."""
        found = _COLON.match(self.text, entry.key_end)
        return found.end() if found else entry.key_end

    def end_of_entry(self, entry: MappingEntry) -> int:
        """Return the position after the value of an entry, without trailing comments."""
        if entry.is_absent:
            return self.after_colon(entry)
        if entry.is_alias:
            found = _ALIAS.match(self.text, entry.key_end)
            return found.end() if found else entry.key_end
        return self.end_of_node(entry.value.node)

    def end_of_node(self, node: Any) -> int:
        """Return the position after a value, without trailing comments."""
        start, end = pyyaml.start_of(node), pyyaml.end_of(node)
        if pyyaml.is_block_scalar(node):
            return self._end_of_block_scalar(start, end)
        inner = pyyaml.children(node)
        if not inner or pyyaml.is_flow(node):
            return end
        least = start
        if pyyaml.start_of(inner[-1]) > start:  # otherwise it is an alias
            least = max(start, self.end_of_node(inner[-1]))
        return self._end_of_content(least, end)

    def _end_of_block_scalar(self, start: int, end: int) -> int:
        header, *_ = LINE_BREAK.split(self.text[start:end], maxsplit=1)
        if "+" in header.partition("#")[0]:
            return end
        return start + len(self.text[start:end].rstrip())

    def _end_of_content(self, least: int, end: int) -> int:
        """Return the position after the last line before `end` that is not blank or a comment."""
        lines = self.lines
        first, number = lines.at(least), lines.at(end)
        if not self.text[lines.starts[number] : end].strip():
            number -= 1  # PyYAML ends a block before the next key
        while number > first and (lines.is_blank(number) or lines.is_comment(number)):
            number -= 1
        if number <= first:
            return least
        return lines.starts[number] + len(lines.content(number).rstrip())
