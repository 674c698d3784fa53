"""One resolver: every effective value, where it comes from, and what it shadows.

`fresh` says what a process sees that imports dask, this package and distributed, without importing
any of them. `live` says it of this process, where ``dask.config.set`` may have been at work.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..catalogue import shipped as shipped
from ..core.equality import strictly_equal
from ..core.keys import CONTROL_VARIABLES, canonical_name, join_path, key_of
from ..core.observers import origin_in_code
from ..core.origins import Origin
from ..core.secrets import masked
from ..core.strings import shown
from .merge import (
    Branch,
    Leaf,
    MergeError,
    Node,
    blocked,
    branch,
    find,
    leaves,
    plain,
    rename,
    update,
)
from .search_path import config_files, search_paths
from .sources import Environment, SourceFile, read_environment, read_file

Deprecations = Mapping[str, str | None]
#: Keys that dask makes of the variables that steer it; they configure nothing.
USELESS_KEYS = tuple(key_of(name) for name in CONTROL_VARIABLES)


@dataclass(frozen=True, slots=True)
class Layered:
    """A value that one layer holds, and its place there."""

    value: Any
    origin: Origin


@dataclass(frozen=True, slots=True, repr=False)
class Resolved:
    """An effective value.

    Attributes
    ----------
    key : str
        Dotted, in the spelling of the default, else as dask keeps it.
    value : object
        What ``dask.config.get(key)`` returns.
    origin : Origin
        Where it comes from.
    shadowed : tuple of Layered
        What lower layers say of the same key, the highest first.
    """

    key: str
    value: Any
    origin: Origin
    shadowed: tuple[Layered, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.key} = {shown(masked(self.key, self.value))} from {self.origin}>"

    def _repr_html_(self) -> str:
        from .values_html import resolved_as_html

        return resolved_as_html(self)


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a user can say outside of code.

    Attributes
    ----------
    paths : list of str
        The search path, lowest first.
    files : list of SourceFile
        Every file found there, lowest first, the unusable ones too.
    environment : Environment
        Variables and inherited config.
    """

    paths: list[str]
    files: list[SourceFile]
    environment: Environment

    def layers(self) -> list[Branch]:
        """A fresh tree for each layer, highest first; variables apart from inherited config."""
        variables = Branch(Origin("variable"))
        for path, node in leaves(self.environment.tree):
            if isinstance(node, Leaf) and node.origin.kind == "variable":
                update(variables, _single(path, node))
        files = [file.tree() for file in reversed(self.files)]
        return [variables, _copied(self.environment.inherited), *files]


@dataclass(slots=True)
class Resolution:
    """The effective tree and the layers that it was merged from.

    Attributes
    ----------
    tree : Branch
        Effective values with their origins.
    layers : list of Branch
        Highest first, renamed keys at their new places.
    known : Branch
        All defaults, whose spelling of a key is the one that is shown.
    conflicts : list of MergeError
        What makes ``import dask`` fail; left out of `tree`.
    """

    tree: Branch
    layers: list[Branch]
    known: Branch
    conflicts: list[MergeError] = field(default_factory=list)

    def values(self, prefix: str = "") -> dict[str, Resolved]:
        """Every effective value at or below `prefix`, sorted by key; all without one."""
        found = {key: (path, node) for key, path, node in self._entries(prefix)}
        return {key: self._resolved(key, *found[key]) for key in sorted(found)}

    def value(self, key: str) -> Resolved | None:
        """The effective value at `key`, None where there is none or a section stands there."""
        path = tuple(key.split("."))
        node = find(self.tree, path)
        if isinstance(node, Leaf) or (isinstance(node, Branch) and not node):
            return self._resolved(self._shown(path), path, node)
        return next((found for found in self.values(key).values() if found.key == key), None)

    def by_path(self, prefix: str) -> Iterator[tuple[tuple[Any, ...], Resolved]]:
        """Every effective value at or below a key, by the tree's names, which may hold dots."""
        wanted = canonical_path(self.tree, tuple(prefix.split(".")))
        below = find(self.tree, wanted)
        inner = leaves(below, wanted) if isinstance(below, Branch) else [(wanted, below)]
        for path, node in inner:
            if node is not None:
                yield path, self._resolved(self._shown(path), path, node)

    def _entries(self, prefix: str) -> Iterator[tuple[str, tuple[Any, ...], Node]]:
        wanted = canonical_path(self.tree, tuple(prefix.split("."))) if prefix else ()
        for path, node in leaves(self.tree):
            key = self._shown(path)
            below = path[: len(wanted)] == wanted or key == prefix
            if below and key not in USELESS_KEYS:
                yield key, path, node

    def _shown(self, path: tuple[Any, ...]) -> str:
        return join_path(canonical_path(self.known, canonical_path(self.tree, path)))

    def _resolved(self, key: str, path: tuple[Any, ...], node: Node) -> Resolved:
        below = [found for layer in self.layers if (found := find(layer, path)) is not None]
        # distributed hands its defaults over each time that it is imported, or is made to.
        by_origin = {other.origin: Layered(plain(other), other.origin) for other in below}
        by_origin.pop(node.origin, None)
        return Resolved(key, plain(node), node.origin, tuple(by_origin.values()))


