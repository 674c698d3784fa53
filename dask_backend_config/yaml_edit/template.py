"""Templates as ``dask.config.ensure_file`` writes them: "# " in front of each line with text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..core.keys import other_spelling
from .lookup import KeyLookup
from .positions import Lines, Source, Splice, column_of, is_flow, own, start_of

PREFIX = "# "
#: A key at the beginning of a line, and whether a value follows it there.
_PLAIN = r"""[^\s\#'"\[\]{},&*!|>%@`:-][^\s:\#]*(?: [^\s:\#]+)*"""
KEY = re.compile(rf"""( *)("[^"\\]+"|'[^']+'|{_PLAIN}) *:(?:\s+(.*))?$""")
ITEM = re.compile(r" *-(?:\s|$)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that looks like a key, commented or not."""

    number: int
    column: int
    name: str
    opens: bool
    live: bool


def uncommented(content: str, *, comments: bool = False) -> str | None:
    """What a line of a template would be; None where it is no line of a template.

    A line that was a comment before it came into the template counts only with `comments`.
    """
    if not content.startswith(PREFIX):
        return None
    inner = content[len(PREFIX) :]
    if not inner.strip():
        return None
    return inner if comments or not inner.lstrip().startswith("#") else None


def commented_paths(source: Source, lookup: KeyLookup) -> Iterator[tuple[list[int], bool]]:
    """Lines of a template that must lose their "# " for the missing names of `lookup` to stand.

    Yields
    ------
    numbers : list of int
        The lines, in order.
    complete : bool
        Whether all names are there; the last that is yielded may have only parents.
    """
    if "# " not in source.text:
        return
    holder = lookup.value
    if holder is not None and holder.items is not None and is_flow(holder):
        return
    entries = own(holder) if holder is not None and holder.items else []
    column = column_of(entries[0]) if entries else (None if lookup.entries else 0)
    first = source.lines.at(start_of(lookup.entries[-1])) + 1 if lookup.entries else 0
    above = column_of(lookup.entries[-1]) if lookup.entries else -1
    partial: list[int] = []
    for numbers in _search(source.lines, first, above, column, lookup.rest, live=True):
        if len(numbers) == len(lookup.rest):
            yield numbers, True
        elif len(numbers) > len(partial):
            partial = numbers
    if partial:
        yield partial, False


def _search(
    lines: Lines,
    first: int,
    above: int,
    column: int | None,
    names: tuple[str, ...],
    *,
    live: bool,
) -> Iterator[list[int]]:
    """Lines for as many of `names` as can be found below a key that stands at column `above`."""
    spellings = {names[0], other_spelling(names[0])}
    for line in _keys_below(lines, first, above, live=live):
        if column is None:
            column = line.column
        if line.live or line.column != column or line.name not in spellings:
            continue
        if len(names) == 1:
            yield [line.number]
        elif line.opens:
            yield [line.number]
            for below in _search(lines, line.number + 1, line.column, None, names[1:], live=False):
                yield [line.number, *below]


def _keys_below(lines: Lines, first: int, above: int, *, live: bool) -> Iterator[_Line]:
    """The keys, commented or not, from a line on until something ends the section there."""
    fresh = True
    for number in range(first, len(lines)):
        content = lines.content(number)
        inner = uncommented(content)
        if inner is None:
            if content.strip() and not content.lstrip().startswith("#"):
                if not live:
                    return
                inner = content
            else:
                continue
        found = KEY.match(inner)
        commented = inner is not content
        if found is None:
            if fresh and ITEM.match(inner) and commented:
                return
            continue
        column = len(found.group(1))
        opens = not (found.group(3) or "").partition("#")[0].strip()
        if column > above:
            fresh = False
            yield _Line(number, column, found.group(2).strip("'\""), opens, not commented)
        elif opens or not commented:
            return


def uncomment(source: Source, numbers: list[int]) -> list[Splice]:
    """Take "# " off those lines."""
    starts = [source.lines.starts[number] for number in numbers]
    return [Splice(start, start + len(PREFIX)) for start in starts]


def continuation(source: Source, number: int) -> list[int]:
    """The commented lines that go on with the value of a commented key."""
    lines = source.lines
    column = _indent(uncommented(lines.content(number)) or "")
    found = []
    for below in range(number + 1, len(lines)):
        inner = uncommented(lines.content(below))
        if inner is None or (
            _indent(inner) <= column and not inner.lstrip().startswith(("]", "}"))
        ):
            break
        found.append(below)
    return found


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
