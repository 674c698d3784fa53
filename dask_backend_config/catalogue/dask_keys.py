"""Facts about single keys, from dask-keys.yaml and the packages' own schemas."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.keys import hyphenated, join_path
from ..yaml_edit import loaders
from . import shipped
from .dask_releases import is_before

#: The names of a key, such as ``("distributed", "worker", "daemon")``.
Names = tuple[str, ...]
_ENTRY = re.compile(r"^([\w.*-]+):(.*\n(?: .*\n)*)", re.MULTILINE)


def entry(names: Names) -> Mapping[str, Any]:
    """Return what dask-keys.yaml says about a key; an empty mapping if it says nothing.

    Parameters
    ----------
    names : tuple of str
        Hyphenated.
    """
    found: dict[str, Any] = {}
    for pattern in ((*names[:-1], "*"), (names[0], "*", *names[2:]), names):
        found |= _entry(join_path(pattern))
    return found


def keys_with(field: str) -> list[str]:
    """Return the keys, in the order of dask-keys.yaml, whose entry has a field."""
    return [key for key, text in _texts().items() if f"{field}:" in text]


def keys_read_by(version: str) -> list[str]:
    """Return the keys that a release of dask reads, but no current one; none for the newest."""
    found = []
    for key in keys_with("removed-after"):
        package, _, release = str(_entry(key)["removed-after"]).partition(" ")
        if package in ("dask", "distributed") and not is_before(release, version):
            found.append(key)
    return found


def inherited(key: str, field: str) -> Any:
    """Return a field of a key, else that of the nearest section above it, else None."""
    names = tuple(hyphenated(key).split("."))
    for length in range(len(names), 0, -1):
        if field in (found := _entry(join_path(names[:length]))):
            return found[field]
    return None


def schema_node(names: Names) -> Mapping[str, Any]:
    """Return what a package's own schema says about a key; an empty mapping for nothing."""
    for files in shipped.all_packages():
        if names[0] in map(hyphenated, shipped.known(files)):
            node: Any = shipped.schema_of(files)
            for name in names:
                node = (node.get("properties") or {}).get(name, {})
            return node  # type: ignore[no-any-return]
    return {}


@functools.cache
def _entry(key: str) -> Mapping[str, Any]:
    return loaders.load_known(_texts().get(key, "")) or {}


@functools.cache
def _texts() -> Mapping[str, str]:
    """Return the YAML of each entry, which is parsed only if it is needed: parsing is slow."""
    text = Path(__file__).with_name("dask-keys.yaml").read_text(encoding="utf-8")
    return dict(_ENTRY.findall(text))
