"""The differences between processes as one HTML page, like the doctor's report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...config.difference import QUIET, Difference, Entry, SnapshotDiff
from ...config.snapshots import Snapshot
from ...doctor.facts import facts_of
from ..comparison_text import BROKEN, TITLES, changed_lines, lines_of_diff
from ..redact import Redactor
from .page import page_environment

_SIDES = ("left", "right")


def comparisons_as_html(found: Sequence[SnapshotDiff], when: datetime) -> str:
    """Return a page with the differences of each pair of processes.

    Parameters
    ----------
    found : sequence of SnapshotDiff
    when : datetime
        The time to put on the page.
    """
    page = page_environment().get_template("comparison.html")
    return str(
        page.render(
            comparisons=list(map(_comparison, found)),
            broken=BROKEN,
            when=f"{when:%Y-%m-%d %H:%M %Z}".strip(),
        )
    )


def _comparison(found: SnapshotDiff) -> dict[str, Any]:
    redactors = [Redactor(facts_of(side)) for side in (found.left, found.right)]
    return {
        "summary": found.summary,
        "sides": [
            (name, _about(side, redactor))
            for name, side, redactor in zip(
                _SIDES, (found.left, found.right), redactors, strict=True
            )
        ],
        "parts": {
            TITLES.get(part, part): [_row(part, each, redactors) for each in differences]
            for part, differences in found.parts.items()
        },
        "quiet": TITLES[QUIET],
        "masked": found.masked,
    }


def _about(side: Snapshot, redactor: Redactor) -> dict[str, Any]:
    versions = [f"{name} {side.versions[name]}" for name in ("Python", "dask")]
    return {
        "heading": redactor.text(side.heading),
        "versions": ", ".join([*versions, side.versions["platform"]]),
        "is_broken": side.breaks_dask,
    }


def _row(part: str, difference: Difference, redactors: Sequence[Redactor]) -> dict[str, Any]:
    is_file = part == "files"
    entries = zip(_SIDES, (difference.left, difference.right), redactors, strict=True)
    lines = lines_of_diff(difference) if is_file else []
    for redactor in redactors:
        lines = [redactor.text(line) for line in lines]
    return {
        "name": difference.name,
        "cells": [(side, *_cell(entry, difference, redactor)) for side, entry, redactor in entries],
        "changes": changed_lines(difference) if is_file else "",
        "lines": list(map(_styled, lines)),
    }


def _cell(
    entry: Entry | None, difference: Difference, redactor: Redactor
) -> tuple[str, tuple[str, ...]]:
    """Return a value, empty for none, and notes about it: its other name, and its place."""
    if entry is None:
        return "", ()
    name = entry.name if entry.name != difference.name else ""
    return redactor.text(entry.shown), tuple(filter(None, (name, entry.place)))


def _styled(line: str) -> tuple[str, str]:
    """Return a line of a diff, and whether it is old or new."""
    return {"-": "old", "+": "new", "@": "quiet"}.get(line[:1], ""), line