def gather(
    environ: Mapping[str, str] | None = None,
    paths: Sequence[str] | None = None,
    texts: Mapping[str, str] | None = None,
) -> Sources:
    """Read all files and variables; nothing is raised for what is wrong with them.

    Parameters
    ----------
    environ : mapping, optional
        ``os.environ`` where not given.
    paths : sequence of str, optional
        dask's search path for `environ` where not given.
    texts : mapping, optional
        Path of a file -> what it is taken to hold, whether or not it exists.
    """
    texts = texts or {}
    environ = os.environ if environ is None else environ
    searched = search_paths(environ) if paths is None else list(paths)
    files = [read_file(path, texts.get(path)) for path in config_files(searched, texts)]
    early = shipped.deprecations(shipped.PACKAGES[0])
    return Sources(searched, files, read_environment(environ, early))


def collect(sources: Sources, deprecations: Deprecations) -> tuple[Branch, list[MergeError]]:
    """Merge what the user said, as ``dask.config.collect``.

    Returns
    -------
    tree : Branch
    conflicts : list of MergeError
        What makes dask fail here.
    """
    conflicts = list(sources.environment.conflicts)
    tree = Branch(Origin("code"))
    said = [*(file.tree() for file in sources.files), _copied(sources.environment.tree)]
    seen: set[str] = set()
    for layer in reversed(said):
        try:
            moved = rename(layer, deprecations)
        except MergeError as error:
            conflicts.append(error)
            continue
        conflicts.extend(_unasked(tree, moved, deprecations, seen))
        update(tree, layer, "old")
    return tree, conflicts


def _unasked(
    tree: Branch, moved: Mapping[str, Node], deprecations: Deprecations, seen: set[str]
) -> Iterator[MergeError]:
    """What fails when dask asks, once for each renamed key, whether a higher layer has the new."""
    for old, node in moved.items():
        new = deprecations[old]
        obstacle = blocked(tree, new or f"ignore-deprecated.{old}") if old not in seen else None
        seen.add(old)
        if obstacle is not None:
            value = shown(masked(obstacle.written, obstacle.value))
            message = f"{old} is now {new}, but {obstacle.written} holds {value}"
            yield MergeError(f"{message} of {obstacle.origin}", old, node.origin)


def not_set_by_user(ours: Branch, layers: Sequence[Branch]) -> Branch:
    """The part of `ours` of which no file, variable or inherited config says anything."""
    rest = Branch(ours.origin)
    for path, node in leaves(ours):
        if all(find(layer, path) is None for layer in layers):
            update(rest, _single(path, node))
    return rest


def fresh(sources: Sources) -> Resolution:
    """What a new process sees, in the order in which things happen there.

    dask is imported, then this package, then distributed, then dask_jobqueue.
    """
    dask, distributed, jobqueue = (_default_tree(entry) for entry in shipped.PACKAGES)
    early, late = (shipped.deprecations(entry) for entry in shipped.PACKAGES[:2])
    ours = branch(shipped.ours(), Origin("default", name=shipped.OURS))
    collected, conflicts = collect(sources, early)
    order = [dask, distributed, ours, distributed, jobqueue]
    tree = _imported(collected, order, ours, sources.layers())
    try:
        rename(tree, late)
    except MergeError as error:
        conflicts.append(error)
    defaults = [ours, jobqueue, distributed, dask]
    layers = _all_renamed([*sources.layers(), *defaults], {**early, **late})
    return Resolution(tree, layers, _merged(reversed(defaults)), conflicts)


