"""Add this package's defaults to ``dask.config``: above those of other packages, below the user's.

``dask.config.update_defaults`` alone cannot do it: at first the last default wins, after
``refresh()`` the first one; and it replaces a user's value that equals distributed's default.
"""

from __future__ import annotations

import contextlib
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
    distributed's defaults are added first, so that ours replace them whether or not distributed was
    imported; a later import adds them again, which changes nothing. Our tree goes to the front of
    ``dask.config.defaults``, where ``refresh()`` prefers it. One case cannot be detected: a
    ``dask.config.set`` to exactly distributed's default, after the import of distributed and before
    the import of this package.
    """
    ours = shipped.ours()
    if ours in config.defaults:
        return
    known = config.merge(*config.defaults)
    users = list(_user_trees(config))
    rest: dict[str, Any] = {}
    for key, value in _leaves(ours):
        live = _at(config.config, key)
        set_in_code = live is not _NOTHING and live != _at(known, key)
        if not set_in_code and all(_at(tree, key) is _NOTHING for tree in users):
            config.set({key: value}, config=rest)
    distributed = shipped.of_package(shipped.PACKAGES[1])
    if distributed is not None:
        config.update_defaults(distributed)
    merged = config.merge(*config.defaults)
    config.defaults.insert(0, ours)
    config.update(config.config, rest, priority="new-defaults", defaults=merged)


def _user_trees(config: ModuleType) -> Iterator[Any]:
    """Yield what variables with inherited configuration, and each file, set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dask warned about renamed keys at its import
        yield config.collect_env()
    for path in filter(os.path.isfile, config_files(config.paths)):
        with contextlib.suppress(OSError), open(path) as file:  # dask skips such a file, too
            yield load(file.read())


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
