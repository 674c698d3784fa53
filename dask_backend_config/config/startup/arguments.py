"""Names that dask passes to Python as the names of arguments, which have no hyphens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...catalogue import dask_keys
from ...core.strings import inline
from ..merge import Branch, Leaf, Node, find
from .problem import Path, Problems, StartupProblem


def problems(tree: Branch) -> Problems:
    """Yield names with hyphens in sections whose names become arguments of a Python function."""
    for path, section in _sections(tree):
        if isinstance(section, Branch):
            for name, node in section.items():
                if isinstance(name, str) and "-" in name and not node.origin.is_default:
                    yield _problem((*path, name), node, name)
        elif isinstance(section.value, (list, tuple)) and not section.origin.is_default:
            yield from _in_list(path, section)


def _sections(tree: Branch) -> Iterator[tuple[Path, Node]]:
    """Yield the sections whose names are arguments."""
    for pattern in dask_keys.keys_with("arguments"):
        yield from _matching(tree, pattern.split("."), ())


def _matching(node: Node, names: Sequence[str], path: Path) -> Iterator[tuple[Path, Node]]:
    if not names:
        yield path, node
    elif isinstance(node, Branch):
        for name in list(node) if names[0] == "*" else names[:1]:
            if (inner := find(node, (name,))) is not None:
                yield from _matching(inner, names[1:], (*path, name))


def _in_list(path: Path, leaf: Leaf) -> Problems:
    for entry in leaf.value:
        for name in entry if isinstance(entry, Mapping) else ():
            if isinstance(name, str) and "-" in name:
                wrong = f"has {inline(name)}, which is not the name of a Python argument"
                hint = f"Write {name.replace('-', '_')}"
                yield StartupProblem("hyphen-in-argument", "error", path, leaf, wrong, hint)


def _problem(path: Path, node: Node, name: str) -> StartupProblem:
    new = name.replace("-", "_")
    wrong = "becomes an argument of a Python function, whose name has no hyphen: the start fails"
    hint = f"Rename it to {new}"
    return StartupProblem("hyphen-in-argument", "error", path, node, wrong, hint, new_name=new)