def live() -> Resolution:
    """What this process sees now: the files and variables of its search path, and ``dask.config``.

    A value that no layer explains has the origin ``code``. One that was set in code to what a
    layer says anyway cannot be told from that layer's.
    """
    import dask.config

    sources = gather(os.environ, dask.config.paths)
    early = shipped.deprecations(shipped.PACKAGES[0])
    everything: Deprecations = dask.config.deprecations
    late = {old: new for old, new in everything.items() if old not in early}
    registered = [branch(tree, _owner(tree)) for tree in dask.config.defaults]
    ours = next((tree for tree in registered if tree.origin.name == shipped.OURS), None)
    order = [tree for tree in registered if tree is not ours]
    if ours is not None:
        order.insert(2, ours)  # `layer.install` hands distributed's over before
    collected, conflicts = collect(sources, early)
    imported = _imported(collected, order, ours, sources.layers())
    rename(imported, late)
    refreshed = Branch(Origin("code"))
    for default in registered:
        update(refreshed, default, "old")
    again = replace(sources, environment=read_environment(os.environ, everything))
    update(refreshed, collect(again, everything)[0])
    tree = _explained(dask.config.config, (), (imported, refreshed))
    layers = _all_renamed([*sources.layers(), *registered], everything)
    return Resolution(tree, layers, _merged(reversed(registered)), conflicts)


def _imported(
    collected: Branch, order: Sequence[Branch], ours: Branch | None, layers: Sequence[Branch]
) -> Branch:
    """The tree after each package of `order` has put in its defaults; ours as `layer.install`."""
    tree = update(Branch(Origin("code")), collected)
    known: list[Branch] = []
    for default in order:
        merged = _merged(known)
        if default is ours:
            _put_ours(tree, not_set_by_user(ours, layers), merged)
            known.insert(0, ours)
        else:
            update(tree, default, "new-defaults", merged)
            known.append(default)
    return tree


def _put_ours(tree: Branch, rest: Branch, merged: Branch) -> None:
    for path, node in leaves(rest):
        live, default = find(tree, path), find(merged, path)
        if live is None or (default is not None and plain(live) == plain(default)):
            update(tree, _single(path, node))


def origin_in_process(key: str) -> Origin | None:
    """Where the live value at `key` comes from, None where there is none."""
    found = live().value(key)
    return found.origin if found else None


def canonical_path(tree: Node, path: tuple[Any, ...]) -> tuple[Any, ...]:
    """`path` in the spelling that `tree` holds, as far as it holds it."""
    spelled = []
    node: Node | None = tree
    for name in path:
        if isinstance(node, Branch):
            name = canonical_name(name, node) if isinstance(name, str) else name
            node = node.get(name)
        else:
            node = None
        spelled.append(name)
    return tuple(spelled)


def _explained(
    config: Mapping[Any, Any], path: tuple[Any, ...], expected: Sequence[Branch]
) -> Branch:
    tree = Branch(Origin("code"))
    for name, value in config.items():
        here = (*path, name)
        nodes = [node for layer in expected if (node := find(layer, here)) is not None]
        if isinstance(value, Mapping):
            tree[name] = _explained(value, here, expected)
            if nodes:
                tree[name].origin = nodes[0].origin  # type: ignore[misc]
        else:
            origins = [node.origin for node in nodes if strictly_equal(plain(node), value)]
            origin = origins[0] if origins else origin_in_code(join_path(here))
            tree[name] = Leaf(value, origin, join_path(here))
    return tree


def _owner(default: Mapping[str, Any]) -> Origin:
    """The package whose defaults these are, found by content or in its module."""
    if default == shipped.known_ours():
        return Origin("default", name=shipped.OURS)
    for entry in shipped.PACKAGES:
        if default == shipped.known(entry):
            return Origin("default", name=entry.package)
    for name, module in list(sys.modules.items()):
        if getattr(module, "defaults", None) is default:
            return Origin("default", name=name.partition(".")[0])
    return Origin("default", name="another package")


def _default_tree(entry: shipped.Shipped) -> Branch:
    return branch(shipped.known(entry), Origin("default", name=entry.package))


def _merged(trees: Iterable[Branch]) -> Branch:
    result = Branch(Origin("default"))
    for tree in trees:
        update(result, tree)
    return result


def _all_renamed(layers: Sequence[Branch], deprecations: Deprecations) -> list[Branch]:
    for layer in layers:
        try:
            rename(layer, deprecations)
        except MergeError:
            continue  # `collect` has said so
    return list(layers)


def _single(path: tuple[Any, ...], node: Node) -> Branch:
    root = tree = Branch(node.origin)
    for name in path[:-1]:
        below = Branch(node.origin)
        tree[name] = below
        tree = below
    tree[path[-1]] = node
    return root


def _copied(tree: Branch) -> Branch:
    copy = Branch(tree.origin, tree.written)
    for name, node in tree.items():
        copy[name] = _copied(node) if isinstance(node, Branch) else node
    return copy
