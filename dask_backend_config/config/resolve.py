"""Find every effective value, its origin, and the values that it shadows.

`fresh` does so for a new process that imports dask, this package and distributed, without importing
any of them. `live` does so for this process, including changes by ``dask.config.set``.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..catalogue import shipped
from ..catalogue.dask_releases import DaskRules, installed_rules
from ..core.keys import CONTROL_VARIABLES, join_path, key_of
from ..core.origins import Origin
from . import merge
from .collect import Deprecations, refresh
from .live_config import LiveConfig
from .merge import Branch, Leaf, MergeError, Node, find, plain
from .sources import Sources as Sources
from .sources import gather as gather
from .sources import read_environment
from .values import Layered, Resolved

#: Keys that dask reads from variables such as DASK_CONFIG; they have no effect.
USELESS_KEYS = tuple(key_of(name) for name in CONTROL_VARIABLES)


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
        All defaults; their spelling of a key is shown.
    conflicts : list of MergeError
        What dask cannot merge, so that ``import dask`` fails; not part of `tree`.
    renamed : list of tuple
        The old name and the node of each renamed key in the layers.
    environ : mapping
        The environment variables of the process.
    rules : DaskRules
        Those by which the layers were merged.
    """

    tree: Branch
    layers: list[Branch]
    known: Branch
    conflicts: list[MergeError] = field(default_factory=list)
    renamed: list[tuple[str, Node]] = field(default_factory=list)
    environ: Mapping[str, str] = field(default_factory=dict)
    rules: DaskRules = field(default_factory=DaskRules)

    def values(self, prefix: str = "", kinds: Collection[str] = ()) -> dict[str, Resolved]:
        """Return the effective values at or below `prefix`, sorted by key.

        Parameters
        ----------
        prefix : str
            A key; "" for all.
        kinds : collection of str
            The kinds of origin to look for, all by default.
        """
        found = {resolved.key: resolved for _, resolved in self.by_path(prefix, kinds)}
        return {key: found[key] for key in sorted(found)}

    def value(self, key: str) -> Resolved | None:
        """Return the effective value at `key`; None if there is none, or a section."""
        path = tuple(key.split("."))
        node = find(self.tree, path)
        if isinstance(node, Leaf) or (isinstance(node, Branch) and not node):
            return self._resolved(path, node)
        return self.values(key).get(key)

    def by_path(
        self, prefix: str, kinds: Collection[str] = ()
    ) -> Iterator[tuple[tuple[Any, ...], Resolved]]:
        """Yield what `values` returns, each with its path (names may have dots)."""
        wanted = merge.canonical_path(self.tree, tuple(prefix.split("."))) if prefix else ()
        key = join_path(wanted)
        for path, node in merge.leaves(self.tree):
            is_below = path[: len(wanted)] == wanted or join_path(path) == key
            is_wanted = is_below and (not kinds or node.origin.kind in kinds)
            if is_wanted and join_path(path) not in USELESS_KEYS:
                yield path, self._resolved(path, node)

    def _resolved(self, path: tuple[Any, ...], node: Node) -> Resolved:
        names = merge.canonical_path(self.known, merge.canonical_path(self.tree, path))
        below = [found for layer in self.layers if (found := find(layer, path)) is not None]
        # distributed may add its defaults several times.
        by_origin = {other.origin: Layered(plain(other), other.origin) for other in below}
        by_origin.pop(node.origin, None)
        return Resolved(join_path(names), plain(node), node.origin, tuple(by_origin.values()))


