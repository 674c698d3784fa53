"""Copies of configuration values that a trace keeps and compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.keys import hyphenated


class _Missing:
    """The absence of a value, where None is a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


def spelled(key: str) -> str:
    """Return a key with ``-``, except in names in capitals, which are environment variables.

    Examples
    --------
    >>> spelled("distributed.nanny.pre_spawn_environ.OMP_NUM_THREADS")
    'distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS'
    """
    return ".".join(part if part.isupper() else hyphenated(part) for part in key.split("."))


def within(key: str, sections: tuple[str, ...]) -> bool:
    """Return whether a key is one of `sections` or lies in one."""
    key = hyphenated(key)
    return any(key == section or key.startswith(section + ".") for section in sections)


def overlap(one: str, other: str) -> bool:
    """Return whether two keys are the same, or one is a section that holds the other.

    Examples
    --------
    >>> overlap("distributed.worker", "distributed.worker.daemon"), overlap("a.b", "a.bc")
    (True, False)
    """
    return within(one, (hyphenated(other),)) or within(other, (hyphenated(one),))


def plain(value: Any) -> Any:
    """Copy plain data; return the type of anything else, which a trace must not keep alive."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)) or value is MISSING:
        return value
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in list(value.items())}
    kind = type(value) if not isinstance(value, type) else value
    return f"<{kind.__module__}.{kind.__qualname__}>"


def flat(value: Any, key: str = "") -> dict[str, Any]:
    """Return the leaves of a configuration, or of a value at `key`, by dotted keys with ``-``.

    Examples
    --------
    >>> flat({"a": {"b_c": 1}}), flat(1, "x")
    ({'a.b-c': 1}, {'x': 1})
    """
    found: dict[str, Any] = {}
    if isinstance(value, Mapping) and (value or not key):
        for name, inner in list(value.items()):
            below = spelled(str(name))
            found.update(flat(inner, f"{key}.{below}" if key else below))
    else:
        found[key] = plain(value)
    return found


def at(leaves: Mapping[str, Any], key: str) -> Any:
    """Return a leaf of a flat configuration, a mapping of the leaves of a section, or `MISSING`."""
    key = spelled(key)
    if key in leaves:
        return leaves[key]
    below = {name: value for name, value in leaves.items() if name.startswith(key + ".")}
    return below or MISSING


def equal(one: Any, other: Any) -> bool:
    """Return whether two values that `plain` made are equal; a boolean never equals a number."""
    same_kind = isinstance(one, bool) is isinstance(other, bool)
    return one is other or (same_kind and bool(one == other))
