"""Which changes of a traced configuration came too late, and what else is odd about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..catalogue.known_keys import catalogue
from ..catalogue.did_you_mean import suggest
from .dask_internals import is_read_by_workers, module_that_read, overlap, within
from .events import MISSING, Capture, Event, Read, at, equal, flat, touches
from .recorder import Recorder
from .report import Captured, Late, Remark
from .stack import Place

_FOREVER = float("inf")
_NANNIES_ELSEWHERE = "BaseDaskBackend"
_GIVES_NOTHING = "JobQueueCluster"
#: dask takes ``array-optimize`` and its like from the dictionary, which nobody sees.
_READ_DIRECTLY = ("-optimize", "_optimize")


class LateSetAnalysis:
    """Holds changes against reads.

    Parameters
    ----------
    recorder : Recorder
    """

    def __init__(self, recorder: Recorder) -> None:
        self._events = list(recorder.events)
        self._captures = list(recorder.captures)
        self._reads = recorder.reads
        self._unseen = recorder.unseen()
        self._uncounted = recorder.uncounted
        self._imports: dict[str, tuple[int, Place | None]] = {}
        for event in self._events:
            self._imports.setdefault(event.by, (event.number, event.place))
        for read in self._reads:
            if read.at_import:
                self._imports.setdefault(read.at_import, (read.first, read.place))
        self._imports.update(dict.fromkeys(recorder.imported, (0, None)))

    def late(self) -> list[Late]:
        """The user's changes that came too late, in their order; of a line's, the first alike."""
        found: list[Late] = []
        for event in self._own():
            for late in self._late(event):
                if not any(_alike(late, other) for other in found):
                    found.append(late)
        return found

    def remarks(self) -> list[Remark]:
        """What is odd beside, by event; the keys last that changed where no trace can see it."""
        found: dict[tuple[Any, ...], Remark] = {}
        calls: Counter[tuple[Any, ...]] = Counter()
        unread: Counter[tuple[Any, ...]] = Counter()
        for event in self._own():
            for key, _, _ in leaves_of(event):
                site = (event.place, event.by, key)
                calls[site] += 1
                for remark in [] if any(self._late_at(event, key)) else self._remarks(event, key):
                    found.setdefault((*site, remark.id, remark.place), remark)
                    unread[site] += remark.id == "never-read"
        # A line counts as not read where that is so of all its calls, and all are known.
        kept = [
            remark
            for (place, by, key, name, _), remark in found.items()
            if name != "never-read"
            or (
                unread[place, by, key] == calls[place, by, key]
                and (place, by) not in self._uncounted
            )
        ]
        return [*kept, *(Remark("past-dask-config", key) for key in self._unseen)]

    def _own(self) -> list[Event]:
        return [event for event in self._events if not event.library]

    def _late_at(self, event: Event, key: str) -> Iterator[Late]:
        return (late for late in self._late(event) if late.key == key)

    def _late(self, event: Event) -> Iterator[Late]:
        for key, value, before in leaves_of(event):
            end, _ = self._end(event, key)
            read = any(read.library for read in self._reads_between(key, event.number, end))
            had = [] if read else [*self._imported(event, key, value, before)]
            had += [] if read else self._read(event, key, value)
            workers = list(self._started(event, key, value))
            after = self._handed_between(event.number, end)
            same = [outer for outer in after if any(outer is mine for mine, _ in workers)]
            if after and not same:
                workers = []
            had += [captured for _, captured in workers]
            if had and not (read and event.block):
                reach = "new workers" if same else "this process" if read else "nothing"
                yield Late(event, key, value, tuple(had), reach)

    def _end(self, event: Event, key: str) -> tuple[float, str]:
        """The number at which the value was replaced or taken back, and by which function."""
        ends = [(event.ended or _FOREVER, "")]
        for other in self._events:
            if other.number > event.number and not other.block and touches(other, key):
                ends.append((other.number, other.how))
                break
        return min(ends)

    def _reads_between(self, key: str, start: float, end: float) -> list[Read]:
        return [
            read
            for read in self._reads
            if overlap(read.key, key) and any(start < number < end for number in read.numbers)
        ]

    def _handed_between(self, start: float, end: float) -> list[Capture]:
        """Who handed the configuration to other processes."""
        return [
            capture.outermost
            for capture in self._captures
            if any(start < number < end for number, _ in capture.handed)
        ]

    def _imported(self, event: Event, key: str, value: Any, before: Any) -> Iterator[Captured]:
        """The import that read the key, where nothing read it later."""
        reads = (read for read in self._reads if read.at_import and overlap(read.key, key))
        early = next((read for read in reads if read.first < event.number), None)
        if early is not None:
            had, name, place = at(flat(early.value, early.key), key), early.at_import, early.place
        else:
            had, name = before, module_that_read(key)
            number, place = self._imports.get(name or "", (_FOREVER, None))
            if number > event.number:
                return
        if not equal(had, value):
            yield Captured(name or "", place, "import", had)

    def _read(self, event: Event, key: str, value: Any) -> Iterator[Captured]:
        """The objects that read the key while they were made, each that the user made once."""
        seen: list[Capture] = []
        for capture in event.standing:
            number, had = capture.reads.get(key, (_FOREVER, MISSING))
            outer = capture.outermost
            if number < event.number and not equal(had, value) and outer not in seen:
                seen.append(outer)
                yield Captured(outer.name, outer.place, "read", had)

    def _started(self, event: Event, key: str, value: Any) -> list[tuple[Capture, Captured]]:
        """The worker processes that have another value, by the object that the user made."""
        found: list[tuple[Capture, Captured]] = []
        for capture in event.standing:
            before = [leaves for number, leaves in capture.handed if number < event.number]
            reads = is_read_by_workers(key, capture.kind == _NANNIES_ELSEWHERE)
            if not before or not reads or module_that_read(key):
                continue
            had, outer = at(before[-1], key), capture.outermost
            if equal(had, value):
                continue
            known = next((n for n, (o, c) in enumerate(found) if o is outer and c.value == had), -1)
            if known < 0:
                number = 1 if capture.kind == "Nanny" else 0
                place = outer.place
                found.append((outer, Captured(outer.name, place, "handed over", had, number)))
            else:
                count = found[known][1].number + 1
                found[known] = (outer, replace(found[known][1], number=count))
        return found

    def _remarks(self, event: Event, key: str) -> Iterator[Remark]:
        if _is_unknown(key) and event.how in ("set", "update"):
            yield Remark("unknown-key", key, event, nearest=suggest(tuple(key.split("."))))
            return
        end, ended_by = self._end(event, key)
        workers = is_read_by_workers(key, nannies_too=True)
        for capture in self._captures:
            bare = capture.kind == _GIVES_NOTHING and capture.outermost.kind != _NANNIES_ELSEWHERE
            stood = capture in event.standing or event.number < capture.number < end
            if bare and stood and workers:
                yield Remark("not-given-to-jobs", key, event, capture.outermost.place)
        imported = self._imports.get(module_that_read(key) or "", (0, None))[0]
        handed = self._handed_between(event.number, end)
        counts = workers or not within(key, ("distributed", "backends", "jobqueue"))
        if (
            event.how not in ("refresh", "rename", "pop")
            and ended_by != "rename"
            and not key.endswith(_READ_DIRECTLY)
            and not self._reads_between(key, event.number, end)
            and not event.number < imported < end
            and not (handed and counts)
        ):
            yield Remark("never-read", key, event)


def _is_unknown(key: str) -> bool:
    """Whether a key lies in a section of dask or its kin that has no such key."""
    path, known = tuple(key.split(".")), catalogue()
    return known.owner(path) is not None and not known.knows(path) and key not in known.renamed


def _alike(one: Late, other: Late) -> bool:
    return (
        one.event.place == other.event.place
        and one.event.by == other.event.by
        and (one.key, one.value, one.captured) == (other.key, other.value, other.captured)
    )


def leaves_of(event: Event) -> Iterator[tuple[str, Any, Any]]:
    """Key, value and value before of every leaf that an event changed or put in."""
    for change in event.changes:
        before = flat(change.before, change.key)
        for key, value in flat(change.value, change.key).items():
            yield key, value, at(before, key)
