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
from .dask_releases import installed_version
from .installation import THIS, cached
from .package_files import PACKAGES
from .value_types import types_of

Path = tuple[str, ...]

MISSING: Any = object()
#: Holds sections whose names are the user's, each with the keys of any backend.
PROFILES = ("backends", "profiles")


class Catalogue:
    """All known keys, with their defaults.

    Parameters
    ----------
    trees : mapping
        Package -> its default tree.
    renamed : mapping
        Old key -> new key, None for a removed one.
    version : str
        That of dask; empty for the newest.
    """

    def __init__(
        self,
        trees: Mapping[str, Mapping[str, Any]],
        renamed: Mapping[str, str | None],
        version: str = "",
    ) -> None:
        self.renamed = renamed
        self.version = version
        #: Keys that newer releases removed.
        self.still_read = {*dask_keys.keys_read_by(version)} - {*renamed}
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
        self._without_default += map(_path, self.still_read)
        #: The known names at the top level of a file.
        self.top_names = {*self._tree, *(path[0] for path in self._without_default), "backends"}

    def owner(self, path: Path) -> str | None:
        """Return the package that reads a key; None for the namespace of an unknown package."""
        top = hyphenated(path[0])
        if top == "backends":
            return shipped.OURS
        return self._owners.get(top) or ("dask" if top in self.top_names else None)

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
        above = [names[:length] for length in range(1, len(names) + 1)]
        if names[:1] == ("backends",):
            return holds_own_names(names) or any(map(_is_mapping, above))
        return any(part in self._free or self.default(part) == {} for part in above)

    def places(self, name: str) -> list[Path]:
        """Return every known key and section below the top level that has this last name."""
        last = hyphenated(name)
        return [path for path in self._paths if path[-1] == last and len(path) > 1]

    def keys(self) -> Iterator[str]:
        """Yield every known key and section, dotted and hyphenated."""
        yield from _dotted(self._tree, "")
        yield from map(join_path, self._without_default)

    @functools.cached_property
    def _paths(self) -> list[Path]:
        return list(map(_path, self.keys()))

    def names_below(self, section: Path) -> tuple[str, ...]:
        """Return the known names in a hyphenated section; see the function `names_below`."""
        if self.is_free(section):
            return ()
        default, length = self.default(section), len(section)
        names = list(default) if isinstance(default, Mapping) else []
        names += [key[length] for key in self._without_default if key[:length] == section != key]
        return tuple(dict.fromkeys(names))


@cached
def catalogue() -> Catalogue:
    """Return the catalogue of the installed packages, without importing any of them.

    If one of the usual packages is missing in a snapshot, its keys are those that are known here:
    files are shared by environments with other packages.
    """
    renamed: dict[str, str | None] = {}
    for files in PACKAGES:
        renamed |= shipped.deprecations(files)
    trees = shipped.trees()
    with THIS.in_use():
        usual = {files.package: shipped.known(files) for files in PACKAGES}
    usual[shipped.OURS] = shipped.known_ours()
    trees = {**trees, **{name: trees.get(name) or usual[name] for name in usual}}
    return Catalogue(trees, renamed, installed_version())


@cached
def names_below(section: Path) -> tuple[str, ...]:
    """Return the known names in a section; none for a value or a map with names of the user.

    Parameters
    ----------
    section : tuple of str
        Hyphenated; empty for the top level.
    """
    if not section:
        return tuple(sorted(catalogue().top_names))
    if section[0] != "backends" or section == PROFILES:
        return catalogue().names_below(section)
    if parts := backend_schema.split_group(section):
        above, _, below = parts
        names = [*names_below((*above, *below))]
        return tuple(n for n in names if backend_schema.node(join_path((*section, n))))
    node = backend_schema.node(join_path(section)) or {}
    names = list(node.get("properties", {}))
    if "extends" in node:
        names += names_below(("backends", node["extends"]))
    if section[:2] == PROFILES and len(section) == 3:
        kinds = [name for name in names_below(PROFILES[:1]) if name != PROFILES[1]]
        names += [name for kind in kinds for name in names_below(("backends", kind))]
    return tuple(dict.fromkeys(names))


def holds_keys(path: Path) -> bool:
    """Return whether `path` is a section with known keys, or one of profiles or worker groups."""
    section = tuple(map(hyphenated, path))
    return holds_own_names(section) or bool(names_below(section))


def holds_own_names(path: Path) -> bool:
    """Return whether `path` is the section of all profiles, or of the worker groups of a backend.

    The user chooses the names in it, and each is a section with known keys.
    """
    section = tuple(map(hyphenated, path))
    if section[-1:] == (backend_schema.GROUPS,):
        return backend_schema.node(join_path(section)) is not None
    return section == PROFILES


def is_own_section(path: Path) -> bool:
    """Return whether `path` is a section of ``jobqueue`` with a name of the user's, or in one.

    A class of another package may read it, with keys that dask-jobqueue does not have.
    """
    names = tuple(map(hyphenated, path))
    return names[:1] == ("jobqueue",) and len(names) > 1 and names[1] not in names_below(names[:1])


def keys_below(section: Path) -> Iterator[Path]:
    """Yield every known key and section below a hyphenated section; () is the top level."""
    for name in names_below(section):
        yield (*section, name)
        yield from keys_below((*section, name))


def _is_mapping(path: Path) -> bool:
    """Return whether a key below ``backends`` is a mapping of arguments."""
    return "object" in types_of(backend_schema.node(join_path(path)) or {}) and not holds_keys(path)


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
