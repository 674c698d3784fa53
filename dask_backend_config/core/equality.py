"""Exact equality of configuration values."""

from __future__ import annotations

from typing import Any


def strictly_equal(one: Any, other: Any) -> bool:
    """Return whether two values and all values in them have equal types and are equal.

    Examples
    --------
    >>> same([1, "a"], [1, "a"]), same(1, True), same(1, 1.0)
    (True, False, False)
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
        return repr(one) == repr(other)  # so that nan is nan
    try:
        return bool(one == other)
    except Exception:  # arrays and the like, which code can set
        return False
