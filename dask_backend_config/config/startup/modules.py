"""Modules and plugins that values name and that are not installed in this Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...catalogue import backend_schema, dask_keys
from ...catalogue.installation import current
from ...catalogue.value_types import types_of
from ...core.fuzzy import nearest
from ...core.keys import hyphenated, join_path
from ...core.strings import references
from ..merge import Branch, Leaf
from .problem import Path, Problems, StartupProblem, user_leaves

_INSTALL = "Install it where your client and workers run, or change the value"


def problems(tree: Branch) -> Problems:
    """Yield the user's values whose modules or plugins are not installed."""
    for path, leaf in user_leaves(tree):
        entry = entry_of(path)
        for name in needed_modules(entry, leaf.value):
            if not is_importable(name):
                yield _missing_module(path, leaf, name)
        if "plugins" in entry and isinstance(leaf.value, str):
            yield from _missing_plugin(path, leaf, entry["plugins"])


def entry_of(path: Path) -> Mapping[str, Any]:
    """Return what dask-keys.yaml, or the schema of ``backends``, says about a key."""
    names = tuple(hyphenated(str(name)) for name in path)
    if names[0] == backend_schema.ROOT:
        return backend_schema.node(join_path(names)) or {}
    return dask_keys.entry(names)


def needed_modules(entry: Mapping[str, Any], value: Any) -> Iterator[str]:
    """Yield the names of the modules that the reader of a key imports for `value`."""
    if isinstance(value, (str, bool)) and value in entry.get("needs", {}):
        yield entry["needs"][value]
    form = entry.get("imports")
    is_wrong_list = isinstance(value, (list, tuple)) and "array" not in types_of(entry)
    if form is None or ("type" in entry and is_wrong_list):
        return
    for name in imported_names(value):
        if form == "object":
            yield name.rpartition(".")[0] or name
        elif not name.endswith(".py"):
            yield name


def imported_names(value: Any) -> Iterator[str]:
    """Yield the modules, objects and ``.py`` files that a value names.

    Addresses and code, which distributed takes as well, are left out, and variables, which another
    check reports.
    """
    for one in value if isinstance(value, (list, tuple)) else [value]:
        name = one.get("class") if isinstance(one, Mapping) else one
        if isinstance(name, str) and not re.search(r"\s|://", name) and not references(name):
            yield name


def is_importable(name: str) -> bool:
    """Return whether the Python in question finds a module; it is not imported."""
    return current().is_importable(name)


def _missing_module(path: Path, leaf: Leaf, name: str) -> StartupProblem:
    entry = "" if isinstance(leaf.value, str) else name
    is_module = name in (entry, leaf.value)
    subject = "is a module that" if is_module else f"needs the module {name}, which"
    wrong = f"{subject} is not installed in this Python"
    return StartupProblem("missing-module", "warning", path, leaf, wrong, _INSTALL, entry=entry)


def _missing_plugin(path: Path, leaf: Leaf, plugins: Mapping[str, Any]) -> Problems:
    known = [*plugins["built-in"], *current().plugins(plugins["group"])]
    if leaf.value and leaf.value not in known:
        wrong = "is not available: no package that is installed in this Python provides it"
        similar = nearest(leaf.value, known)
        guess = f"Did you mean {similar}? " if similar else ""
        hint = f"{guess}Available: {', '.join(known)}"
        yield StartupProblem("missing-module", "warning", path, leaf, wrong, hint)
