"""Wrap the functions of ``dask.config`` while a trace runs.

The functions are replaced in their module. ``set`` is wrapped in place, so that it remains the same
class. Results and exceptions pass through unchanged.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..core import observers
from .values import MISSING, flat

#: Functions that change the configuration -> position and name of the parameter that holds it.
_CHANGERS = {
    "update_defaults": (1, "config"),
    "refresh": (0, "config"),
    "update": (0, "old"),
    "rename": (1, "config"),
    "pop": (2, "config"),
}
_originals: list[tuple[Any, str, Callable[..., Any]]] = []


def install(config: ModuleType) -> None:
    """Wrap the functions of ``dask.config`` unless they are wrapped."""
    if _originals:
        return
    _wrap(config, "get", _observed_get(config))
    _wrap(config, "serialize", _observed_serialize(config))
    _wrap(config.set, "__init__", _observed_set(config))
    _wrap(config.set, "__exit__", _observed_exit(config))
    for name, (position, parameter) in _CHANGERS.items():
        _wrap(config, name, _observed_change(config, name, position, parameter))


def uninstall() -> None:
    """Restore the functions of ``dask.config``."""
    while _originals:
        setattr(*_originals.pop())


def _wrap(owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
    original = getattr(owner, name)
    _originals.append((owner, name, original))
    setattr(owner, name, functools.wraps(original)(wrapper))


def _observed_get(module: ModuleType) -> Callable[..., Any]:
    original, live, no_default = module.get, module.config, module.no_default

    def get(
        key: str, default: Any = no_default, config: Any = None, override_with: Any = None
    ) -> Any:
        observed = observers.active and override_with is None
        if not observed or (config is not None and config is not live):
            return original(key, default, config, override_with)
        value = MISSING
        try:
            value = original(key, default, config)
        finally:
            observers.notify("config_read", key, value, sys._getframe(1))
        return value

    return get


def _observed_serialize(config: ModuleType) -> Callable[..., Any]:
    original, live = config.serialize, config.config

    def serialize(data: Any) -> Any:
        if data is live:
            observers.notify("config_serialized", sys._getframe(1))
        return original(data)

    return serialize


def _observed_set(config: ModuleType) -> Callable[..., Any]:
    original, live = config.set.__init__, config.config

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            original(self, *args, **kwargs)
        finally:
            caller = sys._getframe(1)
            if getattr(self, "config", None) is live and caller.f_globals is not vars(config):
                observers.notify("config_set", self, args, kwargs, caller)

    return init


def _observed_exit(config: ModuleType) -> Callable[..., Any]:
    original, live = config.set.__exit__, config.config

    def leave(self: Any, *args: Any) -> Any:
        result = original(self, *args)
        if self.config is live:
            observers.notify("block_left", self)
        return result

    return leave


def _observed_change(
    config: ModuleType, name: str, position: int, parameter: str
) -> Callable[..., Any]:
    original, live = getattr(config, name), config.config

    def change(*args: Any, **kwargs: Any) -> Any:
        target = args[position] if len(args) > position else kwargs.get(parameter)
        caller = sys._getframe(1)
        is_other = target is not None and target is not live
        if is_other or not observers.active or caller.f_globals is vars(config):
            return original(*args, **kwargs)
        before = flat(live)
        try:
            return original(*args, **kwargs)
        finally:
            observers.notify("config_changed", name, before, flat(live), caller)

    return change


def _end_in_forked_child() -> None:
    """End all traces in a forked process, which is not part of them."""
    observers.active = ()
    uninstall()


os.register_at_fork(after_in_child=_end_in_forked_child)
