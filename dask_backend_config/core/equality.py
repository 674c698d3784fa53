"""Equality of values that also compares their types."""

from __future__ import annotations

from typing import Any


def strictly_equal(one: Any, other: Any) -> bool:
    """Return whether two values, and all values inside of them, have equal types and values.

    So 1, 1.0 and True differ, while NaN equals NaN. Values that cannot be compared, such as
    arrays, differ.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(
            key in other and strictly_equal(value, other[key]) for key, value in one.items()
        )
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(strictly_equal, one, other))
    if isinstance(one, float):
        return repr(one) == repr(other)
    try:
        return bool(one == other)
    except Exception:
        return False
