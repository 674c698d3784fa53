"""Convert a trace to JSON."""

from __future__ import annotations

from typing import Any

from ..core.keys import masked
from .events import ConfigChange, ConfigRead, LateSet, Remark
from .late_sets import LateSetAnalysis
from .stack import Place
from .values import MISSING

JSON_VERSION = 1


def as_json(analysis: LateSetAnalysis) -> dict[str, Any]:
    """Return the JSON form that docs/trace.md describes, secrets masked."""
    return {
        "version": JSON_VERSION,
        "sets": [_change_as_json(change) for change in analysis.changes],
        "reads": [_read_as_json(read) for read in analysis.reads],
        "late": [_late_as_json(late) for late in analysis.late()],
        "remarks": [_remark_as_json(remark) for remark in analysis.remarks()],
        "failures": analysis.failures,
    }


def _change_as_json(change: ConfigChange) -> dict[str, Any]:
    return {
        "how": change.how,
        "at": _place_as_json(change.place),
        "by": change.by,
        "library": change.library,
        "block": change.block,
        "keys": [
            {
                "key": each.key,
                **_value_as_json("value", each.key, each.value),
                **_value_as_json("before", each.key, each.before),
            }
            for each in change.changes
        ],
    }


def _read_as_json(read: ConfigRead) -> dict[str, Any]:
    return {
        "key": read.key,
        "count": read.count,
        "by": read.by,
        "library": read.library,
        "at": _place_as_json(read.place),
        "at_import": read.at_import,
    }


def _late_as_json(late: LateSet) -> dict[str, Any]:
    return {
        "key": late.key,
        **_value_as_json("value", late.key, late.value),
        "at": _place_as_json(late.event.place),
        "reach": late.reach,
        "captured": [
            {
                "name": each.name,
                "how": each.how,
                "at": _place_as_json(each.place),
                **_value_as_json("value", late.key, each.value),
                "workers": each.workers,
            }
            for each in late.captured
        ],
    }


def _remark_as_json(remark: Remark) -> dict[str, Any]:
    return {
        "id": remark.id,
        "key": remark.key,
        "at": _place_as_json(remark.event.place if remark.event else None),
        "cluster": _place_as_json(remark.place),
        "nearest": remark.nearest,
    }


def _place_as_json(place: Place | None) -> dict[str, Any] | None:
    return place._asdict() if place else None


def _value_as_json(name: str, key: str, value: Any) -> dict[str, Any]:
    """Return a member for a value, nothing if there is no value."""
    return {} if value is MISSING else {name: masked(key, value)}
