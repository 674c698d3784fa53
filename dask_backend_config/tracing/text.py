"""Format a trace as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Any

from ..core.secrets import masked
from ..core.strings import TEXT_WIDTH, count, inline, wrapped
from .events import ConfigChange, ConfigRead, HeldValue, LateSet, Remark
from .late_sets import LateSetAnalysis
from .stack import Place
from .values import MISSING

#: The most keys of a call, different calls of a line, and characters of a value that are shown.
_MOST_KEYS = 10
_MOST_CALLS = 4
_MOST_CHARACTERS = 150
_REACH = {
    "nothing": "",
    "this process": "; this process uses the new value",
    "new workers": "; workers started later use the new value",
    "new processes": "; processes started later read it",
}


def lines(analysis: LateSetAnalysis, everything: bool = False) -> Iterator[str]:
    """Yield the lines of the report, in 80 columns.

    Parameters
    ----------
    everything : bool, optional
        Whether to list the changes and reads of libraries.
    """
    own = [change for change in analysis.changes if not change.library]
    by_libraries = [change for change in analysis.changes if change.library]
    own_reads = [read for read in analysis.reads if not read.library]
    library_reads = [read for read in analysis.reads if read.library]
    late = analysis.late()
    yield from wrapped(_summary(own, len(late), sum(analysis.uncounted.values())), "", "  ")
    yield from _section("Set too late", map(_late, late))
    yield from _section("Check these settings", map(_remark, analysis.remarks()))
    yield from _section("Set by your code", _changes(own, analysis))
    yield from _section("Read by your code", _reads(own_reads))
    if analysis.failures:
        failed = f"Incomplete: {count(len(analysis.failures), 'event')} not recorded; first error:"
        yield from ("", *wrapped(f"{failed} {analysis.failures[0]}", "", "  "))
    if everything:
        yield from _section("Set by libraries", _changes(by_libraries, analysis))
        yield from _section("Read by libraries", _reads(library_reads))
    elif by_libraries or library_reads:
        reads = count(sum(read.count for read in library_reads), "read")
        keys = count(len({read.key for read in library_reads}), "key")
        changed = count(len(by_libraries), "change")
        yield from ("", f"Libraries: {changed}, {reads} of {keys} (list them with --all)")


def _summary(own: Sequence[ConfigChange], late: int, uncounted: int) -> str:
    if not own:
        found = f"; {count(late, 'variable')} set too late" if late else ""
        return f"trace: your code did not change dask's configuration{found}"
    keys = count(len({each.key for change in own for each in change.changes}), "key")
    calls = count(len(own) + uncounted, "call")
    return f"trace: your code changed {keys} in {calls}; {late or 'none'} too late"


def _section(title: str, entries: Iterable[list[str]]) -> list[str]:
    found = [line for entry in entries for line in entry]
    return ["", title, *found] if found else []


def _entry(place: Place | None, setting: str, message: str) -> list[str]:
    where = f"{place}  " if place else ""
    return [*wrapped(where + setting, "  ", "    "), *wrapped(message, "      ", "      ")]


def _late(late: LateSet) -> list[str]:
    reach, value = _REACH[late.reach], _value(late.key, late.value)
    if late.variable:
        place = late.captured[0].place
        imported = f"when it was imported at {place}" if place else "when it was imported"
        message = f"set too late: dask read the environment {imported}{reach}"
        return _entry(late.event.place, f"{late.variable} = {value}", message)
    held = "; set after ".join(_held(late.key, each) for each in late.captured)
    return _entry(late.event.place, f"{late.key} = {value}", f"set after {held}{reach}")


def _held(key: str, held: HeldValue) -> str:
    value = _value(key, held.value)
    at = f" at {held.place}" if held.place else ""
    if held.how == "import":
        return f"{held.name} was imported{at}, which read {value}"
    if held.how == "read":
        return f"the {held.name} was created{at}, which read {value}"
    started = "started without it" if held.value is MISSING else f"started with {value}"
    workers = count(held.workers, "worker") if held.workers else "workers"
    return f"the {held.name} was created{at}; its {workers} {started}"


def _remark(remark: Remark) -> list[str]:
    created = f" created at {remark.place}" if remark.place else ""
    nearest = f"; did you mean {remark.nearest}?" if remark.nearest else ""
    message = {
        "unknown-key": f"unknown key: dask ignores it{nearest}",
        "never-read": "this process did not read it while it was set",
        "not-given-to-jobs": f"dask-jobqueue does not pass it to the jobs of the cluster{created}",
        "past-dask-config": "changed in dask.config.config itself; use dask.config.set",
    }[remark.id]
    return _entry(remark.event.place if remark.event else None, remark.key, message)


def _changes(changes: Sequence[ConfigChange], analysis: LateSetAnalysis) -> Iterator[list[str]]:
    """Yield an entry for each line of code, with equal calls once."""
    calls_of: dict[tuple[Place | None, str], Counter[tuple[str, ...]]] = {}
    for change in changes:
        call = tuple(_change(change))
        calls_of.setdefault((change.place, change.by), Counter())[call] += 1
    for (place, by), calls in calls_of.items():
        in_module = f"  in {by}" if changes[0].library and place else ""
        yield wrapped(f"{place or by}{in_module}", "  ", "    ")
        for call, number in islice(calls.items(), _MOST_CALLS):
            yield [*call, f"      {number} times"] if number > 1 else [*call]
        if more := max(len(calls) - _MOST_CALLS, 0) + analysis.uncounted.get((place, by), 0):
            yield [f"    and {count(more, 'more call')}"]


def _change(change: ConfigChange) -> Iterator[str]:
    how = "" if change.how == "set" else f" by {change.how}"
    block = "; in a with block" if change.block else ""
    for each in change.changes[:_MOST_KEYS]:
        new = "removed" if each.value is MISSING else f"= {_value(each.key, each.value)}"
        before = f"(before: {_value(each.key, each.before)}{block})"
        yield from wrapped(f"{each.key} {new}{how}  {before}", "    ", "        ")
    if len(change.changes) > _MOST_KEYS:
        yield f"    and {count(len(change.changes) - _MOST_KEYS, 'more key')}{how}"


def _reads(reads: Sequence[ConfigRead]) -> Iterator[list[str]]:
    """Yield an entry for each key, and for each module of a library that read it."""

    def reader(read: ConfigRead) -> tuple[str, str]:
        return read.key, f"by {read.by}, " if read.library else ""

    for (key, by), group in groupby(sorted(reads, key=reader), reader):
        first, *others = group
        number = first.count + sum(read.count for read in others)
        at = f"{', first' if number > 1 else ''} at {first.place}" if first.place else ""
        times = f"{by}{count(number, 'time')}{at}"
        line = f"  {key}  {times}"
        if len(line) <= TEXT_WIDTH:
            yield [line]
        else:
            yield [f"  {key}", *wrapped(times, "      ", "      ")]


def _value(key: str, value: Any) -> str:
    text = "not set" if value is MISSING else inline(masked(key, value))
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 4]} ..."
