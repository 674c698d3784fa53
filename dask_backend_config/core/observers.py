"""Observer interface between configuration access and traces.

Configuration is read and explained in packages that cannot import `tracing`. Without a running
trace, nothing happens here.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Protocol

from .origins import Origin


class ConfigObserver(Protocol):
    """A running trace.

    Attributes
    ----------
    failures : list of str
        The events that it could not record.
    """

    failures: list[str]

    def config_read(self, key: str, value: Any, frame: FrameType) -> None:
        """Record that the code in `frame` read `key`."""

    def origin(self, key: str) -> Origin | None:
        """Return where code set the present value of `key`, None if the trace did not see it."""


#: The running traces of this process; replaced, not mutated, since other threads iterate over it.
active: tuple[ConfigObserver, ...] = ()


def add(observer: ConfigObserver) -> None:
    """Notify `observer` from now on."""
    global active
    active = (*active, observer)


def remove(observer: ConfigObserver) -> None:
    """Stop notifying `observer`."""
    global active
    active = tuple(other for other in active if other is not observer)


def notify(method: str, *arguments: Any) -> None:
    """Call a method of every running trace; keep its errors, so that the program goes on."""
    for observer in active:
        try:
            getattr(observer, method)(*arguments)
        except Exception as error:
            observer.failures.append(f"{method}: {type(error).__name__}: {error}")


def note_read(key: str, value: Any) -> None:
    """Report that the caller's caller read a key without ``dask.config.get``."""
    if active:
        notify("config_read", key, value, sys._getframe(2))


def origin_in_code(key: str) -> Origin:
    """Return the origin of a value set in code, with its line if a running trace saw it."""
    found = (observer.origin(key) for observer in active)
    return next((origin for origin in found if origin is not None), Origin("code"))
