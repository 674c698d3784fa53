"""Detect settings changed after they were last read, and other unexpected changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..catalogue.did_you_mean import suggest
from ..catalogue.known_keys import catalogue
from ..core.keys import CONTROL_VARIABLES
from .dask_internals import is_read_by_workers, module_that_read
from .events import (
    ConfigChange,
    ConfigRead,
    HeldValue,
    KeyChange,
    LateSet,
    Remark,
    TrackedObject,
)
from .recorder import Recorder
from .stack import Place
from .values import MISSING, at, equal, flat, overlap, within

_NEVER = float("inf")
#: Of a backend that was created during the trace, or only started.
_OUR_BACKEND = ("BaseDaskBackend", "Lifecycle")
_BARE_CLUSTER = "JobQueueCluster"
#: dask reads ``array-optimize`` and similar keys without ``dask.config.get``.
_READ_DIRECTLY = ("-optimize", "_optimize")


class LateSetAnalysis:
    """Conclusions from the changes and reads of a trace.

    Parameters
    ----------
    recorder : Recorder

    Attributes
    ----------
    changes : list of ConfigChange
    reads : list of ConfigRead
    uncounted : dict
        Place and module -> number of calls that are not in `changes`.
    failures : list of str
        The events that could not be recorded.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.changes = list(recorder.changes)
        self.reads = recorder.reads
        self.uncounted = recorder.uncounted
        self.failures = list(recorder.failures)
        self._objects = list(recorder.objects)
        self._variables = dict(recorder.variables)
        self._place_of_import = recorder.place_of_import
        self._direct_changes = recorder.direct_changes()
        self._by_user = [change for change in self.changes if not change.library]
        self._imports: dict[str, tuple[float, Place | None]] = dict.fromkeys(
            recorder.modules_before, (0, None)
        )
        for change in self.changes:
            self._imports.setdefault(change.by, (change.number, change.place))
        for read in self.reads:
            if read.at_import:
                self._imports.setdefault(read.by, (read.numbers[0], read.place))

    def late(self) -> list[LateSet]:
        """Return the user's changes that came too late, each repeated change of a line once."""
        found: dict[tuple[Any, ...], LateSet] = {}
        for change in self._by_user:
            for late in self._late(change):
                same = (change.place, change.by, late.key, repr(late.value), repr(late.captured))
                found.setdefault(same, late)
        return [*self._late_variables(), *found.values()]

    def _late_variables(self) -> Iterator[LateSet]:
        """Yield the variables that were set after dask had read the environment."""
        for (_, name, _), event in self._variables.items():
            (change,) = event.changes
            is_control = name in CONTROL_VARIABLES
            is_of_dask = "." in change.key or catalogue().knows((change.key,)) or is_control
            if is_of_dask and not self._is_used(event.number, change, is_control):
                held = HeldValue("dask.config", self._place_of_import, "import", change.before)
                yield LateSet(event, change.key, change.value, (held,), "new processes")

    def _is_used(self, number: int, change: KeyChange, is_control: bool) -> bool:
        """Return whether the configuration had a variable's value, or got it afterwards."""
        later = (other for other in self.changes if other.number > number and not is_control)
        values = [change.before, *(at(_assigned(other), change.key) for other in later)]
        return any(equal(value, change.value) for value in values)

    def remarks(self) -> list[Remark]:
        """Return what else is unexpected, once for each line and key."""
        found: dict[tuple[Any, ...], Remark] = {}
        read_sites: set[tuple[Place | None, str, str]] = set()
        for change in self._by_user:
            late_keys = [late.key for late in self._late(change)]
            for key, _, _ in _leaves_of(change):
                site = (change.place, change.by, key)
                remarks = [] if key in late_keys else list(self._remarks(change, key))
                for remark in remarks:
                    found.setdefault((site, remark.id, remark.place), remark)
                if all(remark.id != "never-read" for remark in remarks):
                    read_sites.add(site)
        # A line counts as never read only if this is known of each of its calls.
        kept = [
            remark
            for (site, name, _), remark in found.items()
            if name != "never-read" or (site not in read_sites and site[:2] not in self.uncounted)
        ]
        return [*kept, *(Remark("past-dask-config", key) for key in self._direct_changes)]

    def _late(self, change: ConfigChange) -> Iterator[LateSet]:
        for key, value, before in _leaves_of(change):
            end, _ = self._end(change, key)
            read = any(read.library for read in self._reads_between(key, change.number, end))
            held = [] if read else list(self._held_since_import(change, key, value, before))
            held += [] if read else self._held_by_objects(change, key, value)
            workers = self._held_by_workers(change, key, value)
            # A later cluster uses the value. New workers of the same cluster do, too, but not all.
            later = self._handed_over_between(change.number, end)
            same = any(each.holder in later for each in workers)
            if not later or same:
                held += workers
            if held and not (read and change.block):
                reach = "new workers" if same else "this process" if read else "nothing"
                yield LateSet(change, key, value, tuple(held), reach)

    def _end(self, change: ConfigChange, key: str) -> tuple[float, str]:
        """Return when the value was replaced or restored, and by which function of dask.config."""
        replaced = (
            (other.number, other.how)
            for other in self.changes
            if other.number > change.number and not other.block and other.touches(key)
        )
        return min((change.ended or _NEVER, ""), next(replaced, (_NEVER, "")))

    def _reads_between(self, key: str, start: float, end: float) -> list[ConfigRead]:
        return [
            read
            for read in self.reads
            if overlap(read.key, key) and any(start < number < end for number in read.numbers)
        ]

    def _handed_over_between(self, start: float, end: float) -> list[TrackedObject]:
        """Return the user's objects that passed the configuration to worker processes."""
        return [
            each.outermost
            for each in self._objects
            if any(start < number < end for number, _ in each.handed_over)
        ]

    def _held_since_import(
        self, change: ConfigChange, key: str, value: Any, before: Any
    ) -> Iterator[HeldValue]:
        reads = (read for read in self.reads if read.at_import and overlap(read.key, key))
        early = next((read for read in reads if read.numbers[0] < change.number), None)
        if early is not None:
            held, module, place = at(flat(early.value, early.key), key), early.by, early.place
        else:
            held, module = before, module_that_read(key) or ""
            number, place = self._imports.get(module, (_NEVER, None))
            if number > change.number:
                return
        if not equal(held, value):
            yield HeldValue(module, place, "import", held)

    def _held_by_objects(self, change: ConfigChange, key: str, value: Any) -> list[HeldValue]:
        """Return the earlier values that objects read, one for each object the user created."""
        found: dict[TrackedObject, HeldValue] = {}
        for each in change.active_objects:
            number, held = each.reads.get(key, (_NEVER, MISSING))
            if number < change.number and not equal(held, value):
                outer = each.outermost
                found.setdefault(outer, HeldValue(outer.name, outer.place, "read", held))
        return list(found.values())

    def _held_by_workers(self, change: ConfigChange, key: str, value: Any) -> list[HeldValue]:
        """Return the earlier values of worker processes, by the object the user created."""
        found: dict[tuple[TrackedObject, str], HeldValue] = {}
        for each in change.active_objects:
            before = [leaves for number, leaves in each.handed_over if number < change.number]
            reads = is_read_by_workers(key, nannies_too=each.kind in _OUR_BACKEND)
            if not before or not reads or module_that_read(key):
                continue
            held, outer = at(before[-1], key), each.outermost
            if not equal(held, value):
                new = HeldValue(outer.name, outer.place, "handed over", held, 0, outer)
                found.setdefault((outer, repr(held)), new).workers += each.kind == "Nanny"
        return list(found.values())

    def _remarks(self, change: ConfigChange, key: str) -> Iterator[Remark]:
        if _is_unknown(key) and change.how in ("set", "update"):
            yield Remark("unknown-key", key, change, nearest=suggest(tuple(key.split("."))))
            return
        end, ended_by = self._end(change, key)
        for_workers = is_read_by_workers(key, nannies_too=True)
        for each in self._objects:
            bare = each.kind == _BARE_CLUSTER and each.outermost.kind not in _OUR_BACKEND
            in_use = each in change.active_objects or change.number < each.number < end
            if bare and in_use and for_workers:
                yield Remark("not-given-to-jobs", key, change, each.outermost.place)
        imported, _ = self._imports.get(module_that_read(key) or "", (0, None))
        is_other = not within(key, ("distributed", "backends", "jobqueue"))
        if (
            change.how not in ("refresh", "rename", "pop")
            and ended_by != "rename"
            and not key.endswith(_READ_DIRECTLY)
            and not self._reads_between(key, change.number, end)
            and not change.number < imported < end
            and not ((for_workers or is_other) and self._handed_over_between(change.number, end))
        ):
            yield Remark("never-read", key, change)


def _is_unknown(key: str) -> bool:
    """Return whether a section of dask or a related package holds no such key."""
    path, known = tuple(key.split(".")), catalogue()
    return known.owner(path) is not None and not known.knows(path) and key not in known.renamed


def _assigned(change: ConfigChange) -> dict[str, Any]:
    return {key: value for key, value, _ in _leaves_of(change)}


def _leaves_of(change: ConfigChange) -> Iterator[tuple[str, Any, Any]]:
    """Yield key, value and previous value of each leaf that a call changed or added."""
    for each in change.changes:
        before = flat(each.before, each.key)
        for key, value in flat(each.value, each.key).items():
            yield key, value, at(before, key)
