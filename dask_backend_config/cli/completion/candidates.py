"""Candidates for a key or value that is being typed. This must be fast, and imports no dask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...catalogue import backend_schema, fates
from ...catalogue.key_types import value_type
from ...catalogue.known_keys import PROFILES, Path, catalogue, holds_keys, names_below
from ...config.merge import Branch, Leaf, find
from ...core.keys import hyphenated
from ...core.strings import inline

#: The keys below ``backends`` that are not types of backends.
_OTHER_KEYS = ("default", "profiles", "jobqueue")


def keys(typed: str, trees: Iterable[Branch], known: bool = True) -> list[str]:
    """Return the keys that begin with `typed`, each up to its next dot.

    Parameters
    ----------
    typed : str
        Part of a dotted key, with ``-`` or ``_``.
    trees : iterable of Branch
        Configurations with keys of the user.
    known : bool, optional
        Whether known keys count even if they are not set.

    Returns
    -------
    list of str
        Sorted. A section ends with a dot.

    Examples
    --------
    >>> keys("distributed.wo", [])
    ['distributed.worker.']
    """
    parent, dot, start = typed.rpartition(".")
    section = tuple(parent.split(".")) if parent else ()
    names = tuple(map(hyphenated, section))
    found = {name: holds_keys((*names, name)) for name in names_below(names)} if known else {}
    for tree in trees:
        for name, is_section in _configured(tree, section):
            spelled = hyphenated(name) if hyphenated(name) in found else name
            has_keys = is_section or holds_keys((*names, hyphenated(name)))
            found[spelled] = found.get(spelled, False) or has_keys
    return sorted(
        f"{parent}{dot}{name}{'.' if is_section else ''}"
        for name, is_section in found.items()
        if hyphenated(name).startswith(hyphenated(start))
    )


def values(key: str, tree: Branch) -> list[str]:
    """Return the values of a key with a fixed set of values, none for another key.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``.
    tree : Branch
        The configuration.
    """
    path = tuple(hyphenated(key).split("."))
    if path == ("backends", "default"):
        return backends(tree)
    accepted = value_type(catalogue(), path)
    if accepted is None:
        return []
    if accepted.name == "boolean":
        return ["true", "false"]
    return [inline(value) for value in accepted.also] if accepted.name == "choice" else []


def backends(tree: Branch) -> list[str]:
    """Return the values for ``backends.default``: ``auto``, types of backends, and profiles."""
    types = [name for name in names_below((backend_schema.ROOT,)) if name not in _OTHER_KEYS]
    return ["auto", *types, *(name for name, _ in _configured(tree, PROFILES))]


def groups(name: str | None, tree: Branch) -> list[str]:
    """Return the worker groups of a type of backend or of a profile, all groups for ``auto``."""
    name = name or _value(tree, (backend_schema.ROOT, "default"))
    kind = _value(tree, (*PROFILES, name, "backend")) or name
    kinds = [kind] if backend_schema.extended(kind) or kind == "local" else fates.queues()
    sections = ["jobqueue"] * (kind != "local") + [*kinds]
    paths = [*((backend_schema.ROOT, section) for section in sections), (*PROFILES, name)]
    found = (_configured(tree, (*path, backend_schema.GROUPS)) for path in paths)
    return [*dict.fromkeys(hyphenated(group) for names in found for group, _ in names)]


def _value(tree: Branch, path: Path) -> str:
    found = find(tree, path)
    return str(found.value) if isinstance(found, Leaf) else ""


def _configured(tree: Branch, section: Path) -> Iterator[tuple[str, bool]]:
    """Yield the names in a section, and whether each is a section itself."""
    below = find(tree, section) if section else tree
    for name, node in below.items() if isinstance(below, Branch) else ():
        if isinstance(name, str) and "." not in name:
            yield name, isinstance(node, Branch) and bool(node)
