"""Wraps the functions of ``dask.config``, for as long as a trace runs.

The functions are replaced in their module and ``set`` is wrapped in place, so that it stays the
class that it is. Values and exceptions pass through as they are.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from ..core import observers
from .events import MISSING, How, flat

_restore: list[tuple[Any, str, Any]] = []
_lock = threading.Lock()


def install(config: ModuleType) -> None:
    """Wrap the functions of ``dask.config``; twice is once."""
    with _lock:
        if _restore:
            return
        _replace(config, "get", _get(config))
        _replace(config, "serialize", _serialize(config))
        _replace(config.set, "__init__", _set(config))
        _replace(config.set, "__exit__", _exit(config))
        for how, position in _CHANGERS.items():
            _replace(config, how, _changer(config, how, *position))


def uninstall() -> None:
    """Put everything back."""
    with _lock:
        while _restore:
            owner, name, original = _restore.pop()
            setattr(owner, name, original)


#: The other functions that change the configuration, and the argument that is the configuration.
_CHANGERS: dict[How, tuple[int, str]] = {
    "update_defaults": (1, "config"),
    "refresh": (0, "config"),
    "update": (0, "old"),
    "rename": (1, "config"),
    "pop": (2, "config"),
}


def _replace(owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
    original = getattr(owner, name)
    _restore.append((owner, name, original))
    setattr(owner, name, functools.wraps(original)(wrapper))


def _get(config: ModuleType) -> Callable[..., Any]:
    original, live, no_default = config.get, config.config, config.no_default

    def get(
        key: str, default: Any = no_default, config: Any = None, override_with: Any = None
    ) -> Any:
        watched = observers.watchers and override_with is None
        if not watched or (config is not None and config is not live):
            return original(key, default, config, override_with)
        try:
            value = original(key, default, config)
        except (KeyError, TypeError, IndexError):
            observers.tell("read", key, MISSING, sys._getframe(1))
            raise
        observers.tell("read", key, value, sys._getframe(1))
        return value

    return get


def _serialize(config: ModuleType) -> Callable[..., Any]:
    original, live = config.serialize, config.config

    def serialize(data: Any) -> Any:
        if data is live:
            observers.tell("was_handed_over", sys._getframe(1))
        return original(data)

    return serialize


def _set(config: ModuleType) -> Callable[..., Any]:
    original, live, inside = config.set.__init__, config.config, vars(config)

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        caller = sys._getframe(1)
        try:
            original(self, *args, **kwargs)
        finally:
            if (
                observers.watchers
                and getattr(self, "config", None) is live
                and caller.f_globals is not inside
            ):
                given = _given(config, args, kwargs, len(self._record))
                observers.tell("was_set", self, given, caller)

    return init


def _given(
    config: ModuleType, args: tuple[Any, ...], kwargs: Mapping[str, Any], done: int
) -> list[tuple[str, Any]]:
    """The `done` keys and values that were assigned first; renamed keys by their new names."""
    mapping = args[0] if args else kwargs.get("arg")
    said = list((mapping or {}).items())
    said += [
        (name.replace("__", "."), value)
        for name, value in kwargs.items()
        if name not in ("arg", "config", "lock")
    ]
    renamed = config.deprecations
    return [(renamed.get(key.replace("_", "-")) or key, value) for key, value in said[:done]]


def _exit(config: ModuleType) -> Callable[..., Any]:
    original, live = config.set.__exit__, config.config

    def leave(self: Any, *args: Any) -> Any:
        result = original(self, *args)
        if self.config is live:
            observers.tell("was_left", self)
        return result

    return leave


def _changer(config: ModuleType, how: How, position: int, name: str) -> Callable[..., Any]:
    original, live, inside = getattr(config, how), config.config, vars(config)
    by_default = how != "update"

    def change(*args: Any, **kwargs: Any) -> Any:
        which = args[position] if len(args) > position else kwargs.get(name)
        caller = sys._getframe(1)
        ours = which is live or (which is None and by_default)
        if not ours or not observers.watchers or caller.f_globals is inside:
            return original(*args, **kwargs)
        before = flat(live)
        try:
            return original(*args, **kwargs)
        finally:
            observers.tell("was_changed", how, before, flat(live), caller)

    return change


def _forget() -> None:
    """In a process that was forked, which is no part of the trace."""
    global _lock
    observers.watchers = ()
    _lock = threading.Lock()  # a thread that is not here may have held it
    uninstall()


os.register_at_fork(after_in_child=_forget)
