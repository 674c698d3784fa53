"""Record reads and changes of the configuration, from any thread."""

from __future__ import annotations

import itertools
import sys
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from inspect import CO_OPTIMIZED, BoundArguments
from types import FrameType
from typing import Any

from ..core.keys import INHERITED, PREFIX, hyphenated, key_of
from ..core.origins import Origin
from .dask_internals import CHANGED_IN_PLACE, CONFIG_PARAMETERS, assigned_values
from .events import ConfigChange, ConfigRead, KeyChange, TrackedObject
from .stack import (
    Place,
    active_readers,
    is_set_by_dask,
    is_user_code,
    module_of,
    place_of_import,
    user_place,
)
from .values import MISSING, at, equal, flat, overlap, plain, spelled

#: Calls of one line that are kept; further calls are only counted.
CALLS_OF_A_LINE = 100


class Recorder:
    """A `ConfigObserver` that records events in their order.

    Attributes
    ----------
    changes : list of ConfigChange
    variables : dict
        Place, name and text -> the latest change of a ``DASK_*`` variable.
    place_of_import : Place, optional
        The user's line that imported dask, if the trace began then.
    objects : list of TrackedObject
    modules_before : frozenset of str
        The modules that were imported before the trace.
    failures : list of str
        The events that could not be recorded.
    """

    def __init__(self) -> None:
        self.changes: list[ConfigChange] = []
        self.variables: dict[tuple[Place | None, str, str], ConfigChange] = {}
        self.place_of_import: Place | None = None
        self.objects: list[TrackedObject] = []
        self.modules_before: frozenset[str] = frozenset()
        self.failures: list[str] = []
        self._config: Mapping[str, Any] = {}
        self._reads: dict[tuple[str, str, int], ConfigRead] = {}
        self._tracked: dict[int, TrackedObject] = {}
        self._calls: Counter[tuple[Place | None, str]] = Counter()
        self._blocks: weakref.WeakKeyDictionary[Any, ConfigChange] = weakref.WeakKeyDictionary()
        self._numbers = itertools.count(1)
        self._latest_change = 0
        # To find changes without dask.config: the leaves at one time, and the keys set since then.
        self._leaves: dict[str, Any] = {}
        self._set_since: set[str] = set()
        self._direct: dict[str, None] = {}
        # Reentrant, because a finalizer may read configuration while an event is recorded.
        self._lock = threading.RLock()

    def start(self, config: Mapping[str, Any]) -> None:
        """Begin with ``dask.config.config`` as it is now."""
        self._config, self._leaves = config, flat(config)
        self.modules_before = frozenset(sys.modules)
        self.place_of_import = place_of_import("dask")

    def stop(self) -> None:
        """Keep the configuration as it is now for `direct_changes`."""
        self._config = flat(self._config)

    @property
    def reads(self) -> list[ConfigRead]:
        """The lines that read a key, in the order of their first reads."""
        with self._lock:
            return list(self._reads.values())

    @property
    def uncounted(self) -> dict[tuple[Place | None, str], int]:
        """Place and module -> number of calls that are not in `changes`."""
        more = {site: number - CALLS_OF_A_LINE for site, number in self._calls.copy().items()}
        return {site: number for site, number in more.items() if number > 0}

    def direct_changes(self) -> list[str]:
        """Return the keys that changed without the functions of ``dask.config``."""
        with self._lock:
            self._find_direct_changes(flat(self._config))
            return list(self._direct)

    def origin(self, key: str) -> Origin | None:
        """Return where code set the present value of `key`, None if the trace did not see it."""
        with self._lock:
            for change in reversed(self.changes):
                if change.ended is None and change.touches(key):
                    path, line = change.place or (None, None)
                    name = change.by if change.library else None
                    return Origin("code", name=name, path=path, line=line)
        return None

    def config_read(self, key: str, value: Any, frame: FrameType) -> None:
        """Record that the code in `frame` read `key`."""
        site = (key, frame.f_code.co_filename, frame.f_lineno)
        with self._lock:
            number = next(self._numbers)
            read = self._reads.get(site)
            if read is None:
                read = self._reads[site] = _first_read(key, value, frame, number)
            else:
                read.count += 1
                if read.numbers[-1] < self._latest_change:
                    read.numbers.append(number)
            if read.library:
                self._track(frame, number, flat(value, read.key))

    def config_called(
        self,
        function: str,
        bind: Callable[[], BoundArguments],
        result: Any,
        before: dict[str, Any],
        caller: FrameType,
    ) -> None:
        """Record a call of a function of ``dask.config`` if it concerns this configuration.

        Parameters
        ----------
        function : str
        bind : callable
            Returns the given arguments by their parameters, without defaults.
        result : object
            `MISSING` if it raised an exception.
        before : dict
            The flat configuration before a function that changes it, else empty.
        caller : frame
        """
        arguments = bind().arguments
        instance = arguments.get("self")
        target = instance.config if instance else arguments.get(CONFIG_PARAMETERS[function])
        if target is not None and target is not self._config:
            return
        with self._lock:
            if function == "get":
                if arguments.get("override_with") is None:
                    self.config_read(arguments["key"], result, caller)
            elif function == "serialize":
                self._track(caller, next(self._numbers), {})
            elif function == "__init__":
                assigned = assigned_values(instance, arguments)
                self._blocks[instance] = self._add("set", assigned, caller)
            elif function == "__exit__":
                self._end_block(instance)
            else:
                self._add_difference(function, before, flat(self._config), caller)

    def variable_set(self, name: str, text: str, frame: FrameType) -> None:
        """Record that the user's code sets an environment variable that dask reads."""
        if not name.startswith(PREFIX) or name == INHERITED or is_set_by_dask(frame):
            return
        from dask.config import deprecations, interpret_value

        written, place = spelled(key_of(name)), user_place(frame)
        key = deprecations.get(hyphenated(written)) or written
        with self._lock:
            before = at(flat(self._config), key)
            change = KeyChange(key, plain(interpret_value(text)), before)
            self.variables[place, name, text] = ConfigChange(
                next(self._numbers), name, place, module_of(frame), False, (change,), ()
            )

    def _end_block(self, set_object: Any) -> None:
        self._latest_change = number = next(self._numbers)
        if change := self._blocks.get(set_object):
            change.block, change.ended = True, number
            self._set_since.update(each.key for each in change.changes)

    def _add_difference(
        self, function: str, before: dict[str, Any], after: dict[str, Any], frame: FrameType
    ) -> None:
        values = [
            (key, after.get(key, MISSING), before.get(key, MISSING)) for key in {**before, **after}
        ]
        if changed := [each for each in values if not equal(*each[1:])]:
            self._find_direct_changes(before)
            change = self._add(function, changed, frame)
            self._leaves, self._set_since = after, set()
            if function == "refresh":
                for earlier in self.changes:
                    if earlier.ended is None and earlier is not change:
                        earlier.ended = change.number

    def _add(
        self, how: str, assigned: Iterable[tuple[str, Any, Any]], frame: FrameType
    ) -> ConfigChange:
        keys = tuple(KeyChange(spelled(key), plain(new), plain(old)) for key, new, old in assigned)
        library = not is_user_code(frame)
        place, by = user_place(frame), module_of(frame)
        active = () if library else tuple(each for each in self.objects if each.is_active())
        self._latest_change = number = next(self._numbers)
        change = ConfigChange(number, how, place, by, library, keys, active)
        self._set_since.update(each.key for each in keys)
        self._calls[place, by] += 1
        if self._calls[place, by] <= CALLS_OF_A_LINE:
            self.changes.append(change)
        return change

    def _find_direct_changes(self, leaves: Mapping[str, Any]) -> None:
        for key in {**self._leaves, **leaves}:
            # A section without keys appears and disappears with its keys.
            values = [each.get(key, {}) for each in (self._leaves, leaves)]
            if (
                not equal(*values)
                and key not in CHANGED_IN_PLACE
                and not any(overlap(key, other) for other in self._set_since)
            ):
                self._direct[key] = None

    def _track(self, frame: FrameType, number: int, leaves: Mapping[str, Any]) -> None:
        """Record for each object under construction what it read, and what it hands over."""
        inner: TrackedObject | None = None
        for instance, reader, method in active_readers(frame):
            tracked = self._tracked.get(id(instance))
            if tracked is None or tracked.reference() is not instance:
                reference, name = weakref.ref(instance), type(instance).__name__
                tracked = TrackedObject(reference, name, reader.name, user_place(frame), number)
                self._tracked[id(instance)] = tracked
                self.objects.append(tracked)
            if inner is not None and inner.creator is None and tracked.outermost is not inner:
                inner.creator = tracked
            inner = tracked
            tracked.reads.update((key, (number, value)) for key, value in leaves.items())
            if method in reader.hands_over:
                handed = tracked.handed_over
                if not handed or handed[-1][0] < self._latest_change:
                    handed.append((number, flat(self._config)))


def _first_read(key: str, value: Any, frame: FrameType, number: int) -> ConfigRead:
    library = not is_user_code(frame)
    # The code of a module or class body, unlike that of a function, isn't optimized.
    at_import = library and not frame.f_code.co_flags & CO_OPTIMIZED
    place, by = user_place(frame), module_of(frame)
    return ConfigRead(spelled(key), by, library, place, at_import, plain(value), [number])
