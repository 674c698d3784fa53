"""The known keys: those of dask, distributed, dask-jobqueue and this package.

No package checks keys at run time, and their schemas allow unknown keys almost everywhere. So a key
is known if a default file has it, or if dask-keys.yaml names it as one without a default. ``_`` and
``-`` are the same in all names.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.keys import hyphenated, join_path
from . import backend_schema, dask_keys, shipped

Path = tuple[str, ...]

MISSING: Any = object()
#: Holds sections whose names are the user's, each with the keys of any backend.
PROFILES = ("backends", "profiles")
#: Stands for any name of a profile, and for any section of jobqueue that is not a scheduler's.
_ANY = "*"


class Catalogue:
    """All known keys, with their defaults.

    Parameters
    ----------
    trees : mapping
        Package -> its default tree.
    renamed : mapping
        Old key -> new key, None for a removed one.
    """

    def __init__(
        self, trees: Mapping[str, Mapping[str, Any]], renamed: Mapping[str, str | None]
    ) -> None:
        self.renamed = renamed
        self._owners: dict[str, str] = {}  # the first counts: we recommend keys of distributed
        self._tree: dict[str, Any] = {}
        for package, tree in trees.items():
            for name in map(hyphenated, tree):
                self._owners.setdefault(name, package)
            _merge(self._tree, tree)
        self._jobqueue_keys: dict[str, Any] = {}
        for section in self._tree.get("jobqueue", {}).values():
            self._jobqueue_keys.update(section)
        self._free = set(map(_path, dask_keys.keys_with("own-names")))
        self._without_default = list(map(_path, dask_keys.keys_with("no-default")))
        self._tops = {*self._tree, *(path[0] for path in self._without_default), "backends"}

    @property
    def top_names(self) -> frozenset[str]:
        """The known names at the top level of a file."""
        return frozenset(self._tops)

    def owner(self, path: Path) -> str | None:
        """Return the package that reads a key; None for the namespace of an unknown package."""
        top = hyphenated(path[0])
        if top == "backends":
            return shipped.OURS
        return self._owners.get(top) or ("dask" if top in self._tops else None)

    def knows(self, path: Path) -> bool:
        """Return whether a key or section is known, or lies in a map with names of the user."""
        names = tuple(map(hyphenated, path))
        return (
            self.default(names) is not MISSING
            or self.is_free(names)
            or any(key[: len(names)] == names for key in self._without_default)
        )

    def default(self, path: Path) -> Any:
        """Return the default of a key, a mapping for a section, or `MISSING`."""
        names = tuple(map(hyphenated, path))
        if names[0] == "backends" and backend_schema.node(join_path(names)) is None:
            return MISSING
        if names[0] == "jobqueue" and len(names) > 1 and names[1] not in self._tree["jobqueue"]:
            return _below(self._jobqueue_keys, names[2:])
        found = _below(self._tree, names)
        return None if found is MISSING and names[0] == "backends" else found

    def is_section(self, path: Path) -> bool:
        """Return whether the defaults hold a mapping with known keys at `path`."""
        default = self.default(path)
        return isinstance(default, Mapping) and bool(default) and not self.is_free(path)

    def is_free(self, path: Path) -> bool:
        """Return whether `path` is, or lies below, a map whose names the user chooses."""
        names = tuple(map(hyphenated, path))
        if names == PROFILES:
            return True
        above = [names[:length] for length in range(1, len(names) + 1)]
        return any(part in self._free or self._is_empty_map(part) for part in above)

    def places(self, name: str) -> list[Path]:
        """Return every known key and section below the top level that has this last name."""
        return self._places.get(hyphenated(name), [])

    def keys(self) -> Iterator[str]:
        """Yield every known key and section, dotted and hyphenated."""
        yield from _dotted(self._tree, "")
        yield from map(join_path, self._without_default)

    def names_below(self, section: Path) -> tuple[str, ...]:
        """Return the known names in a hyphenated section; see the function `names_below`."""
        if self.is_free(section):
            return ()
        default, length = self.default(section), len(section)
        names = list(default) if isinstance(default, Mapping) else []
        names += [key[length] for key in self._without_default if key[:length] == section != key]
        return tuple(dict.fromkeys(names))

    @functools.cached_property
    def _places(self) -> dict[str, list[Path]]:
        places: dict[str, list[Path]] = {}
        for path in map(_path, self.keys()):
            if len(path) > 1:
                places.setdefault(path[-1], []).append(path)
        return places

    def _is_empty_map(self, names: Path) -> bool:
        return names[0] != "backends" and self.default(names) == {}


@functools.cache
def catalogue() -> Catalogue:
    """Return the catalogue of the installed packages, without importing any of them."""
    trees = {files.package: shipped.known(files) for files in shipped.PACKAGES}
    renamed: dict[str, str | None] = {}
    for files in shipped.PACKAGES:
        renamed |= shipped.deprecations(files)
    return Catalogue({**trees, shipped.OURS: shipped.known_ours()}, renamed)


def names_below(section: Path) -> tuple[str, ...]:
    """Return the known names in a section; none for a value or a map with names of the user.

    Parameters
    ----------
    section : tuple of str
        Hyphenated; empty for the top level.
    """
    if section[:1] == ("jobqueue",) and len(section) > 1 and section[1] not in _clusters():
        section = (*section[:1], _ANY, *section[2:])
    if section[:2] == PROFILES and len(section) > 2:
        section = (*PROFILES, _ANY, *section[3:])
    return _names_below(section)


def holds_keys(path: Path) -> bool:
    """Return whether `path` is a section with known keys, or the section of all profiles."""
    section = tuple(map(hyphenated, path))
    return section == PROFILES or bool(names_below(section))


def keys_below(section: Path) -> Iterator[Path]:
    """Yield every known key and section below a hyphenated section; () is the top level."""
    for name in names_below(section):
        yield (*section, name)
        yield from keys_below((*section, name))


@functools.lru_cache(maxsize=4096)
def _names_below(section: Path) -> tuple[str, ...]:
    if not section:
        return tuple(sorted(catalogue().top_names))
    if section[0] == "backends" and section != PROFILES:
        return _names_below_backends(section)
    return catalogue().names_below(section)


def _clusters() -> tuple[str, ...]:
    return _names_below(("jobqueue",))


def _names_below_backends(section: Path) -> tuple[str, ...]:
    node = backend_schema.node(join_path(section)) or {}
    names = list(node.get("properties", {}))
    if "extends" in node:
        names += _names_below(("backends", node["extends"]))
    if section[:2] == PROFILES and len(section) == 3:
        kinds = [name for name in _names_below(PROFILES[:1]) if name != PROFILES[1]]
        names += [name for kind in kinds for name in _names_below(("backends", kind))]
    return tuple(dict.fromkeys(names))


def _path(key: str) -> Path:
    return tuple(key.split("."))


def _below(tree: Any, names: Path) -> Any:
    for name in names:
        if not isinstance(tree, Mapping) or name not in tree:
            return MISSING
        tree = tree[name]
    return tree


def _merge(tree: dict[str, Any], new: Mapping[str, Any]) -> None:
    """Put `new` into `tree` with hyphenated names; what is there stays."""
    for name, value in new.items():
        name = hyphenated(str(name))
        if isinstance(value, Mapping):
            below = tree.setdefault(name, {})
            if isinstance(below, dict):
                _merge(below, value)
        else:
            tree.setdefault(name, value)


def _dotted(tree: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, value in tree.items():
        yield f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{prefix}{name}.")
