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
    reads = [
        {**_fields(read, "key", "count", "by", "library", "at_import"), "at": _place(read.place)}
        for read in analysis.reads
    ]
    return {
        "version": JSON_VERSION,
        "sets": [_change(change) for change in analysis.changes],
        "reads": reads,
        "late": [_late(late) for late in analysis.late()],
        "remarks": [_remark(remark) for remark in analysis.remarks()],
        "failures": analysis.failures,
    }


def _change(change: ConfigChange) -> dict[str, Any]:
    keys = [
        {"key": each.key, **_values(each.key, value=each.value, before=each.before)}
        for each in change.changes
    ]
    fields = _fields(change, "how", "by", "library", "block")
    return {**fields, "at": _place(change.place), "keys": keys}


def _late(late: LateSet) -> dict[str, Any]:
    captured = [
        {
            **_fields(each, "name", "how", "workers"),
            "at": _place(each.place),
            **_values(late.key, value=each.value),
        }
        for each in late.captured
    ]
    fields = {**_fields(late, "key", "reach"), **_values(late.key, value=late.value)}
    return {**fields, "at": _place(late.event.place), "captured": captured}


def _remark(remark: Remark) -> dict[str, Any]:
    at = _place(remark.event.place if remark.event else None)
    fields = _fields(remark, "id", "key", "nearest")
    return {**fields, "at": at, "cluster": _place(remark.place)}


def _fields(record: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _place(place: Place | None) -> dict[str, Any] | None:
    return place._asdict() if place else None


def _values(key: str, **values: Any) -> dict[str, Any]:
    """Return the values of a key, secrets masked, without those that are missing."""
    return {name: masked(key, value) for name, value in values.items() if value is not MISSING}