def fresh(sources: Sources, rules: DaskRules | None = None) -> Resolution:
    """Return what a new process sees.

    It imports dask, this package, distributed and dask_jobqueue, in this order, as far as they are
    installed. Keys that only other installed packages bring have the defaults that these set when
    they are imported.

    Parameters
    ----------
    sources : Sources
    rules : DaskRules, optional
        Those of the installed dask by default.
    """
    rules = rules or installed_rules()
    branches = {
        package: merge.branch(tree, Origin("default", name=package))
        for package, tree in shipped.trees().items()
    }
    ours = [branches.pop(shipped.OURS)] if shipped.OURS in branches else []
    dask, distributed, jobqueue, *others = branches.values()
    early, late = (shipped.deprecations(entry) for entry in shipped.PACKAGES[:2])
    tree, conflicts = refresh(sources, early, rules)
    order = [dask, distributed, *ours, distributed, jobqueue]
    _add_defaults(tree, order, ours[0] if ours else None, sources)
    for other in others:  # a process that does not import it must not lose other defaults
        merge.update(tree, other, "old")
    try:
        merge.rename(tree, late, rules)
    except MergeError as error:
        conflicts.append(error)
    defaults = [*ours, jobqueue, distributed, dask, *others]
    layers = [*sources.layers(), *defaults]
    renamed = _rename_all(layers, {**early, **late}, rules)
    known = _merged(reversed(defaults))
    return Resolution(tree, layers, known, conflicts, renamed, sources.environ, rules)


def live() -> Resolution:
    """Return what this process sees now, from files, variables and ``dask.config``.

    A value that is in no layer has the origin ``code``. A value that code sets to the value of a
    layer has the origin of that layer.
    """
    import dask.config

    return running(gather(os.environ, dask.config.paths), LiveConfig.of_this_process())


def running(sources: Sources, state: LiveConfig) -> Resolution:
    """Return what a process sees that has imported dask, see `live`."""
    rules = installed_rules()
    early = shipped.deprecations(shipped.PACKAGES[0])
    everything: Deprecations = state.renamed
    late = {old: new for old, new in everything.items() if old not in early}
    registered = state.defaults
    ours = next((tree for tree in registered if tree.origin.name == shipped.OURS), None)
    order = [tree for tree in registered if tree is not ours]
    if ours is not None:
        order.insert(2, ours)  # `install` adds distributed's before ours
    imported, conflicts = refresh(sources, early, rules)
    _add_defaults(imported, order, ours, sources)
    merge.rename(imported, late, rules)
    again = replace(sources, environment=read_environment(sources.environ, everything))
    refreshed, _ = refresh(again, everything, rules, registered)
    tree = state.explained((imported, refreshed))
    layers = [*sources.layers(), *registered]
    renamed = _rename_all(layers, everything, rules)
    known = _merged(reversed(registered))
    return Resolution(tree, layers, known, conflicts, renamed, sources.environ, rules)


def _add_defaults(
    tree: Branch, order: Sequence[Branch], ours: Branch | None, sources: Sources
) -> None:
    """Add the defaults of each package of `order` to the user's values; ours as `install` does."""
    known: list[Branch] = []
    for default in order:
        merged = _merged(known)
        if default is ours:
            _add_ours(tree, ours, sources.layers(), merged)
            known.insert(0, ours)
        else:
            merge.update(tree, default, "new-defaults", merged)
            known.append(default)


def _add_ours(tree: Branch, ours: Branch, user_layers: Sequence[Branch], others: Branch) -> None:
    """Add our defaults, except for values that the user set in a file, a variable or code."""
    rest = Branch(ours.origin)
    for path, node in merge.leaves(ours):
        if any(find(layer, path) is not None for layer in user_layers):
            continue
        live, default = find(tree, path), find(others, path)
        if live is None or (default is not None and plain(live) == plain(default)):
            merge.assign(rest, path, node)
    merge.update(tree, rest)


def live_origins() -> Callable[[str], Origin | None]:
    """Return a function that returns where the live value of a key comes from, None if not set.

    Its answers are those of the moment when it is called first.
    """
    resolution = functools.cache(live)

    def origin_of(key: str) -> Origin | None:
        found = resolution().value(key)
        return found.origin if found else None

    return origin_of


def _merged(trees: Iterable[Branch]) -> Branch:
    result = Branch(Origin("default"))
    for tree in trees:
        merge.update(result, tree)
    return result


def _rename_all(
    layers: Sequence[Branch], deprecations: Deprecations, rules: DaskRules
) -> list[tuple[str, Node]]:
    """Move the values of renamed keys in each layer; return their old names and nodes."""
    moved: list[tuple[str, Node]] = []
    for layer in layers:
        with contextlib.suppress(MergeError):  # `refresh` has reported it
            moved += merge.rename(layer, deprecations, rules).items()
    return moved
