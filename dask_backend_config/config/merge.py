"""Merge trees of configuration as dask does, and keep the origin of each value.

Each function does what the function of the same name in ``dask.config`` does, quirks included:
tests/config/test_resolve.py compares them. dask's own functions would lose the origins of sections.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union

from ..catalogue.dask_releases import DaskRules
from ..core.equality import strictly_equal
from ..core.keys import canonical_name, join_path
from ..core.origins import Origin
from ..core.secrets import masked
from ..core.strings import shown

Priority = Literal["old", "new", "new-defaults"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is not a mapping, its origin, and its key as written there."""

    value: Any
    origin: Origin
    written: str


class Branch(dict[Any, "Node"]):
    """A section: a mapping of names to leaves and branches, and the first place that opened it."""

    __slots__ = ("origin", "written")

    def __init__(self, origin: Origin, written: str = "") -> None:
        super().__init__()
        self.origin = origin
        self.written = written


Node = Union[Leaf, Branch]


@dataclass(eq=False)
class MergeError(Exception):
    """A key that dask cannot merge, so that ``import dask`` fails."""

    message: str
    key: str
    origin: Origin


def branch(data: Mapping[Any, Any], origin: Origin, prefix: str = "") -> Branch:
    """Return plain nested mappings as a tree whose nodes all have one origin."""
    tree = Branch(origin, prefix)
    for name, value in data.items():
        written = join(prefix, name)
        if isinstance(value, Mapping):
            tree[name] = branch(value, origin, written)
        else:
            tree[name] = Leaf(value, origin, written)
    return tree


def plain(node: Node) -> Any:
    """Return a tree without its origins."""
    if isinstance(node, Leaf):
        return node.value
    return {name: plain(inner) for name, inner in node.items()}


def leaves(node: Branch, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Node]]:
    """Yield every leaf, and every empty branch, with its path."""
    for name, inner in node.items():
        if isinstance(inner, Branch) and inner:
            yield from leaves(inner, (*path, name))
        else:
            yield (*path, name), inner


def find(node: Node, path: tuple[Any, ...]) -> Node | None:
    """Return the node that ``dask.config.get`` finds at `path`; None if there is none."""
    here: Node | None = node
    for name in path:
        if not isinstance(here, Branch):
            return None
        here = here[name] if name in here else here.get(_spelled(name, here))
    return here


def is_set_by_user(tree: Node, path: tuple[Any, ...]) -> bool:
    """Return whether the value at `path`, or any below it, is not a default."""
    node = find(tree, path)
    below = [leaf for _, leaf in leaves(node)] if isinstance(node, Branch) else [node]
    return any(leaf is not None and not leaf.origin.is_default for leaf in below)


def update(
    old: Branch, new: Branch, priority: Priority = "new", defaults: Branch | None = None
) -> Branch:
    """Merge `new` into `old`, as ``dask.config.update``.

    Raises
    ------
    MergeError
        If a key is not a string: dask raises TypeError.
    """
    for name, node in new.items():
        name = _canonical(name, old, node)
        if isinstance(node, Branch):
            below = old.get(name)
            if not isinstance(below, Branch):
                below = old[name] = Branch(node.origin, node.written)
            inner = defaults.get(name) if defaults else None
            update(below, node, priority, inner if isinstance(inner, Branch) else None)
        elif priority == "new" or name not in old or _is_default(old[name], node, name, defaults):
            old[name] = node
    return old


def _is_default(node: Node, new: Leaf, name: str, defaults: Branch | None) -> bool:
    """Return whether dask replaces `node` by `new` because it is the default so far.

    dask also replaces a user's value by an equal one; here `node` stays, for its origin.
    """
    default = defaults.get(name) if defaults else None
    if default is None or strictly_equal(plain(node), new.value):
        return False
    return bool(plain(default) == plain(node))


def _canonical(name: Any, mapping: Branch, node: Node) -> Any:
    try:
        return canonical_name(name, mapping)
    except (TypeError, AttributeError):
        message = f"the key {shown(name)} is not a string; dask cannot merge it"
        raise MergeError(message, str(name), node.origin) from None


def assign(tree: Branch, path: Sequence[Any], node: Node) -> None:
    """Put `node` at `path`, as ``dask.config.set`` does after it renamed the key.

    Raises
    ------
    MergeError
        If one of the sections above is a value: dask raises TypeError.
    """
    *parents, last = path
    for depth, parent in enumerate(parents, 1):
        above = join_path(parents[:depth])
        below = tree.setdefault(canonical_name(parent, tree), Branch(node.origin, above))
        if isinstance(below, Leaf):
            key = join_path(path)
            message = f"cannot set {key}: {above} is {shown(masked(above, below.value))}"
            raise MergeError(f"{message} in {below.origin}", key, node.origin)
        tree = below
    tree[canonical_name(last, tree)] = node


def rename(
    tree: Branch, deprecations: Mapping[str, str | None], rules: DaskRules
) -> dict[str, Node]:
    """Move the values of renamed keys and drop those of removed keys, as ``dask.config.rename``.

    Returns
    -------
    dict of str to Node
        The old keys that were found, and their nodes.

    Raises
    ------
    MergeError
        If dask raises AttributeError or TypeError.
    """
    moved: dict[str, Node] = {}
    for old in deprecations:
        node = _pop(tree, old)
        if node is None:
            continue
        if rules.renames_in_each_layer and canonical_name(old, tree) not in deprecations:
            continue  # it is lost beside its other spelling
        moved[old] = node
        if new := deprecations[old]:
            assign(tree, renamed(new, deprecations).split("."), node)
    return moved


def blocked(tree: Branch, key: str) -> Leaf | None:
    """Return the leaf at a place where `key` needs a section; None if there is none.

    ``dask.config.get`` then raises TypeError instead of KeyError.
    """
    names = tuple(key.split("."))
    above = (find(tree, names[:length]) for length in range(1, len(names)))
    return next((node for node in above if isinstance(node, Leaf)), None)


def renamed(key: str, deprecations: Mapping[str, str | None]) -> str:
    """Return the key that ``dask.config.set`` writes for `key`."""
    return deprecations.get(key.replace("_", "-")) or key


def _pop(tree: Branch, key: str) -> Node | None:
    *parents, last = key.split(".")
    section = find(tree, tuple(parents))
    if isinstance(section, Branch):
        return section.pop(canonical_name(last, section), None)
    # dask calls `pop` of a value: lists refuse a name, which dask takes for "not there"; most other
    # values have no such method, which dask does not expect.
    if section is not None and not isinstance(section.value, (list, set)):
        value = shown(masked(section.written, section.value))
        message = f"{section.written} must be a mapping here, but is {value}"
        raise MergeError(message, section.written, section.origin)
    return None


def join(prefix: str, name: Any) -> str:
    """Return ``prefix.name``, or the name alone without a prefix."""
    return f"{prefix}.{name}" if prefix else str(name)


def canonical_path(tree: Node, path: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return `path` in the spelling of `tree`, as far as `tree` has it."""
    spelled = []
    node: Node | None = tree
    for name in path:
        if isinstance(node, Branch):
            name = _spelled(name, node)
            node = node.get(name)
        spelled.append(name)
    return tuple(spelled)


def _spelled(name: Any, tree: Branch) -> Any:
    return canonical_name(name, tree) if isinstance(name, str) else name
