"""The differences between two processes as lines of text or as JSON."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from ..config.difference import QUIET, Difference, SnapshotDiff
from ..config.snapshots import Snapshot
from ..config.values import JSON_VERSION
from ..core.strings import count, printable
from .layout import Line, hanging, paragraph, table

BROKEN = "import dask fails there; the values come from the files that can be read"
TITLES = {QUIET: "equal values from another place"}
_SIGNS = {"-": "removed", "+": "added"}


def comparison_as_lines(found: SnapshotDiff, width: int, parts: Sequence[str]) -> Iterator[Line]:
    """Yield the differences by part: ``-`` is the left process, ``+`` the right one.

    Parameters
    ----------
    found : SnapshotDiff
    width : int
        Columns of the terminal, or `layout.NO_WRAP`.
    parts : sequence of str
        The parts to show. If origins are not among them, their number is shown.
    """
    moved, found = len(found.parts.get(QUIET, ())), found.only(parts)
    for (sign, style), side in zip(_SIGNS.items(), (found.left, found.right), strict=True):
        heading = printable(heading_of(side))
        yield from hanging([(f"{sign * 3} ", style)], heading, width, style)
    for part, differences in found.parts.items():
        yield [(TITLES.get(part, part), "heading")]
        yield from table([row for each in differences for row in _rows(part, each)], width)
    if found.masked:
        yield from hanging([("masked, not compared: ", "dim")], ", ".join(found.masked), width)
    if moved and QUIET not in parts:
        which = "1 equal value comes" if moved == 1 else f"{moved} equal values come"
        text = f"{which} from another place: see --select {QUIET}"
        yield from paragraph(text, width, "dim")
    yield from paragraph(found.summary, width)


def comparisons_as_json(found: Sequence[SnapshotDiff]) -> dict[str, Any]:
    """Return the JSON object that ``diff --format json`` prints."""
    comparisons = []
    for each in found:
        data = each.as_json()
        for entry, difference in zip(data["files"], each.parts.get("files", ()), strict=True):
            entry["diff"] = lines_of_diff(difference)
        comparisons.append(data)
    return {"version": JSON_VERSION, "differs": any(found), "comparisons": comparisons}


def heading_of(side: Snapshot) -> str:
    """Return which process a side is, and when its snapshot was taken."""
    return f"{side.heading}: {BROKEN}" if side.breaks_dask else side.heading


def lines_of_diff(difference: Difference) -> list[str]:
    """Return the changed lines of a file, and those around them; empty if one side lacks it."""
    sides = difference.left, difference.right
    texts = [side.value.splitlines() for side in sides if side and isinstance(side.value, str)]
    if len(texts) < len(sides):
        return []
    return list(difflib.unified_diff(texts[0], texts[1], lineterm=""))[2:]


def changed_lines(difference: Difference) -> str:
    """Return how many lines of a file differ; empty if one side lacks it, or its text."""
    lines = lines_of_diff(difference)
    numbers = [sum(line.startswith(sign) for line in lines) for sign in _SIGNS]
    return f"{count(numbers[1], 'line')} added, {numbers[0]} removed" if lines else ""


def _rows(part: str, difference: Difference) -> Iterator[Line]:
    changed = changed_lines(difference) if part == "files" else ""
    if changed:
        yield [(f"! {printable(difference.name)}", "warning"), (changed, "")]
        return
    has_places = part in ("values", "defaults", QUIET)
    for sign, entry in zip(_SIGNS, (difference.left, difference.right), strict=True):
        if entry:
            row = [(f"{sign} {printable(entry.name)}", _SIGNS[sign]), (entry.shown, "")]
            yield [*row, (printable(entry.place), "dim")] if has_places else row
