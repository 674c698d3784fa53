"""Merge the user's files and variables by the rules of a release of dask."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence

from ..catalogue.dask_releases import DaskRules
from ..core.origins import Origin
from ..core.secrets import masked
from ..core.strings import shown
from . import merge
from .merge import Branch, MergeError, Node
from .sources import Sources

Deprecations = Mapping[str, str | None]


def refresh(
    sources: Sources,
    deprecations: Deprecations,
    rules: DaskRules,
    defaults: Sequence[Branch] = (),
) -> tuple[Branch, list[MergeError]]:
    """Merge defaults, files and variables, and rename old keys, as ``dask.config.refresh``.

    Returns
    -------
    tree : Branch
    conflicts : list of MergeError
        What dask cannot merge.
    """
    tree = Branch(Origin("code"))
    for default in defaults:
        merge.update(tree, default, "old")
    collected, conflicts = collect(sources, deprecations, rules)
    merge.update(tree, collected)
    if not rules.renames_in_each_layer:
        try:
            merge.rename(tree, deprecations, rules)
        except MergeError as error:
            conflicts.append(error)
    return tree, conflicts


def collect(
    sources: Sources, deprecations: Deprecations, rules: DaskRules
) -> tuple[Branch, list[MergeError]]:
    """Merge the user's files and variables, as ``dask.config.collect``.

    Returns
    -------
    tree : Branch
    conflicts : list of MergeError
        What dask cannot merge.
    """
    conflicts = list(sources.environment.conflicts)
    tree = Branch(Origin("code"))
    layers = [*(file.tree() for file in sources.files), copy.deepcopy(sources.environment.tree)]
    if not rules.renames_in_each_layer:
        for layer in layers:
            merge.update(tree, layer)
        return tree, conflicts
    seen: set[str] = set()
    for layer in reversed(layers):
        try:
            moved = merge.rename(layer, deprecations, rules)
        except MergeError as error:
            conflicts.append(error)
            continue
        conflicts.extend(_rename_errors(tree, moved, deprecations, seen))
        merge.update(tree, layer, "old")
    return tree, conflicts


def _rename_errors(
    tree: Branch, moved: Mapping[str, Node], deprecations: Deprecations, seen: set[str]
) -> Iterator[MergeError]:
    """Yield the errors that dask raises when it looks up the new names of renamed keys."""
    for old, node in moved.items():
        new = deprecations[old]
        obstacle = None if old in seen else merge.blocked(tree, new or f"ignore-deprecated.{old}")
        seen.add(old)
        if obstacle is not None:
            value = shown(masked(obstacle.written, obstacle.value))
            message = f"{old} is now {new}, but {obstacle.written} is {value}"
            yield MergeError(f"{message} in {obstacle.origin}", old, node.origin)
