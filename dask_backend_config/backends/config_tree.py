"""The configuration that a backend reads: that of this process, or one that is only examined."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..catalogue import backend_schema, shipped
from ..core.errors import ConfigValueError
from ..core.keys import canonical_name, lookup
from ..core.observers import note_read
from ..core.origins import Origin

MISSING: Any = object()
#: The problem of a value in the place of a section.
NOT_A_SECTION = "must be a section with keys of its own"


@dataclass(frozen=True)
class ConfigTree:
    """Configuration values and their origins.

    Attributes
    ----------
    tree : mapping
        All values, nested as in ``dask.config.config``.
    origin_of : callable
        Return the origin of a key's value, None if the key is not set.
    note_read : callable
        Called with each key that is read and its value, None if it is not set.
    """

    tree: Mapping[Any, Any]
    origin_of: Callable[[str], Origin | None]
    note_read: Callable[[str, Any], None] = lambda _key, _value: None

    def value(self, key: str) -> Any:
        """Return the value of `key`, `MISSING` if it is not set.

        The defaults of dask-jobqueue count although its package may not be imported yet.

        Raises
        ------
        ConfigValueError
            If a value takes the place of a section above `key`.
        """
        value = self._find(key)
        self.note_read(key, None if value is MISSING else value)
        if value is MISSING and key.startswith("jobqueue."):
            with contextlib.suppress(KeyError):
                return lookup(shipped.known(shipped.PACKAGES[2]), key)
        return value

    def get(self, key: str) -> Any:
        """Return the value of `key`, None if it is not set; it must not be changed."""
        value = self.value(key)
        return None if value is MISSING else value

    def is_set_by_user(self, key: str) -> bool:
        """Return whether a key has a value that is not a default."""
        origin = self.origin_of(key)
        return origin is not None and not origin.is_default

    def error(self, key: str, value: Any, wrong: str) -> ConfigValueError:
        """Return the error for an invalid value of `key`, with its origin."""
        origin = self.origin_of(key)
        return ConfigValueError(f"{key} is {value!r}: {wrong}", origin=origin, key=key)

    def _find(self, key: str) -> Any:
        tree: Any = self.tree
        names = key.split(".")
        for depth, name in enumerate(names):
            if tree is None or tree is MISSING:
                return MISSING
            if not isinstance(tree, Mapping):
                raise self.error(".".join(names[:depth]), tree, NOT_A_SECTION)
            tree = tree.get(canonical_name(name, tree), MISSING)
        return tree


def live_config() -> ConfigTree:
    """Return ``dask.config`` of this process; traces see what is read from it."""
    import dask.config

    from ..config.resolve import live_origins

    return ConfigTree(dask.config.config, live_origins(), note_read)


def shipped_default(key: str) -> Any:
    """Return the shipped default of `key`, for a process whose ``backends`` section lacks it."""
    for place in (key, *backend_schema.fallbacks(key)):
        with contextlib.suppress(KeyError):
            return copy.deepcopy(lookup(shipped.known_ours(), place))
    return None
