"""The lines of a file that is not valid YAML, and what a diagnosis says about them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..core.secrets import is_secret
from ..yaml_edit.document import Mark

CONTENT = re.compile(r"\s*[^\s#]")
KEY_AND_VALUE = re.compile(r"\s*(?:- +)*(?P<key>[^\s:#{[\x22\x27][^:#]*?)\s*:\s+(?P<value>\S.*)")
_LONGEST_QUOTE = 50


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A mistake in YAML, its fix, and its place if known."""

    message: str
    hint: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """The lines of an invalid file, PyYAML's message, and its two places.

    `mark` is where PyYAML stopped, `opened` where the quote, bracket or section began that it was
    reading.
    """

    lines: list[str]
    message: str
    mark: Mark
    opened: Mark | None

    def line(self, number: int) -> str:
        """Return a line by its number from 1, empty if there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def previous(self, number: int) -> int:
        """Return the nearest line above that is not empty or a comment, 0 if there is none."""
        numbers = range(min(number, len(self.lines) + 1) - 1, 0, -1)
        return next((n for n in numbers if CONTENT.match(self.line(n))), 0)


def quoted(value: str) -> str:
    """Return a value in the quotes that it needs no escapes in."""
    if '"' in value or "\\" in value:
        return "'" + value.replace("'", "''") + "'"
    return f'"{value}"'


def may_be_shown(key: str, value: str) -> bool:
    """Return whether a message may repeat a value: it is short and no secret."""
    words = re.findall(r"[\w-]+", f"{key} {value}")
    return len(value) <= _LONGEST_QUOTE and not any(map(is_secret, words))


def value_of(line: str) -> str:
    """Return the value after the first key of a line, without a comment."""
    match = KEY_AND_VALUE.match(line)
    return re.split(r"\s#", match["value"])[0].rstrip() if match else ""


def indentation(line: str) -> int:
    """Return the number of spaces that a line begins with."""
    return len(line) - len(line.lstrip(" "))
