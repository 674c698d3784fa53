"""What a trace saw, as lines of text. Nothing is printed here."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ..core.secrets import masked
from ..core.strings import inline
from .events import MISSING, Event, Read
from .report import Captured, Late, Record, Remark
from .stack import Place

_WIDTH = 80
#: Keys of one call, and different calls of one line, that are listed; all of a ``set`` if asked.
_MOST_KEYS = 10
_MOST_CALLS = 4
#: Characters of a value.
_LONG = 150


def lines(record: Record, everything: bool = False) -> Iterator[str]:
    """The report for people, in 80 columns.

    Parameters
    ----------
    everything : bool, optional
        Whether what libraries set and read is listed too.
    """
    yield from _wrapped(_summary(record), "", "  ")
    yield from _section("Too late", (line for late in record.late for line in _late(late)))
    remarks = (line for remark in record.remarks for line in _remark(remark))
    yield from _section("Worth a look", remarks)
    own = [event for event in record.events if not event.library]
    yield from _section("Set by your code", _events(own, record, everything))
    yield from _section("Read by your code", _reads([r for r in record.reads if not r.library]))
    theirs = [event for event in record.events if event.library]
    reads = [read for read in record.reads if read.library]
    if record.failures:
        yield ""
        what = f"This is not all: {_count(len(record.failures), 'event')} could not be noted, first"
        yield from _wrapped(f"{what} {record.failures[0]}", "", "  ")
    if everything:
        yield from _section("Set by libraries", _events(theirs, record, everything))
        yield from _section("Read by libraries", _reads(reads))
    elif theirs or reads:
        keys = len({read.key for read in reads})
        times = sum(read.count for read in reads)
        calls = f"changed configuration {_times(len(theirs))}, "
        yield ""
        yield from _wrapped(
            f"Libraries {calls if theirs else ''}read {_count(keys, 'key')} {_times(times)}"
            " (--all lists them).",
            "",
            "  ",
        )


def _summary(record: Record) -> str:
    own = [event for event in record.events if not event.library]
    calls = len(own) + sum(record.uncounted.values())
    keys = len({change.key for event in own for change in event.changes})
    if not calls:
        return "trace: your code changed nothing of dask's configuration"
    late = f"; {len(record.late)} came too late" if record.late else "; nothing came too late"
    return f"trace: your code changed {_count(keys, 'key')} in {_count(calls, 'call')}{late}"


def _section(title: str, content: Iterator[str]) -> Iterator[str]:
    found = list(content)
    if found:
        yield ""
        yield title
        yield from found


def _late(late: Late) -> Iterator[str]:
    where = f"{late.event.place}  " if late.event.place else ""
    yield from _wrapped(f"{where}{_assigned(late.key, late.value)}", "  ", "    ")
    came = "; it came after ".join(_captured(late.key, each) for each in late.captured)
    reach = {
        "nothing": "",
        "this process": "; this process has read it since",
        "new workers": "; workers that were started later have it",
    }[late.reach]
    yield from _wrapped(f"came after {came}{reach}", "      ", "      ")


def _captured(key: str, captured: Captured) -> str:
    value = _value(key, captured.value)
    at = f" at {captured.place}" if captured.place else ""
    if captured.how == "import":
        return f"{captured.name} was imported{at}, when it was {value}"
    made = f"the {captured.name} was made{at}"
    if captured.how == "read":
        return f"{made}, when it was {value}"
    had = "without it" if captured.value is MISSING else f"with {value}"
    workers = "worker was" if captured.number == 1 else "workers were"
    number = f"{captured.number} " if captured.number > 1 else ""
    return f"{made}; its {number}{workers} started {had}"


def _remark(remark: Remark) -> Iterator[str]:
    where = f"{remark.event.place}  " if remark.event and remark.event.place else ""
    yield from _wrapped(f"{where}{remark.key}", "  ", "    ")
    made = f" made at {remark.place}" if remark.place else ""
    nearest = f"; the nearest is {remark.nearest}" if remark.nearest else ""
    said = {
        "unknown-key": f"there is no such key{nearest}",
        "never-read": "nothing read it in this process while it was set",
        "not-given-to-jobs": f"dask_jobqueue gives it to no job of the cluster{made}",
        "past-dask-config": "changed in dask.config.config itself, which no trace sees",
    }[remark.id]
    yield from _wrapped(said, "      ", "      ")


def _events(events: Sequence[Event], record: Record, everything: bool) -> Iterator[str]:
    """Calls by line, in the order in which each line was first reached."""
    by_place: dict[tuple[Place | None, str], Counter[tuple[str, ...]]] = {}
    for event in events:
        call = tuple(_event(event, everything))
        by_place.setdefault((event.place, event.by), Counter())[call] += 1
    for site, calls in by_place.items():
        place, by = site
        shown = list(calls.items())[: None if everything else _MOST_CALLS]
        library = "" if by == "__main__" or place is None else f"  in {by}"
        yield from _wrapped(f"{place or by}{library if events[0].library else ''}", "  ", "    ")
        for call, number in shown:
            yield from call
            if number > 1:
                yield f"      {_times(number)}"
        more = len(calls) - len(shown) + record.uncounted.get(site, 0)
        if more:
            yield f"    and {_count(more, 'call')} more"


def _event(event: Event, everything: bool) -> Iterator[str]:
    shown = event.changes[: None if event.how == "set" and everything else _MOST_KEYS]
    how = "" if event.how == "set" else f" by {event.how}"
    if how and event.library and len(event.changes) > _MOST_KEYS:
        yield f"    {_count(len(event.changes), 'key')}{how}"
        return
    until = "; in a with block" if event.block else ""
    for change in shown:
        if change.value is MISSING:
            text = f"{change.key} removed"
        else:
            text = _assigned(change.key, change.value)
        before = f"  (before: {_value(change.key, change.before)}{until})"
        yield from _wrapped(f"{text}{how}{before}", "    ", "        ")
    if len(shown) < len(event.changes):
        yield f"    and {_count(len(event.changes) - len(shown), 'key')} more{how}"


def _reads(reads: Sequence[Read]) -> Iterator[str]:
    """A line for each key and module."""
    counts: Counter[tuple[str, str]] = Counter()
    firsts: dict[tuple[str, str], Read] = {}
    for read in reads:
        site = (read.key, read.by if read.library else "")
        counts[site] += read.count
        firsts.setdefault(site, read)
    for (key, by), count in sorted(counts.items()):
        first = firsts[key, by].place
        where = f"first at {first}" if first and count > 1 else f"at {first}" if first else ""
        text = ", ".join(part for part in (f"by {by}" if by else "", _times(count), where) if part)
        line = f"  {key}  {text}"
        if len(line) <= _WIDTH:
            yield line
        else:
            yield f"  {key}"
            yield from _wrapped(text, "      ", "      ")


def _assigned(key: str, value: Any) -> str:
    return f"{key} = {_value(key, value)}"


def _value(key: str, value: Any) -> str:
    text = "not set" if value is MISSING else inline(masked(key, value))
    return text if len(text) <= _LONG else f"{text[: _LONG - 4]} ..."


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
