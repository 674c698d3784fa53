"""Accepted values of ``backends.*`` keys, and the keys that are used if one is null."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.keys import hyphenated
from . import shipped
from .value_types import Schema, ValueType, types_of

ROOT = "backends"


@functools.cache
def node(key: str) -> Schema | None:
    """Return the schema of a ``backends.*`` key or section; None for an unknown key.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``. A scheduler's section may hold any key of
        ``backends.jobqueue``, a profile any key of any backend.
    """
    root, *names = hyphenated(key).split(".")
    if root != ROOT:
        return None
    if names[:1] == ["profiles"] and len(names) > 1:
        return _in_profile(names[2:])
    found = _walk(_root(), names)
    parent = _extended(names[0]) if found is None else None
    return _optional(_walk(_root(), [parent, *names[1:]])) if parent else found


def keys(section: str = ROOT) -> Iterator[str]:
    """Yield every key of ``backends.yaml``, or of a section of it, in the order of the schema."""
    for name, below in (node(section) or {})["properties"].items():
        if "properties" in below:
            yield from keys(f"{section}.{name}")
        else:
            yield f"{section}.{name}"


def fallbacks(key: str) -> tuple[str, ...]:
    """Return the keys that are used if `key` is null, the first one first.

    Examples
    --------
    >>> fallbacks("backends.pbs.queue-name")
    ('backends.jobqueue.queue-name', 'jobqueue.pbs.queue')
    """
    found, names = node(key), hyphenated(key).split(".")
    parent = _extended(names[1]) if found and len(names) > 2 else None
    if found is None or parent is None:
        return ()
    shared = ".".join([ROOT, parent, *names[2:]])
    inherited = (shared,) if node(shared) else ()
    theirs = _jobqueue_names(found.get("jobqueue"), names[1])
    return (*inherited, *(f"jobqueue.{names[1]}.{name}" for name in theirs))


def default_from(key: str) -> str | None:
    """Return the key of another package whose value, if a user sets it, replaces the default.

    Examples
    --------
    >>> default_from("backends.slurm.adaptive-interval")
    'distributed.adaptive.interval'
    """
    other: str | None = (node(key) or {}).get("default-from")
    if other is None:
        return None
    section = hyphenated(key).split(".")[1]
    return (
        None if "<type>" in other and not _extended(section) else other.replace("<type>", section)
    )


@functools.cache
def value_type(key: str) -> ValueType | None:
    """Return what a ``backends.*`` key accepts; None for an unknown key."""
    found = node(key)
    return ValueType(found) if found else None


def problem(key: str, value: Any) -> str | None:
    """Return why a value cannot be used, see `ValueType.problem`; None for an unknown key, too."""
    expected = value_type(key)
    return expected.problem(value) if expected else None


@functools.cache
def _root() -> Schema:
    root: Schema = shipped.read(shipped.BACKENDS_SCHEMA)["properties"][ROOT]
    return root


def _in_profile(names: Sequence[str]) -> Schema | None:
    profile: Schema = _root()["properties"]["profiles"]["additionalProperties"]
    own = _walk(profile, names)
    if own is not None:
        return own
    sections = ("jobqueue", *(name for name in _root()["properties"] if name != "profiles"))
    found = (_walk(_root(), [section, *names]) for section in sections)
    return _optional(next((entry for entry in found if entry is not None), None))


def _walk(start: Schema, names: Sequence[str]) -> Schema | None:
    here: Schema | None = start
    for name in names:
        here = here.get("properties", {}).get(name) if here else None
    return here


def _extended(section: str) -> str | None:
    """Return the section whose keys may also be in `section`."""
    parent: str | None = _root()["properties"].get(section, {}).get("extends")
    return parent


def _optional(found: Schema | None) -> Schema | None:
    if found is None or "object" in types_of(found):
        return found
    return {**found, "type": [*types_of(found), "null"]}


def _jobqueue_names(entry: Any, scheduler: str) -> Sequence[str]:
    if isinstance(entry, Mapping):
        return [name for name, those in entry.items() if scheduler in those]
    return [entry] if isinstance(entry, str) else entry or []
