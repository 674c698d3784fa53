"""Puts this package's defaults into ``dask.config``: above other packages', below the user's.

``dask.config.update_defaults`` alone cannot do it: live, the last default wins, in ``refresh()``
the first; and a user who says explicitly what distributed's default is would be overridden.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from . import defaults, resolve, sources
from .errors import ConfigSourceError
from .keys import join_path, lookup
from .merge import Branch, Leaf, assign, branch, leaves, plain
from .origins import Origin


def install(config: ModuleType) -> None:
    """Merge our defaults into a process's configuration, once.

    Parameters
    ----------
    config : module
        ``dask.config``.

    Notes
    -----
    distributed's defaults are handed over first, so that they are the ones which ours replace
    whether or not distributed was imported; when it is imported later it hands them over again,
    which then changes nothing. Our tree goes to the front of ``dask.config.defaults``, where
    ``refresh()`` prefers it. What nobody can detect: a ``dask.config.set`` made before, to
    exactly distributed's default.
    """
    ours = defaults.ours()
    if ours in config.defaults:
        return
    tree = branch(ours, Origin("default", name=defaults.OURS))
    set_in_code = _differing(config.config, config.merge(*config.defaults), tree)
    distributed = defaults.of_package(defaults.PACKAGES[1])
    if distributed is not None:
        config.update_defaults(distributed)
    merged = config.merge(*config.defaults)
    config.defaults.insert(0, ours)
    said = [*resolve.gather(os.environ, config.paths).layers(), set_in_code]
    rest = plain(resolve.unsaid(tree, said))
    config.update(config.config, rest, priority="new-defaults", defaults=merged)


def _differing(live: Mapping[str, Any], known: Mapping[str, Any], tree: Branch) -> Branch:
    """The values at the keys of `tree` that are live and no default that is known so far."""
    found = Branch(Origin("code"))
    for path, _ in leaves(tree):
        key = join_path(path)
        try:
            value = lookup(live, key)
        except KeyError:
            continue
        try:
            differs = value != lookup(known, key)
        except KeyError:
            differs = True
        if differs:
            assign(found, key, Leaf(value, found.origin, key))
    return found


def refusal() -> ConfigSourceError | None:
    """Why ``import dask`` fails in this environment, None where configuration is not the reason."""
    found = resolve.gather()
    for file in found.files:
        if file.status in sources.BREAKING and file.problem:
            return ConfigSourceError(file.problem.message, origin=file.origin(file.problem.mark))
    conflicts = resolve.fresh(found).conflicts
    if conflicts:
        return ConfigSourceError(conflicts[0].message, origin=conflicts[0].origin)
    return None
