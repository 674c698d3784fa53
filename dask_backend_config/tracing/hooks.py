"""Wrap the functions of ``dask.config`` while a trace runs, and observe environment variables.

The functions are replaced in their module. ``set`` is wrapped in place, so that it remains the same
class. Results and exceptions pass through unchanged.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..core import observers
from .dask_internals import CONFIG_CHANGERS, CONFIG_PARAMETERS
from .values import MISSING, flat

_originals: list[tuple[Any, str, Callable[..., Any]]] = []


def install(config: ModuleType) -> None:
    """Wrap the functions of ``dask.config`` unless they are wrapped."""
    if not _originals:
        for name in CONFIG_PARAMETERS:
            _wrap(config, config, name)
        for name in ("__init__", "__exit__"):
            _wrap(config, config.set, name)
        _audit_variables()


def uninstall() -> None:
    """Restore the functions of ``dask.config``."""
    while _originals:
        setattr(*_originals.pop())


def _wrap(config: ModuleType, owner: Any, name: str) -> None:
    original = getattr(owner, name)
    signature = inspect.signature(original)

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1)
        if not observers.active or caller.f_globals is vars(config):
            return original(*args, **kwargs)
        before = flat(config.config) if name in CONFIG_CHANGERS else {}
        result = MISSING
        try:
            result = original(*args, **kwargs)
        finally:
            bind = functools.partial(signature.bind, *args, **kwargs)
            observers.notify("config_called", name, bind, result, before, caller)
        return result

    _originals.append((owner, name, original))
    setattr(owner, name, wrapper)


@functools.cache
def _audit_variables() -> None:
    """Observe the variables that are set from now on: Python cannot remove an audit hook."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "os.putenv" and observers.active:
            observers.notify("variable_set", *map(os.fsdecode, arguments), sys._getframe(1))

    sys.addaudithook(hook)


def _end_in_forked_child() -> None:
    """End all traces in a forked process, which is not part of them."""
    observers.active = ()
    uninstall()


os.register_at_fork(after_in_child=_end_in_forked_child)
