"""What a trace of this process is told, and asked, by modules that know nothing of traces.

Without a trace, which is nearly always, nothing happens here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, Protocol

from .origins import Origin


class Watcher(Protocol):
    """A trace that runs."""

    def read(self, key: str, value: Any, frame: FrameType) -> None:
        """Take note that code in `frame` read `key`."""

    def was_set(self, made: Any, given: Sequence[tuple[str, Any]], frame: FrameType) -> None:
        """Take note of a ``dask.config.set``, which did its work as far as it came."""

    def was_left(self, made: Any) -> None:
        """Take note that the block of a ``dask.config.set`` ended."""

    def was_changed(
        self, how: Any, before: dict[str, Any], after: dict[str, Any], frame: FrameType
    ) -> None:
        """Take note of another function that changed the configuration, flat."""

    def was_handed_over(self, frame: FrameType) -> None:
        """Take note that the whole configuration was written down for another process."""

    def origin(self, key: str) -> Origin | None:
        """Where code set what stands at `key` now, None where this was not seen."""


#: The traces that run in this process. Replaced as a whole, never changed in place, since threads
#: look at it.
watchers: tuple[Watcher, ...] = ()
#: What a trace could not take note of. A program must not fail because somebody looks at it.
failures: list[str] = []


def add(watcher: Watcher) -> None:
    """Have `watcher` told from now on."""
    global watchers
    watchers = (*watchers, watcher)


def remove(watcher: Watcher) -> None:
    """Have `watcher` not told any more."""
    global watchers
    watchers = tuple(other for other in watchers if other is not watcher)


def tell(what: str, *arguments: Any) -> None:
    """Call a method of every watcher; an error of its own is kept, not raised."""
    for watcher in watchers:
        try:
            getattr(watcher, what)(*arguments)
        except Exception as error:
            failures.append(f"{what}: {type(error).__name__}: {error}")


def note_read(key: str, value: Any) -> None:
    """Tell that the caller's caller read a key past ``dask.config.get``."""
    if watchers:
        tell("read", key, value, sys._getframe(2))


def origin_in_code(key: str) -> Origin:
    """The origin of a value that no layer explains, with its line of code where a trace saw it."""
    found = (watcher.origin(key) for watcher in watchers)
    return next((origin for origin in found if origin is not None), Origin("code"))
