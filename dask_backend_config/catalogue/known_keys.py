"""The known names, section by section."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from ..core.keys import hyphenated, join_path
from . import backend_schema
from .catalogue import EXTRA_KEYS, Path, catalogue

#: Holds sections whose names are the user's, and each of them keys of any backend.
PROFILES = ("backends", "profiles")
#: Stands for any profile's name, and for any section of jobqueue that is no scheduler's.
_ANY = "*"
_EXTRA = [tuple(key.split(".")) for key in EXTRA_KEYS if "." in key]


def names_below(section: Path) -> tuple[str, ...]:
    """The known names in a section; none in a value, nor in a map of the user's own names.

    Parameters
    ----------
    section : tuple of str
        Hyphenated; empty for the top level.
    """
    if section[:1] == ("jobqueue",) and len(section) > 1 and section[1] not in _schedulers():
        section = (*section[:1], _ANY, *section[2:])
    if section[:2] == PROFILES and len(section) > 2:
        section = (*PROFILES, _ANY, *section[3:])
    return _names_below(section)


def holds_keys(path: Path) -> bool:
    """Whether `path` is a known section whose keys are known too, or all profiles."""
    section = tuple(map(hyphenated, path))
    return section == PROFILES or bool(names_below(section))


def keys_below(section: Path) -> Iterator[Path]:
    """Every known key below a section, sections included.

    Parameters
    ----------
    section : tuple of str
        Hyphenated; empty for the top level.
    """
    for name in names_below(section):
        yield (*section, name)
        yield from keys_below((*section, name))


@functools.lru_cache(maxsize=4096)
def _names_below(section: Path) -> tuple[str, ...]:
    known = catalogue()
    if not section:
        return tuple(sorted(known.top_names))
    if known.is_free(section):
        return ()
    if section[0] == "backends":
        return _below_backends(section)
    default = known.default(section)
    names = list(default) if isinstance(default, Mapping) else []
    length = len(section)
    names += [path[length] for path in _EXTRA if path[:length] == section != path]
    return tuple(dict.fromkeys(names))


def _schedulers() -> tuple[str, ...]:
    return _names_below(("jobqueue",))


def _below_backends(section: Path) -> tuple[str, ...]:
    node = backend_schema.node(join_path(section)) or {}
    names = list(node.get("properties", {}))
    if "extends" in node:
        names += backend_schema.node(f"backends.{node['extends']}")["properties"]  # type: ignore[index]
    if section[:2] == PROFILES and len(section) == 3:
        kinds = [name for name in _names_below(PROFILES[:1]) if name != PROFILES[1]]
        names += [name for kind in kinds for name in _names_below(("backends", kind))]
    return tuple(dict.fromkeys(names))
