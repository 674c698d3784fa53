"""The known keys by their last names, as users may write them, to compare unknown keys with."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping

from ..core.keys import join_path
from . import backend_schema, dask_keys, fates
from .installation import cached
from .known_keys import PROFILES, Path, catalogue, is_own_section, keys_below, names_below
from .old_keys import new_name

#: Last name -> the sections that it is in, each with the key that is meant.
Pool = Mapping[str, list[tuple[Path, Path]]]
#: Namespaces with a section per scheduler.
NAMESPACES = ("jobqueue", backend_schema.ROOT)


def candidates(names: Path) -> Pool:
    """Return the known keys that an unknown key may stand for.

    Parameters
    ----------
    names : tuple of str
        Hyphenated. For a key in a profile or a worker group, or in a section of jobqueue with a
        name of its own, only the keys of this section are returned.
    """
    section = _own_section(names)
    return _of_section(section) if section else _everywhere()


def _own_section(names: Path) -> Path:
    """Return the section with a name of the user's that a key is in; empty if there is none."""
    if parts := backend_schema.split_group(names):
        return names[: len(names) - len(parts[2])] if parts[2] else ()
    if names[:2] == PROFILES:
        return names[:3] if len(names) > 3 else ()
    return names[:2] if len(names) > 2 and is_own_section(names) else ()


@cached
def _everywhere() -> Pool:
    kinds = [kind for kind in names_below(("backends",)) if kind != PROFILES[1]]
    keys = _with_other_names({path: path for path in keys_below(())})
    for kind in kinds:
        keys |= _theirs(("backends", kind), kind)
    for old in catalogue().renamed:
        new = new_name(tuple(old.split(".")), catalogue())
        if new and catalogue().knows(tuple(new.split("."))):
            keys.setdefault(tuple(old.split(".")), tuple(new.split(".")))
    return _by_last_name(keys)


@cached
def _of_section(section: Path) -> Pool:
    """Return the keys of a profile or group, or of a section of jobqueue with its own name."""
    keys = _with_other_names({path: path for path in keys_below(section)})
    for kind in _kinds(section):
        theirs = _theirs(section, kind).items()
        keys |= {called: path for called, path in theirs if catalogue().knows(path)}
    return _by_last_name(keys)


def _kinds(section: Path) -> tuple[str, ...]:
    """Return the kinds of backends that may read a section."""
    if section[0] != backend_schema.ROOT:
        return ()
    if section[:2] == PROFILES:
        return names_below((backend_schema.ROOT,))
    return fates.queues() if section[1] == "jobqueue" else (section[1],)


def _with_other_names(keys: dict[Path, Path]) -> dict[Path, Path]:
    """Add what users call some keys."""
    for path in list(keys):
        for name in _other_names(path):
            keys.setdefault((*path[:-1], name), path)
    return keys


def _theirs(section: Path, kind: str) -> dict[Path, Path]:
    """Return dask-jobqueue's names for the keys of a backend, and the keys."""
    found = {}
    for path in keys_below(("backends", kind)) if kind != PROFILES[1] else ():
        for key in backend_schema.fallbacks(join_path(path)):
            names = tuple(key.split("."))
            for name in (names[-1], *_other_names(names)) if names[0] == "jobqueue" else ():
                called = (*section, name)
                found[called] = (*section, *path[2:])
    return found


def _other_names(path: Path) -> list[str]:
    pattern = join_path((*path[:1], "*", *path[2:]))
    return _named_otherwise().get(pattern, [])


@functools.cache
def _named_otherwise() -> Mapping[str, list[str]]:
    """Return the entries of dask-keys.yaml whose keys have other names, and these."""
    keys = dask_keys.keys_with("other-names")
    return {key: dask_keys.entry(tuple(key.split(".")))["other-names"] for key in keys}


def _by_last_name(keys: Mapping[Path, Path]) -> Pool:
    found: dict[str, list[tuple[Path, Path]]] = defaultdict(list)
    for called, meant in keys.items():
        found[called[-1]].append((called[:-1], meant))
    return found
