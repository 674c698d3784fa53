"""Uncomment keys in templates, such as those that ``dask.config.ensure_file`` writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..core.keys import other_spelling
from .lines import Lines
from .lookup import KeyLookup
from .scalars import key_to_yaml
from .source_text import SourceText, TextChange

#: Ways to comment a line out: what stays in front of it, and the sign that is removed. First what
#: ``ensure_file`` writes, then a sign at the indentation of the key, with and without a blank.
COMMENT_STYLES = tuple(map(re.compile, ("()# ", "( *)# ", "( *)#")))
#: A remark such as ``daemon: a process of its own``. In a template, only keys begin with ``# ``.
_WORDS = re.compile(r"[^:]*: +[A-Za-z]+,? +[A-Za-z]")
#: Values of commented keys to which inner keys may be added.
_EMPTY_SECTIONS = ("", "{}", "null", "~")
#: A key at the beginning of a line, and its value on the same line.
_PLAIN = r"""[^\s\#'"\[\]{},&*!|>%@`:-][^\s:\#]*(?: [^\s:\#]+)*"""
KEY = re.compile(rf"""( *)("[^"\\]+"|'[^']+'|{_PLAIN}) *:(?:\s+(.*))?$""")
ITEM = re.compile(r" *-(?:\s|$)")


def uncommented(
    content: str, *, comments: bool = False, style: re.Pattern[str] = COMMENT_STYLES[0]
) -> str | None:
    """Return a line of a template without its comment sign, None for any other line.

    A line that would still be a comment counts only with `comments`.
    """
    sign = style.match(content)
    inner = sign.group(1) + content[sign.end() :] if sign else ""
    if not inner.strip():
        return None
    return inner if comments or not inner.lstrip().startswith("#") else None


@dataclass(frozen=True, slots=True)
class CommentedPath:
    """Commented lines that set the first of some missing names.

    Attributes
    ----------
    numbers : list of int
        The lines to uncomment, in order.
    style : re.Pattern
        How they are commented out, one of `COMMENT_STYLES`.
    """

    numbers: list[int]
    style: re.Pattern[str]

    def column(self, lines: Lines) -> int:
        """Return the indentation of the first key."""
        return indent_of(uncommented(lines.content(self.numbers[0]), style=self.style) or "")


def commented_paths(source: SourceText, lookup: KeyLookup) -> Iterator[CommentedPath]:
    """Find commented lines that set the missing names of `lookup`.

    Yields
    ------
    CommentedPath
        Those that set all names, then the one that sets most of them, if any.
    """
    section = lookup.value
    if "#" not in source.text or (section and section.items is not None and section.is_flow):
        return
    found = _paths_below(source.lines, lookup)
    if section is not None and section.data is None and lookup.entries:
        # Without keys to compare with, an odd step is rather a sign without its blank.
        above = lookup.last.indent
        found = iter(sorted(found, key=lambda path: (path.column(source.lines) - above) % 2))
    partial = CommentedPath([], COMMENT_STYLES[0])
    for path in found:
        if len(path.numbers) == len(lookup.missing):
            yield path
        elif len(path.numbers) > len(partial.numbers):
            partial = path
    if partial.numbers:
        yield partial


def _paths_below(lines: Lines, lookup: KeyLookup) -> Iterator[CommentedPath]:
    """Yield commented lines that set any number of the missing names of `lookup`."""
    entries = lookup.value.own_entries if lookup.value is not None else []
    column = entries[0].indent if entries else (None if lookup.entries else 0)
    first = lines.at(lookup.last.start) + 1 if lookup.entries else 0
    above = lookup.last.indent if lookup.entries else -1
    for style in COMMENT_STYLES:
        area = _Area(lines, style)
        for numbers in _search(area, first, above, column, lookup.missing, live=True):
            yield CommentedPath(numbers, style)


@dataclass(frozen=True, slots=True)
class _Area:
    """Lines in which keys are commented out in one style."""

    lines: Lines
    style: re.Pattern[str]

    def uncommented(self, number: int) -> str | None:
        """Return a commented line without its sign, None for another line or one in words."""
        inner = uncommented(self.lines.content(number), style=self.style)
        is_template = self.style is COMMENT_STYLES[0]
        return inner if is_template or inner is None or not _WORDS.match(inner) else None


def _search(
    area: _Area, first: int, above: int, column: int | None, names: tuple[str, ...], *, live: bool
) -> Iterator[list[int]]:
    """Yield the lines of as many of `names` as exist below a key that is indented by `above`."""
    spellings = {names[0], other_spelling(names[0])}
    for number, indent, name, has_value in _keys_below(area, first, above, live=live):
        if column is None:
            column = indent
        if indent != column or name not in spellings:
            continue
        if len(names) == 1 or not has_value:
            yield [number]
        if len(names) > 1 and not has_value:
            for below in _search(area, number + 1, indent, None, names[1:], live=False):
                yield [number, *below]


def _keys_below(
    area: _Area, first: int, above: int, *, live: bool
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
    has_keys, lines = False, area.lines
    for number in range(first, len(lines)):
        content, template_line = lines.content(number), area.uncommented(number)
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
        has_value = _value(found) not in _EMPTY_SECTIONS
        if column > above:
            has_keys = True
            name = found.group(2).strip("'\"") if template_line else None
            yield number, column, name, has_value
        elif not (template_line and has_value):
            return


def _value(key: re.Match[str]) -> str:
    """Return the value behind a key on its line."""
    return (key.group(3) or "").partition("#")[0].strip()


def uncomment(
    source: SourceText, path: CommentedPath, names: tuple[str, ...], further: Iterable[int] = ()
) -> Iterator[TextChange]:
    """Yield the changes that uncomment lines.

    Parameters
    ----------
    source : SourceText
    path : CommentedPath
        Their keys are spelled as `names`; ``{}`` behind parents is removed.
    names : tuple of str
    further : iterable of int
        Other lines to uncomment.
    """
    for number in (*path.numbers, *further):
        yield _without_sign(source, number, path.style)
    for depth, (number, name) in enumerate(zip(path.numbers, names, strict=False)):
        content = source.lines.content(number)
        sign = _without_sign(source, number, path.style)
        found = KEY.match(uncommented(content, style=path.style) or "")
        if found is None:
            continue
        start = sign.end - len(path.style.match(content).group(1))  # type: ignore[union-attr]
        if found.group(2).strip("'\"") != name:
            yield TextChange(start + found.start(2), start + found.end(2), key_to_yaml(name))
        if depth < len(names) - 1 and _value(found) == "{}":
            yield TextChange(start + found.end(2) + 1, start + found.start(3) + 2)


def _without_sign(source: SourceText, number: int, style: re.Pattern[str]) -> TextChange:
    start, sign = source.lines.starts[number], style.match(source.lines.content(number))
    return TextChange(start + sign.end(1), start + sign.end()) if sign else TextChange(start, start)


def continuation(source: SourceText, path: CommentedPath) -> list[int]:
    """Return the commented lines that continue the value of the last commented key."""
    area = _Area(source.lines, path.style)
    column = indent_of(area.uncommented(path.numbers[-1]) or "")
    found = []
    for below in range(path.numbers[-1] + 1, len(source.lines)):
        inner = area.uncommented(below)
        if inner is None or (
            indent_of(inner) <= column and not inner.lstrip().startswith(("]", "}"))
        ):
            break
        found.append(below)
    return found


def indent_of(text: str) -> int:
    """Return the number of spaces at the beginning of a line."""
    return len(text) - len(text.lstrip(" "))
