"""What a key or a value that is being typed may become. It must be quick, and imports no dask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...catalogue import backend_schema
from ...catalogue.key_types import value_type
from ...catalogue.known_keys import PROFILES, Path, catalogue, holds_keys, names_below
from ...config.merge import Branch, find
from ...core.keys import hyphenated

#: Below ``backends``, what no backend is called.
_NO_BACKENDS = ("default", "profiles", "jobqueue")
_AUTO = "auto"
_TRUTH = ("true", "false")


def keys(typed: str, trees: Iterable[Branch], known: bool = True) -> list[str]:
    """The keys that begin with what is typed, as far as to their next dot.

    Parameters
    ----------
    typed : str
        Part of a dotted key, with ``-`` or ``_``.
    trees : iterable of Branch
        What is configured.
    known : bool, optional
        Whether keys that are known count, too, though nobody sets them.

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
    found = dict(_known(section)) if known else {}
    for tree in trees:
        for name, is_section in _configured(tree, section):
            spelled = hyphenated(name) if hyphenated(name) in found else name
            found[spelled] = found.get(spelled, False) or is_section
    return sorted(
        f"{parent}{dot}{name}{'.' if is_section else ''}"
        for name, is_section in found.items()
        if hyphenated(name).startswith(hyphenated(start))
    )


def values(key: str, tree: Branch) -> list[str]:
    """What a key can hold, as it is written; none where that is no choice.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``.
    tree : Branch
        What is configured.
    """
    path = tuple(hyphenated(key).split("."))
    if path == ("backends", "default"):
        return backends(tree)
    accepted = value_type(catalogue(), path)
    if accepted is None:
        return []
    if accepted.name == "boolean":
        return list(_TRUTH)
    return [_written(value) for value in accepted.also] if accepted.name == "choice" else []


def backends(tree: Branch) -> list[str]:
    """The names that ``backends.default`` may be: ``auto``, kinds and the profiles of a tree."""
    kinds = [name for name in names_below((backend_schema.ROOT,)) if name not in _NO_BACKENDS]
    return [_AUTO, *kinds, *(name for name, _ in _configured(tree, PROFILES))]


def _known(section: Path) -> Iterator[tuple[str, bool]]:
    names = tuple(map(hyphenated, section))
    return ((name, holds_keys((*names, name))) for name in names_below(names))


def _configured(tree: Branch, section: Path) -> Iterator[tuple[str, bool]]:
    """The names in a section, and whether they are sections themselves."""
    below = find(tree, section) if section else tree
    for name, node in below.items() if isinstance(below, Branch) else ():
        if isinstance(name, str) and "." not in name:
            yield name, isinstance(node, Branch) and bool(node)


def _written(value: Any) -> str:
    return {None: "null", True: "true", False: "false"}.get(value) or str(value)
