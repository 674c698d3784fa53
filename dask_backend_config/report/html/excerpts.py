"""The lines of a file around a finding, with the value marked and secrets masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...config.sources import SourceFile
from ...core.origins import Origin
from ...core.secrets import MASK
from ...yaml_edit.document import Mark
from ...yaml_edit.lines import Lines
from ...yaml_edit.pyyaml_internals import end_of
from ..redact import MaskedColumns

#: Lines above and below the finding, and characters of a long line: in front of the mark, in all.
_AROUND = 3
_BEFORE, _LONGEST = 80, 300
_CUT = "…"
_WORD = re.compile(r"[^\s#,}\]]+")


@dataclass(frozen=True, slots=True)
class ExcerptLine:
    """A line of a file.

    Attributes
    ----------
    number : int
        Counted from 1.
    is_place : bool
        Whether the finding is about this line.
    before, marked, after : str
        Its text; only the line of the finding has a marked part.
    """

    number: int
    is_place: bool
    before: str
    marked: str = ""
    after: str = ""


def excerpt(file: SourceFile, origin: Origin, columns: MaskedColumns) -> tuple[ExcerptLine, ...]:
    """Return the lines around a place in a file, none if the place has no line.

    Parameters
    ----------
    file : SourceFile
    origin : Origin
        A place in it.
    columns : dict of int to int
        What to mask, from `Redactor.columns`.
    """
    if not file.text or not origin.line:
        return ()
    lines = Lines(file.text)
    place = min(origin.line, len(lines)) - 1
    around = range(max(place - _AROUND, 0), min(place + _AROUND + 1, len(lines)))
    filled = [number for number in around if number == place or not lines.is_blank(number)]
    marked = marked_columns(file, lines, place, origin.column or 1)
    return tuple(
        _line(lines, number, columns.get(number), marked if number == place else None)
        for number in range(filled[0], filled[-1] + 1)
    )


def marked_columns(file: SourceFile, lines: Lines, number: int, column: int) -> tuple[int, int]:
    """Return the columns of the key, value or word that begins at a place.

    Parameters
    ----------
    file : SourceFile
    lines : Lines
        Those of the file.
    number : int
        The line, counted from 0.
    column : int
        Counted from 1.

    Returns
    -------
    tuple of int
        The first column, and the one behind the last, counted from 0.
    """
    line = lines.starts[number]
    end_of_line = line + len(lines.content(number).rstrip())
    start = min(line + column - 1, end_of_line)
    ends = [end for end in _ends_of_nodes(file, Mark(number + 1, column)) if end > start]
    if ends:  # a section begins where its first key does
        return start - line, min(*ends, end_of_line) - line
    found = _WORD.match(file.text, start, end_of_line)
    return start - line, (found.end() if found else end_of_line) - line


def _ends_of_nodes(file: SourceFile, mark: Mark) -> Iterator[int]:
    """Yield where the keys and values end that begin at `mark`."""
    for _, entry in file.document.walk() if file.document else ():
        for place, node in ((entry.mark, entry.node), (entry.value.mark, entry.value.node)):
            if place == mark:
                yield end_of(node)


def _line(
    lines: Lines, number: int, masked_from: int | None, marked: tuple[int, int] | None
) -> ExcerptLine:
    text = lines.content(number)
    start, end = marked or (len(text), len(text))
    if masked_from is not None:
        text = text[:masked_from] + MASK
        start = min(start, masked_from) if marked else len(text)
        end = len(text) if end > masked_from else end
    first = max(0, start - _BEFORE) if marked and len(text) > _LONGEST else 0
    last = min(len(text), first + _LONGEST)
    before, after = _CUT if first else "", _CUT if last < len(text) else ""
    return ExcerptLine(
        number + 1,
        marked is not None,
        before + text[first : min(start, last)],
        text[start : min(end, last)],
        text[end:last] + after,
    )
