"""dask's merge, on trees whose leaves know where they come from.

Each function does what the function of the same name in ``dask.config`` does, quirks included:
tests/config/test_resolve.py compares them with dask. dask's own cannot be used, because they take
whatever is no mapping for a value, and would lose the origins of sections.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union

from ..core.equality import strictly_equal
from ..core.keys import canonical_name
from ..core.origins import Origin
from ..core.secrets import masked
from ..core.strings import shown

Priority = Literal["old", "new", "new-defaults"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is no mapping, its origin, and the key that was written for it."""

    value: Any
    origin: Origin
    written: str


class Branch(dict[Any, "Node"]):
    """A mapping of keys to leaves and branches, and the place that opened it first."""

    __slots__ = ("origin", "written")

    def __init__(self, origin: Origin, written: str = "") -> None:
        super().__init__()
        self.origin = origin
        self.written = written


Node = Union[Leaf, Branch]


class MergeError(Exception):
    """What makes ``import dask`` itself raise: `key` cannot be put where something else stands."""

    def __init__(self, message: str, key: str, origin: Origin) -> None:
        super().__init__(message, key, origin)
        self.message = message
        self.key = key
        self.origin = origin


def branch(data: Mapping[Any, Any], origin: Origin, prefix: str = "") -> Branch:
    """Plain nested mappings as a tree all of whose nodes have one origin."""
    tree = Branch(origin, prefix)
    for name, value in data.items():
        written = join(prefix, name)
        if isinstance(value, Mapping):
            tree[name] = branch(value, origin, written)
        else:
            tree[name] = Leaf(value, origin, written)
    return tree


def plain(node: Node) -> Any:
    """The tree without its origins."""
    if isinstance(node, Leaf):
        return node.value
    return {name: plain(inner) for name, inner in node.items()}


def leaves(node: Branch, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Node]]:
    """Every leaf, and every branch that holds nothing, with its path."""
    for name, inner in node.items():
        if isinstance(inner, Branch) and inner:
            yield from leaves(inner, (*path, name))
        else:
            yield (*path, name), inner


def find(node: Node, path: tuple[Any, ...]) -> Node | None:
    """What stands at `path` as ``dask.config.get`` looks for it, None for nothing."""
    for name in path:
        if not isinstance(node, Branch):
            return None
        inner = node.get(canonical_name(name, node) if isinstance(name, str) else name)
        if inner is None:
            return None
        node = inner
    return node


def update(
    old: Branch, new: Branch, priority: Priority = "new", defaults: Branch | None = None
) -> Branch:
    """Put `new` into `old`, as ``dask.config.update``.

    Raises
    ------
    MergeError
        Where a key is no text: dask raises TypeError.
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
    """Whether dask replaces `node` by `new` because it is the default so far.

    It also replaces what a user said by the same value; here `node` stays, for its origin.
    """
    default = defaults.get(name) if defaults else None
    if default is None or strictly_equal(plain(node), new.value):
        return False
    return bool(plain(default) == plain(node))


def _canonical(name: Any, mapping: Branch, node: Node) -> Any:
    try:
        return canonical_name(name, mapping)
    except (TypeError, AttributeError):
        message = f"the key {shown(name)} is no text; dask cannot merge it"
        raise MergeError(message, str(name), node.origin) from None


def assign(tree: Branch, key: str, node: Node) -> None:
    """Put `node` at a dotted key, as ``dask.config.set`` does after it renamed the key.

    Raises
    ------
    MergeError
        Where a value that is no mapping stands in the way: dask raises TypeError.
    """
    *parents, last = key.split(".")
    for depth, parent in enumerate(parents, 1):
        name = canonical_name(parent, tree)
        below = tree.get(name)
        if below is None:
            below = tree[name] = Branch(node.origin, ".".join(parents[:depth]))
        if isinstance(below, Leaf):
            above = ".".join(parents[:depth])
            message = f"{key} cannot be set: {above} holds {shown(masked(above, below.value))}"
            raise MergeError(f"{message} of {below.origin}", key, node.origin)
        tree = below
    tree[canonical_name(last, tree)] = node


def rename(tree: Branch, deprecations: Mapping[str, str | None]) -> dict[str, Node]:
    """Move what stands at renamed keys and drop removed ones, as ``dask.config.rename``.

    Returns
    -------
    dict of str to Node
        What stood at the old keys.

    Raises
    ------
    MergeError
        Where dask raises AttributeError or TypeError.
    """
    moved: dict[str, Node] = {}
    for old in deprecations:
        node = _pop(tree, old)
        if node is None or canonical_name(old, tree) not in deprecations:
            continue
        moved[old] = node
        if new := deprecations[old]:
            assign(tree, renamed(new, deprecations), node)
    return moved


def blocked(tree: Branch, key: str) -> Leaf | None:
    """The leaf that stands where `key` needs a section, on which ``dask.config.get`` raises
    TypeError instead of KeyError.
    """
    node: Node | None = tree
    for name in key.split("."):
        if isinstance(node, Leaf):
            return node
        node = node.get(canonical_name(name, node)) if node is not None else None
    return None


def renamed(key: str, deprecations: Mapping[str, str | None]) -> str:
    """The key that ``dask.config.set`` would write for `key`."""
    return deprecations.get(key.replace("_", "-")) or key


def _pop(tree: Branch, key: str) -> Node | None:
    *parents, last = key.split(".")
    for depth, parent in enumerate(parents, 1):
        below = tree.get(canonical_name(parent, tree))
        if isinstance(below, Leaf):
            # dask calls `pop` of whatever stands there: lists refuse a name, which dask takes for
            # "not there"; most others have no such method, which it does not expect.
            if depth == len(parents) and not isinstance(below.value, (list, set)):
                value = shown(masked(below.written, below.value))
                message = f"{below.written} must be a mapping here, it holds {value}"
                raise MergeError(message, below.written, below.origin)
            return None
        if below is None:
            return None
        tree = below
    return tree.pop(canonical_name(last, tree), None)


def join(prefix: str, name: Any) -> str:
    """``prefix.name``, or the name alone."""
    return f"{prefix}.{name}" if prefix else str(name)
