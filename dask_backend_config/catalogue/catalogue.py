"""The keys that are known: dask's, distributed's, dask-jobqueue's and ours.

None of the packages judges a key at run time, and their schemas allow additional ones almost
everywhere, so the trees of their defaults are the judge, with the tables below for what dask reads
but ships no default of. All names are compared with ``_`` and ``-`` as one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.keys import hyphenated, join_path
from . import backend_schema, shipped

Path = tuple[str, ...]

#: Read by dask, distributed or dask-jobqueue, and in no default file (found in their sources).
EXTRA_KEYS = (
    "annotations", "array-plugins", "cache", "chunksize", "client-name", "collection-annotations",
    "dask-expr-no-serialize", "delayed-pure", "func-dumps", "func-loads", "get",
    "ignore-deprecated", "logging", "logging-file-config", "multiprocessing.context",
    "multiprocessing.initializer", "num-workers", "pool", "rerun-exceptions-locally", "scheduler",
    "scheduler-address", "split-every", "distributed.logging", "distributed.logging-file-config",
    "distributed.nanny.blocked-handlers", "distributed.scheduler.pickle",
)  # fmt: skip
#: Maps whose keys are the user's, beside those whose default is an empty map.
FREE_MAPS = (
    "annotations", "collection-annotations", "ignore-deprecated", "logging", "distributed.logging",
    "distributed.nanny.environ", "distributed.nanny.pre-spawn-environ",
    "distributed.scheduler.default-task-durations",
    "distributed.scheduler.dashboard.bokeh-application", "distributed.rmm", "distributed.comm.ucx",
    "distributed.comm.ucxx",
)  # fmt: skip
MISSING: Any = object()


class Catalogue:
    """What is known of every key.

    Parameters
    ----------
    trees : mapping
        package -> its default tree.
    renamed : mapping
        Old key -> new key, None for a removed one.
    """

    def __init__(
        self, trees: Mapping[str, Mapping[str, Any]], renamed: Mapping[str, str | None]
    ) -> None:
        self.renamed = renamed
        self._owners: dict[str, str] = {}  # ours recommends keys that are distributed's
        for package, tree in trees.items():
            for name in map(hyphenated, tree):
                self._owners.setdefault(name, package)
        self._tree: dict[str, Any] = {}
        for tree in trees.values():
            _put(self._tree, tree)
        sections = self._tree.get("jobqueue", {}).values()
        self._jobqueue_keys: dict[str, Any] = {}
        for section in sections:
            self._jobqueue_keys.update(section)
        self._free = {tuple(key.split(".")) for key in FREE_MAPS}
        self._extra = {tuple(key.split(".")) for key in EXTRA_KEYS}
        self._tops = {*self._tree, *(path[0] for path in self._extra), "backends"}

    @property
    def top_names(self) -> frozenset[str]:
        """The names that mean something at the top level of a file."""
        return frozenset(self._tops)

    def owner(self, path: Path) -> str | None:
        """The package that reads `path`, None for the namespace of a package unknown to us."""
        top = hyphenated(path[0])
        if top == "backends":
            return shipped.OURS
        return self._owners.get(top) or ("dask" if top in self._tops else None)

    def knows(self, path: Path) -> bool:
        """Whether `path` is a known key or section, or lies in a map of the user's own names."""
        return self.default(path) is not MISSING or self.is_free(path) or self._is_extra(path)

    def default(self, path: Path) -> Any:
        """The default at `path`, a mapping for a section, `MISSING` for none."""
        names = tuple(map(hyphenated, path))
        if names[0] == "backends" and backend_schema.node(join_path(names)) is None:
            return MISSING
        if names[0] == "jobqueue" and len(names) > 1 and names[1] not in self._tree["jobqueue"]:
            return self._below(self._jobqueue_keys, names[2:])
        found = self._below(self._tree, names)
        return None if found is MISSING and names[0] == "backends" else found

    def is_section(self, path: Path) -> bool:
        """Whether defaults hold a mapping with keys of their own at `path`."""
        default = self.default(path)
        return isinstance(default, Mapping) and bool(default) and not self.is_free(path)

    def is_free(self, path: Path) -> bool:
        """Whether `path` is, or lies below, a map whose keys are the user's own."""
        names = tuple(map(hyphenated, path))
        if names == ("backends", "profiles"):
            return True
        above = [names[:length] for length in range(1, len(names) + 1)]
        return any(part in self._free or self._is_empty_map(part) for part in above)

    def places(self, name: str) -> list[Path]:
        """Every known key and section below the top level whose last name is `name`."""
        return self._places.get(hyphenated(name), [])

    @functools.cached_property
    def _places(self) -> dict[str, list[Path]]:
        places: dict[str, list[Path]] = {}
        for key in self.keys():
            *parents, last = key.split(".")
            if parents:
                places.setdefault(last, []).append((*parents, last))
        return places

    def keys(self) -> Iterator[str]:
        """Every known key and section, dotted and hyphenated."""
        yield from _dotted(self._tree, "")
        yield from EXTRA_KEYS

    def _is_empty_map(self, names: Path) -> bool:
        return names[0] != "backends" and self.default(names) == {}

    def _is_extra(self, path: Path) -> bool:
        names = tuple(map(hyphenated, path))
        return any(extra[: len(names)] == names for extra in self._extra)

    @staticmethod
    def _below(tree: Any, names: Path) -> Any:
        for name in names:
            if not isinstance(tree, Mapping) or name not in tree:
                return MISSING
            tree = tree[name]
        return tree


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue of what is installed here. Nothing is imported for it."""
    trees = {entry.package: shipped.known(entry) for entry in shipped.PACKAGES}
    renamed = {
        old: new for entry in shipped.PACKAGES for old, new in shipped.deprecations(entry).items()
    }
    return Catalogue({**trees, shipped.OURS: shipped.ours()}, renamed)


def _put(tree: dict[str, Any], new: Mapping[str, Any]) -> None:
    for name, value in new.items():
        name = hyphenated(str(name))
        if isinstance(value, Mapping):
            below = tree.setdefault(name, {})
            if isinstance(below, dict):
                _put(below, value)
        else:
            tree.setdefault(name, value)


def _dotted(tree: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, value in tree.items():
        key = f"{prefix}{name}"
        yield key
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{key}.")
