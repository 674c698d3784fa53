"""Takes down what a trace is told, from any thread."""

from __future__ import annotations

import itertools
import sys
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FrameType
from typing import Any

from ..core.origins import Origin
from .dask_internals import CHANGED_IN_PLACE
from .events import MISSING, Capture, Change, Event, How, Read, equal, flat, plain, spelled, touches
from .stack import (
    ActiveReader,
    Place,
    active_readers,
    is_import,
    module_of,
    place,
    place_of_making,
    whose,
)

#: Calls from one line that are remembered one by one; of more, how many there were.
CALLS_OF_A_LINE = 100
_CLOSED = ("closing", "closing_gracefully", "closed", "failed", "stopping", "stopped")
_MARK = "_dask_backend_config_events"


class Recorder:
    """What happened to a configuration, in the order in which it happened.

    Parameters
    ----------
    config : dict
        ``dask.config.config``.

    Attributes
    ----------
    events : list of Event
    captures : list of Capture
    uncounted : Counter
        Place and module -> calls that are not in `events`.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.events: list[Event] = []
        self.captures: list[Capture] = []
        self.uncounted: Counter[tuple[Place | None, str]] = Counter()
        self._config = config
        self._expected = flat(config)
        self._unseen: list[str] = []
        self._final: dict[str, Any] | None = None
        self._reads: dict[tuple[str, int, int], tuple[Read, CodeType]] = {}
        self._known: dict[int, tuple[weakref.ref[Any], Capture]] = {}
        self._calls: Counter[tuple[Place | None, str]] = Counter()
        #: Modules that were imported before, and read what they read then.
        self.imported = frozenset(sys.modules)
        self._numbers = itertools.count(1)
        self._changed = 0
        # Not a plain lock: a finalizer may read configuration in the middle of this.
        self._lock = threading.RLock()

    @property
    def reads(self) -> list[Read]:
        """Every line that read a key, by its first read."""
        with self._lock:
            return [read for read, _ in self._reads.values()]

    def unseen(self) -> list[str]:
        """The keys whose values changed in the dictionary itself, past the functions of dask."""
        with self._lock:
            now = flat(self._config) if self._final is None else self._final
            found = {**dict.fromkeys(self._unseen), **dict.fromkeys(self._unexpected(now))}
        return list(found)

    def stop(self) -> None:
        """Take note of how the configuration is in the end."""
        with self._lock:
            self._final = flat(self._config)

    def read(self, key: str, value: Any, frame: FrameType) -> None:
        """See `watching.Watcher`."""
        site = (key, id(frame.f_code), frame.f_lineno)
        with self._lock:
            number = next(self._numbers)
            known = self._reads.get(site)
            if known is None:
                entry = self._first_read(key, value, frame, number)
                self._reads[site] = (entry, frame.f_code)
            else:
                entry = known[0]
                entry.count += 1
                if entry.numbers[-1] < self._changed:
                    entry.numbers.append(number)
            if entry.library:
                self._capture(key, value, frame, number)

    def origin(self, key: str) -> Origin | None:
        """See `watching.Watcher`."""
        with self._lock:
            for event in reversed(self.events):
                if event.ended is None and touches(event, key):
                    name = event.by if event.library else None
                    where = event.place
                    if where is None:
                        return Origin("code", name=name)
                    return Origin("code", name=name, path=where.path, line=where.line)
        return None

    def was_set(self, made: Any, given: Sequence[tuple[str, Any]], frame: FrameType) -> None:
        """See `trace_hooks.Listener`."""
        changes = []
        for (key, value), (how, path, before) in zip(given, made._record, strict=True):
            whole = how == "replace" and len(path) == len(key.split("."))
            changes.append(Change(spelled(key), plain(value), plain(before) if whole else MISSING))
        with self._lock:
            event = self._event("set", tuple(changes), frame)
            for change in changes:
                self._expect(change.key, change.value)
            vars(made).setdefault(_MARK, []).append((self, event, changes))

    def was_left(self, made: Any) -> None:
        """See `trace_hooks.Listener`."""
        with self._lock:
            self._changed = number = next(self._numbers)
            for recorder, event, changes in vars(made).get(_MARK, []):
                if recorder is self:
                    event.block, event.ended = True, number
                    for change in reversed(changes):
                        self._expect(change.key, change.before)

    def was_changed(
        self, how: How, before: dict[str, Any], after: dict[str, Any], frame: FrameType
    ) -> None:
        """See `trace_hooks.Listener`."""
        changes = []
        for key in {**before, **after}:
            old, new = before.get(key, MISSING), after.get(key, MISSING)
            if not equal(old, new):
                changes.append(Change(key, new, old))
        if not changes:
            return
        with self._lock:
            event = self._event(how, tuple(changes), frame)
            if how == "refresh":
                for earlier in self.events:
                    if earlier.ended is None and earlier is not event:
                        earlier.ended = event.number
            self._unseen += self._unexpected(before)
            self._expected = dict(after)

    def was_handed_over(self, frame: FrameType) -> None:
        """See `trace_hooks.Listener`."""
        with self._lock:
            self._capture(None, None, frame, next(self._numbers))

    def _unexpected(self, leaves: Mapping[str, Any]) -> list[str]:
        """The keys that differ from what was set as far as that was seen."""
        expected = self._expected
        return [
            key
            for key in {**expected, **leaves}
            if key not in CHANGED_IN_PLACE and not equal(_held(expected, key), _held(leaves, key))
        ]

    def _first_read(self, key: str, value: Any, frame: FrameType, number: int) -> Read:
        library = whose(frame) != "user"
        by = module_of(frame)
        at_import = by if library and is_import(frame) else None
        where = place(frame)
        return Read(spelled(key), by, library, where, at_import, plain(value), [number])

    def _event(self, how: How, changes: tuple[Change, ...], frame: FrameType) -> Event:
        library = whose(frame) != "user"
        where, by = place(frame), module_of(frame)
        standing = () if library else tuple(each for each in self.captures if each.running())
        self._changed = number = next(self._numbers)
        event = Event(number, how, where, by, library, changes, standing=standing)
        self._calls[where, by] += 1
        if self._calls[where, by] > CALLS_OF_A_LINE:
            self.uncounted[where, by] += 1
        else:
            self.events.append(event)
        return event

    def _expect(self, key: str, value: Any) -> None:
        known = self._expected
        if key not in known or isinstance(value, dict) or value is MISSING:
            for name in [name for name in known if name == key or name.startswith(key + ".")]:
                del known[name]
        if value is not MISSING:
            known.update(flat(value, key))

    def _capture(self, key: str | None, value: Any, frame: FrameType, number: int) -> None:
        """Note what objects that are being made read, and when they hand everything over."""
        inner: Capture | None = None
        found = active_readers(frame)
        values = flat(value, spelled(key)) if found and key is not None else {}
        for making in found:
            capture = self._captured(making, frame, number)
            if capture is None:
                continue
            if inner is not None and inner is not capture and inner.owner is None:
                inner.owner = capture if capture.outermost is not inner else None
            inner = capture
            capture.reads.update((name, (number, leaf)) for name, leaf in values.items())
            if making.method in making.maker.hands_over:
                self._hand_over(capture, number)

    def _captured(self, making: ActiveReader, frame: FrameType, number: int) -> Capture | None:
        made = making.made
        known = self._known.get(id(made))
        if known is not None and known[0]() is made:
            return known[1]
        try:
            reference = weakref.ref(made)
        except TypeError:
            return None
        where = place_of_making(made, frame)
        name = type(made).__name__
        capture = Capture(name, making.maker.name, where, number, None, lambda: False)
        capture.running = _is_running(reference, capture)
        self._known[id(made)] = (reference, capture)
        self.captures.append(capture)
        return capture

    def _hand_over(self, capture: Capture, number: int) -> None:
        if not capture.handed or capture.handed[-1][0] < self._changed:
            capture.handed.append((number, flat(self._config)))


def _held(leaves: Mapping[str, Any], key: str) -> Any:
    """What stands at a key; a section without keys comes and goes with those."""
    value = leaves.get(key, MISSING)
    return MISSING if isinstance(value, dict) and not value else value


def _is_running(reference: weakref.ref[Any], capture: Capture) -> Callable[[], bool]:
    def running() -> bool:
        made = reference()
        if made is None or (capture.owner is not None and not capture.owner.running()):
            return False
        status = getattr(made.cluster if capture.kind == "Adaptive" else made, "status", None)
        if getattr(status, "name", status) in _CLOSED:
            return False
        return bool(getattr(made, "started", True)) or not capture.handed

    return running
