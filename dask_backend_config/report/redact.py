"""Mask secrets, by key and by line, in what a user may hand on.

A value is masked if its key, or a section above it, is named like a secret. In a file, the rest of
a line behind such a name is masked, in comments and scripts too, and so are the lines that continue
it: rather too much than too little.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ..config.sources import BREAKING, SourceFile
from ..core.secrets import (
    MARK,
    MARK_IN_BROKEN_FILE,
    MASK,
    NULL,
    SHORTEST_KNOWN,
    is_secret,
    is_secret_section,
    masked,
)
from ..core.strings import inline
from ..doctor.facts import Facts
from ..yaml_edit.lines import Lines
from ..yaml_edit.pyyaml_internals import end_of, start_of

HOME = "<home>"
#: Line, counted from 0 -> the column from which on it is masked.
MaskedColumns = dict[int, int]

_PREFIX = re.compile(r"[ \t]*(#[# \t]*)?(?:- +)*")
_NOTHING_OR_BLOCK = re.compile(r"(?:[|>][-+0-9]*\s*(?:#.*)?)?")
_KEY = re.compile(r"[\s#]*[\w.\"'-]+\s*:(?:\s|$)")


class Redactor:
    """The masking of a configuration's secrets and of the path of the home folder.

    Parameters
    ----------
    facts : Facts
        The configuration. Its secrets of 8 or more characters are masked in every text.
    """

    def __init__(self, facts: Facts) -> None:
        values = [value for name, value in facts.environ.items() if is_secret(name)]
        for setting in facts.settings:
            values += _secret_values(setting.key, setting.value)
        lines = {line.strip() for value in values for line in value.splitlines()}
        known = {line for line in lines if len(line) >= SHORTEST_KNOWN and line != MASK}
        self._known = sorted(known, key=len, reverse=True)
        home = facts.environ.get("HOME") or os.path.expanduser("~")
        self._home = re.compile(rf"{re.escape(home)}(?![\w.-])" if home.strip("/~") else r"(?!)")

    def text(self, text: str) -> str:
        """Return a message without the secrets of the configuration."""
        for secret in self._known:
            text = text.replace(secret, MASK)
        return self._home.sub(HOME, text)

    def value(self, key: str, value: Any) -> str:
        """Return a value on one line, as a YAML file would hold it."""
        value = masked(key, value)
        shown = MASK if value == MASK else inline(value)
        for found in re.finditer(MARK, shown):
            if not shown[found.end() :].lstrip("'\"").startswith(MASK):
                shown = shown[: found.end()] + MASK
                break
        return self.text(shown)

    def columns(self, file: SourceFile) -> MaskedColumns:
        """Return what to mask in the lines of a file, which may be broken."""
        columns = masked_columns(file)
        lines = Lines(file.text)
        for number in range(len(lines)):
            content = lines.content(number)
            for secret in self._known:
                if secret in content:
                    _mask(columns, number, content.index(secret))
        return columns


def masked_columns(file: SourceFile) -> MaskedColumns:
    """Return the column from which each line with a secret is masked."""
    lines = Lines(file.text)
    columns: MaskedColumns = {}
    for number, column in _by_name(lines, file.status in BREAKING):
        _mask(columns, number, column)
    if file.document and file.document.root:
        for start, end in _by_node(file.document.root.node):
            first = lines.at(start)
            _mask(columns, first, start - lines.starts[first])
            for number in range(first + 1, lines.at(max(end - 1, start)) + 1):
                _mask(columns, number, _indent(lines.content(number)))
    return columns


def _mask(columns: MaskedColumns, number: int, column: int) -> None:
    columns[number] = min(column, columns.get(number, column))


def _secret_values(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _secret_values(f"{key}.{name}", inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _secret_values(key, inner)
    elif isinstance(value, (str, int)) and masked(key, value) == MASK:
        yield str(value)


def _by_node(root: Any) -> Iterator[tuple[int, int]]:
    """Yield the spans of the values of secret keys; that of an alias is its anchor's."""
    seen: set[tuple[int, bool]] = set()
    waiting = [(root, False)]
    while waiting:
        node, hidden = waiting.pop()
        if (id(node), hidden) in seen:
            continue
        seen.add((id(node), hidden))
        if isinstance(node, yaml.MappingNode):
            waiting += [(value, hidden or _names_secret(key, value)) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(value, hidden) for value in node.value]
        elif hidden and node.value and not node.tag.endswith(":null"):
            yield start_of(node), end_of(node)


def _names_secret(key: Any, value: Any) -> bool:
    if not isinstance(key, yaml.ScalarNode):
        return False
    section = isinstance(value, yaml.MappingNode)
    return is_secret_section(key.value) or (not section and is_secret(key.value))


def _by_name(lines: Lines, is_broken: bool) -> Iterator[tuple[int, int]]:
    """Yield the line and column behind each name of a secret, and those of continued lines."""
    pattern = MARK_IN_BROKEN_FILE if is_broken else MARK
    number = 0
    while number < len(lines):
        content = lines.content(number).rstrip()
        found = re.search(pattern, content)
        if found is None:
            number += 1
            continue
        value = content[found.end() :]
        is_open = _NOTHING_OR_BLOCK.fullmatch(value) is not None
        if value not in NULL and not is_open:
            yield number, found.end()
        first, number = number, number + 1
        if is_open and not is_broken and _KEY.match(content) and not lines.is_comment(first):
            continue  # `_by_node` knows what belongs to the key
        any_text = is_broken or is_open or value.startswith(("&", "!"))  # anchor or tag
        while number < len(lines) and _continues(lines, first, number, any_text):
            if lines.content(number).strip(" \t#"):
                yield number, _indent(lines.content(number))
            number += 1


def _continues(lines: Lines, first: int, number: int, any_text: bool) -> bool:
    """Return whether a line belongs to the value that begins in the line `first`.

    With `any_text`, a line that is not indented deeper belongs to it, too, unless it is a key. An
    edit can leave the continued lines of a commented value as comments below the new value.
    """
    head, line = lines.content(first), lines.content(number)
    if not line.strip(" \t#"):
        return True
    is_alike = lines.is_comment(first) == lines.is_comment(number)
    if not is_alike and lines.is_comment(first):
        return False
    prefix = _PREFIX.match(head)
    column = prefix.end() if prefix else 0
    return _indent(line) > column or (any_text and is_alike and not _KEY.match(line))


def _indent(line: str) -> int:
    """Return the column of the first character of a line or of its comment."""
    return len(line) - len(line.lstrip(" \t#"))
