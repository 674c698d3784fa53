"""Accepted values of ``backends.*`` keys, and the keys that are used if one is null."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.keys import hyphenated, join_path
from ..schedulers import ADDED, SCHEDULERS, BatchScheduler
from . import shipped
from .value_types import Schema, ValueType, types_of

ROOT = "backends"
PROFILES, GROUPS = "profiles", "worker-groups"
#: Why a worker group cannot set a key for which `for_all_groups` returns another one.
FOR_ALL_GROUPS = "is not an option of one group, but of the whole cluster"
#: The names of a key.
Names = Sequence[str]


@functools.cache
def node(key: str) -> Schema | None:
    """Return the schema of a ``backends.*`` key or section; None for an unknown key.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``. A scheduler's section may hold any key of
        ``backends.jobqueue``, a profile any key of any backend. A worker group may hold any key of
        the section that it is in, except those for the whole cluster.
    """
    root, *names = hyphenated(key).split(".")
    if root != ROOT:
        return None
    if parts := split_group([root, *names]):
        section, _, below = parts
        return _in_group(section, below)
    if names[:1] == [PROFILES] and len(names) > 1:
        return _in_profile(names[2:])
    found = _walk(_root(), names)
    parent = extended(names[0]) if found is None else None
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
    if found is None or len(names) < 3:
        return ()
    parent = extended(names[1])
    shared = join_path([ROOT, parent, *names[2:]])
    inherited = (shared,) if parent and node(shared) else ()
    if parts := split_group(names):
        section, _, below = parts
        own = join_path([*section, *below])
        return (*inherited, own, *fallbacks(own)) if below else inherited
    if parent is None:
        return ()
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
    return None if "<type>" in other and not extended(section) else other.replace("<type>", section)


def extended(section: str) -> str | None:
    """Return the section below ``backends`` whose keys may also be in `section`."""
    parent: str | None = _root()["properties"].get(section, {}).get("extends")
    return parent


def split_group(names: Names) -> tuple[Names, str, Names] | None:
    """Return the section with a worker group, the group's name, and the names below the group.

    Parameters
    ----------
    names : sequence of str
        Of a key, hyphenated. None is returned if it is not in a group.

    Examples
    --------
    >>> split_group(("backends", "slurm", "worker-groups", "gpu", "queue-name"))
    (('backends', 'slurm'), 'gpu', ('queue-name',))
    """
    length = 3 if len(names) > 1 and names[1] == PROFILES else 2
    if len(names) < length + 2 or names[0] != ROOT or names[length] != GROUPS:
        return None
    return names[:length], names[length + 1], names[length + 2 :]


def for_all_groups(key: str) -> str | None:
    """Return the key to set instead of one in a worker group that is for the whole cluster.

    Examples
    --------
    >>> for_all_groups("backends.slurm.worker-groups.gpu.security")
    'backends.slurm.security'
    """
    section, _, below = split_group(hyphenated(key).split(".")) or ((), "", ())
    if not below or not _is_for_cluster(node(join_path([*section, below[0]]))):
        return None
    found = join_path([*section, *below])
    return found if node(found) else None


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
    sections = root["properties"]
    for kind in ADDED:
        sections[kind] = _section(SCHEDULERS[kind])
        sections[PROFILES]["additionalProperties"]["properties"]["backend"]["enum"].append(kind)
    return root


def _section(scheduler: BatchScheduler) -> Schema:
    """Return the section of a scheduler that the shipped schema does not have."""
    own = {name: _optional(dict(node)) for name, node in scheduler.keys.items()}
    about = f"{scheduler.title}."
    return {"type": "object", "extends": "jobqueue", "description": about, "properties": own}


def _in_profile(names: Names) -> Schema | None:
    profile: Schema = _root()["properties"][PROFILES]["additionalProperties"]
    own = _walk(profile, names)
    if own is not None:
        return own
    sections = ("jobqueue", *(name for name in _root()["properties"] if name != PROFILES))
    found = (_walk(_root(), [section, *names]) for section in sections)
    return _optional(next((entry for entry in found if entry is not None), None))


def _in_group(section: Names, names: Names) -> Schema | None:
    groups = node(join_path([*section, GROUPS]))
    if groups is None or not names:
        return groups and groups["additionalProperties"]
    is_for_cluster = _is_for_cluster(node(join_path([*section, names[0]])))
    return None if is_for_cluster else _optional(node(join_path([*section, *names])))


def _is_for_cluster(found: Schema | None) -> bool:
    return found is not None and found.get("scope") == "cluster"


def _walk(start: Schema, names: Names) -> Schema | None:
    here: Schema | None = start
    for name in names:
        here = here.get("properties", {}).get(name) if here else None
    return here


def _optional(found: Schema | None) -> Schema | None:
    if found is None or {"object", "null"} & {*types_of(found)}:
        return found
    return {**found, "type": [*types_of(found), "null"]}


def _jobqueue_names(entry: Any, scheduler: str) -> Names:
    if isinstance(entry, Mapping):
        return [name for name, those in entry.items() if scheduler in those]
    return [entry] if isinstance(entry, str) else entry or []
