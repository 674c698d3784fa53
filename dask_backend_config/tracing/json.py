"""Convert a trace to JSON."""

from __future__ import annotations

from typing import Any

from ..core.secrets import masked
from .events import ConfigChange, LateSet, Remark
from .late_sets import LateSetAnalysis
from .stack import Place
from .values import MISSING

JSON_VERSION = 1


def as_json(analysis: LateSetAnalysis) -> dict[str, Any]:
    """Return the JSON form that docs/trace.md describes, secrets masked."""
    return {
        "version": JSON_VERSION,
        "sets": [_change(change) for change in analysis.changes],
        "reads": [
            _fields(read, read.place, "key", "count", "by", "library", "at_import")
            for read in analysis.reads
        ],
        "late": [_late(late) for late in analysis.late()],
        "remarks": [_remark(remark) for remark in analysis.remarks()],
        "failures": analysis.failures,
    }


def _change(change: ConfigChange) -> dict[str, Any]:
    keys = [
        {"key": each.key, **_values(each.key, value=each.value, before=each.before)}
        for each in change.changes
    ]
    return {**_fields(change, change.place, "how", "by", "library", "block"), "keys": keys}


def _late(late: LateSet) -> dict[str, Any]:
    captured = [
        {**_fields(old, old.place, "name", "how", "workers"), **_values(late.key, value=old.value)}
        for old in late.captured
    ]
    fields = _fields(late, late.event.place, "key", "reach")
    if late.variable:
        fields["variable"] = late.variable
    return {**fields, **_values(late.key, value=late.value), "captured": captured}


def _remark(remark: Remark) -> dict[str, Any]:
    place = remark.event.place if remark.event else None
    return {**_fields(remark, place, "id", "key", "nearest"), "cluster": _place(remark.place)}


def _fields(record: Any, place: Place | None, *names: str) -> dict[str, Any]:
    """Return these attributes of a record, and the line of the user's code."""
    return {**{name: getattr(record, name) for name in names}, "at": _place(place)}


def _place(place: Place | None) -> dict[str, Any] | None:
    return place._asdict() if place else None


def _values(key: str, **values: Any) -> dict[str, Any]:
    """Return the values of a key, secrets masked, without those that are missing."""
    return {name: masked(key, value) for name, value in values.items() if value is not MISSING}
