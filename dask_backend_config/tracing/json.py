"""What a trace saw, as JSON. Nothing is printed here."""

from __future__ import annotations

from typing import Any

from ..core.secrets import masked
from .events import MISSING, Event, Read
from .report import Late, Record, Remark
from .stack import Place

JSON_VERSION = 1


def as_json(record: Record) -> dict[str, Any]:
    """The members that docs/trace.md describes."""
    return {
        "version": JSON_VERSION,
        "sets": [_event_as_json(event) for event in record.events],
        "reads": [_read_as_json(read) for read in record.reads],
        "late": [_late_as_json(late) for late in record.late],
        "remarks": [_remark_as_json(remark) for remark in record.remarks],
        "failures": list(record.failures),
    }


def _event_as_json(event: Event) -> dict[str, Any]:
    return {
        "how": event.how,
        "at": _place_as_json(event.place),
        "by": event.by,
        "library": event.library,
        "block": event.block,
        "keys": [
            {
                "key": change.key,
                **_stated("value", change.key, change.value),
                **_stated("before", change.key, change.before),
            }
            for change in event.changes
        ],
    }


def _read_as_json(read: Read) -> dict[str, Any]:
    return {
        "key": read.key,
        "count": read.count,
        "by": read.by,
        "library": read.library,
        "at": _place_as_json(read.place),
        "at_import": read.at_import is not None,
    }


def _late_as_json(late: Late) -> dict[str, Any]:
    return {
        "key": late.key,
        **_stated("value", late.key, late.value),
        "at": _place_as_json(late.event.place),
        "reach": late.reach,
        "captured": [
            {
                "name": each.name,
                "how": each.how,
                "at": _place_as_json(each.place),
                **_stated("value", late.key, each.value),
                "workers": each.number,
            }
            for each in late.captured
        ],
    }


def _remark_as_json(remark: Remark) -> dict[str, Any]:
    event = remark.event
    return {
        "id": remark.id,
        "key": remark.key,
        "at": _place_as_json(event.place if event else None),
        "cluster": _place_as_json(remark.place),
        "nearest": remark.nearest,
    }


def _place_as_json(place: Place | None) -> dict[str, Any] | None:
    return place.as_json() if place else None


def _stated(name: str, key: str, value: Any) -> dict[str, Any]:
    """A member with a value; none where there is no value."""
    return {} if value is MISSING else {name: masked(key, value)}
