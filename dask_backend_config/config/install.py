"""Puts this package's defaults into ``dask.config``: above other packages', below the user's.

``dask.config.update_defaults`` alone cannot do it: live, the last default wins, in ``refresh()``
the first; and a user who says explicitly what distributed's default is would be overridden.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from ..catalogue import shipped
from ..core.keys import lookup
from ..yaml_edit.loaders import load
from .search_path import config_files

_NOTHING = object()


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
    ``refresh()`` prefers it. What nobody can detect: a ``dask.config.set`` made after distributed
    was imported and before we were, to exactly distributed's default.
    """
    ours = shipped.ours()
    if ours in config.defaults:
        return
    known = config.merge(*config.defaults)
    said = list(_said(config))
    rest: dict[str, Any] = {}
    for key, value in _leaves(ours):
        live = _at(config.config, key)
        set_in_code = live is not _NOTHING and live != _at(known, key)
        if not set_in_code and all(_at(tree, key) is _NOTHING for tree in said):
            config.set({key: value}, config=rest)
    distributed = shipped.of_package(shipped.PACKAGES[1])
    if distributed is not None:
        config.update_defaults(distributed)
    merged = config.merge(*config.defaults)
    config.defaults.insert(0, ours)
    config.update(config.config, rest, priority="new-defaults", defaults=merged)


def _said(config: ModuleType) -> Iterator[Any]:
    """What variables, inherited config and each file say; dask has read them all just now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dask has warned of renamed keys when it was imported
        yield config.collect_env()
    for path in filter(os.path.isfile, config_files(config.paths)):
        try:
            with open(path) as file:
                yield load(file.read())
        except OSError:
            continue  # dask skips it, too


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _at(tree: Any, key: str) -> Any:
    try:
        return lookup(tree, key)
    except KeyError:
        return _NOTHING
