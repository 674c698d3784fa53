"""Uncomment keys in templates, such as those that ``dask.config.ensure_file`` writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.keys import other_spelling
from .lines import Lines
from .lookup import KeyLookup
from .scalars import key_to_yaml
from .source_text import SourceText, TextChange

#: What ``ensure_file`` puts in front of each line.
PREFIX = "# "
#: A key at the beginning of a line, and its value on the same line.
_PLAIN = r"""[^\s\#'"\[\]{},&*!|>%@`:-][^\s:\#]*(?: [^\s:\#]+)*"""
KEY = re.compile(rf"""( *)("[^"\\]+"|'[^']+'|{_PLAIN}) *:(?:\s+(.*))?$""")
ITEM = re.compile(r" *-(?:\s|$)")


def uncommented(content: str, *, comments: bool = False) -> str | None:
    """Return a line of a template without its ``# ``, None for any other line.

    A line that would still be a comment counts only with `comments`.
    """
    inner = content.removeprefix(PREFIX)
    if inner == content or not inner.strip():
        return None
    return inner if comments or not inner.lstrip().startswith("#") else None


def commented_paths(source: SourceText, lookup: KeyLookup) -> Iterator[tuple[list[int], bool]]:
    """Find lines of a template that set the missing names of `lookup`.

    Yields
    ------
    numbers : list of int
        The lines to uncomment, in order.
    complete : bool
        Whether all names are there. If not, which is possible for the last result, there are only
        parents.
    """
    section = lookup.value
    if PREFIX not in source.text or (section and section.items is not None and section.is_flow):
        return
    entries = section.own_entries if section is not None else []
    column = entries[0].indent if entries else (None if lookup.entries else 0)
    first = source.lines.at(lookup.last.start) + 1 if lookup.entries else 0
    above = lookup.last.indent if lookup.entries else -1
    partial: list[int] = []
    for numbers in _search(source.lines, first, above, column, lookup.missing, live=True):
        if len(numbers) == len(lookup.missing):
            yield numbers, True
        elif len(numbers) > len(partial):
            partial = numbers
    if partial:
        yield partial, False


def _search(
    lines: Lines, first: int, above: int, column: int | None, names: tuple[str, ...], *, live: bool
) -> Iterator[list[int]]:
    """Yield the lines of as many of `names` as exist below a key that is indented by `above`."""
    spellings = {names[0], other_spelling(names[0])}
    for number, indent, name, has_value in _keys_below(lines, first, above, live=live):
        if column is None:
            column = indent
        if indent != column or name not in spellings:
            continue
        if len(names) == 1 or not has_value:
            yield [number]
        if len(names) > 1 and not has_value:
            for below in _search(lines, number + 1, indent, None, names[1:], live=False):
                yield [number, *below]


def _keys_below(
    lines: Lines, first: int, above: int, *, live: bool
) -> Iterator[tuple[int, int, str | None, bool]]:
    """Yield the keys, commented or not, from line `first` to the end of the section.

    Yields
    ------
    number : int
        The line.
    indent : int
        The number of spaces before the key.
    name : str or None
        The key, None if it is not in a comment.
    has_value : bool
        Whether its value begins on the same line.
    """
    has_keys = False
    for number in range(first, len(lines)):
        content = lines.content(number)
        template_line = uncommented(content)
        if template_line is None:
            if lines.is_blank(number) or lines.is_comment(number):
                continue
            if not live:
                return
        found = KEY.match(template_line or content)
        if found is None:
            if template_line and not has_keys and ITEM.match(template_line):
                return
            continue
        column = len(found.group(1))
        has_value = bool((found.group(3) or "").partition("#")[0].strip())
        if column > above:
            has_keys = True
            name = found.group(2).strip("'\"") if template_line else None
            yield number, column, name, has_value
        elif not (template_line and has_value):
            return


def uncomment(source: SourceText, numbers: list[int]) -> list[TextChange]:
    """Return the changes that remove ``# `` from lines."""
    starts = [source.lines.starts[number] for number in numbers]
    return [TextChange(start, start + len(PREFIX)) for start in starts]


def respell(source: SourceText, numbers: list[int], names: tuple[str, ...]) -> Iterator[TextChange]:
    """Yield the changes that spell the keys of commented lines as `names`."""
    for number, name in zip(numbers, names, strict=False):
        start = source.lines.starts[number] + len(PREFIX)
        found = KEY.match(source.lines.content(number)[len(PREFIX) :])
        if found and found.group(2).strip("'\"") != name:
            yield TextChange(start + found.start(2), start + found.end(2), key_to_yaml(name))


def continuation(source: SourceText, number: int) -> list[int]:
    """Return the commented lines that continue the value of a commented key."""
    lines = source.lines
    column = indent_of(uncommented(lines.content(number)) or "")
    found = []
    for below in range(number + 1, len(lines)):
        inner = uncommented(lines.content(below))
        if inner is None or (
            indent_of(inner) <= column and not inner.lstrip().startswith(("]", "}"))
        ):
            break
        found.append(below)
    return found


def indent_of(text: str) -> int:
    """Return the number of spaces at the beginning of a line."""
    return len(text) - len(text.lstrip(" "))
