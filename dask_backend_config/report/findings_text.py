"""What the doctor finds, as lines of text or as JSON. Nothing is printed here."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..config.explain import JSON_VERSION
from ..core.origins import tilde
from ..core.secrets import masked
from ..core.strings import inline
from ..doctor.facts import Facts
from ..doctor.findings import Finding

if TYPE_CHECKING:
    from ..doctor.live import Examination

#: One line: pieces of text, each with the name of its style, "" for none.
Line = list[tuple[str, str]]
STYLES = {
    "error": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "ok": "green",
    "place": "bold",
    "dim": "dim",
}
NO_WRAP = 10_000
_SEVERITIES = ("error", "warning", "info")
_SEVERITY_WIDTH = 9
_PLACE_WIDTH = 9
_LEAST_MESSAGE_WIDTH = 50
_LIVE_WIDTH = 11


def findings_as_lines(findings: Sequence[Finding], facts: Facts, width: int) -> Iterator[Line]:
    """What the doctor says to people: findings grouped by file or variable, then the sum.

    Parameters
    ----------
    width : int
        Columns; `NO_WRAP` for text that is read by programs line by line.
    """
    id_width = max((len(finding.id) for finding in findings), default=0) + 2
    for place, group in groupby(findings, key=_place):
        yield [(place, "place")]
        for finding in group:
            yield from _finding(finding, id_width, width)
    for line in wrapped(summary_line(findings, facts), width):
        yield [(line, "")]


def summary(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each severity."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in _SEVERITIES}  # type: ignore[index]


def summary_line(findings: Sequence[Finding], facts: Facts) -> str:
    """Such as ``2 errors and 1 warning in 3 files and 5 variables``."""
    names = {"error": "error", "warning": "warning", "info": "remark"}
    counts = [_count(n, names[name]) for name, n in summary(findings).items() if n]
    found = _listed(counts) or "No problems"
    read = [_count(len(facts.files), "file")]
    if facts.is_own:
        read.append(_count(len(facts.variables), "variable"))
    fixes = [finding.fix for finding in findings if finding.fix]
    safe = sum(fix.safe for fix in fixes)
    options = (("--fix", safe), ("--fix --unsafe-fixes", len(fixes) - safe))
    mended = [f"{number} can be mended with {option}" for option, number in options if number]
    return "; ".join([f"{found} in {_listed(read)}", *mended])


def findings_as_json(
    findings: Sequence[Finding], facts: Facts, live: dict[str, Any] | None
) -> dict[str, Any]:
    """The members of design's ``doctor``."""
    return {
        "version": JSON_VERSION,
        "files": [{"path": file.path, "status": file.status} for file in facts.files],
        "findings": [_finding_as_json(finding) for finding in findings],
        "live": live,
        "summary": summary(findings),
    }


def examination_as_lines(live: Examination, width: int) -> Iterator[Line]:
    """What a running backend showed, a line for each key on which its processes agree."""
    workers = _count(live.number_of_workers, "worker")
    began = f"live: {live.backend} backend with {workers}, ready in {live.seconds_to_start:.1f} s"
    yield [(began, "place")]
    yield from _jobs_as_lines(live, width)
    for entry in live.comparisons:
        values = {name: inline(masked(entry.key, value)) for name, value in entry.seen.items()}
        if entry.agrees:
            yield from _row("ok", "ok", f"{entry.key} = {values['client']}", width)
            continue
        seen = (f"{name}: {value}" for name, value in values.items())
        yield from _row("differs", "error", entry.key, width, seen)
    if live.child_process:
        below = [live.child_process]
        yield from _row("fails", "error", "a task that starts a process:", width, below)
    else:
        yield from _row("ok", "ok", "a task started a process of its own", width)
    yield from _versions_as_lines(live, width)


def _row(word: str, style: str, text: str, width: int, below: Iterable[str] = ()) -> Iterator[Line]:
    """A line that begins with how it went; what is long goes on below, further in."""
    first, *rest = wrapped(text, width - _LIVE_WIDTH)
    yield [(f"  {word:<{_LIVE_WIDTH - 2}}", style), (first, "")]
    inner = _LIVE_WIDTH + 2
    lines = [*rest, *(line for part in below for line in wrapped(part, width - inner))]
    for line in lines:
        yield [(" " * inner + line, "")]


def _jobs_as_lines(live: Examination, width: int) -> Iterator[Line]:
    """What only a job queue has; on one machine nobody listens but on loopback."""
    if live.jobs:
        noun = "job" if len(live.jobs) == 1 else "jobs"
        yield from _row("ok", "ok", f"submitted as {noun} {_listed(live.jobs)}", width)
    if live.jobs and live.encrypted:
        yield from _row("ok", "ok", "scheduler and workers talk TLS", width)
    elif live.jobs:
        yield from _row("open", "warning", "nothing is encrypted, and anybody may connect", width)


def _versions_as_lines(live: Examination, width: int) -> Iterator[Line]:
    for package, found in live.versions.items():
        if len(found) == 1:
            yield from _row("ok", "ok", f"{package} {next(iter(found))} everywhere", width)
            continue
        seen = (f"{version}: {', '.join(processes)}" for version, processes in found.items())
        yield from _row("differs", "warning", package, width, seen)


def as_json(data: Any) -> str:
    """JSON text; what JSON has no form for becomes its ``str``."""
    return json.dumps(data, indent=2, default=str)


def _finding(finding: Finding, id_width: int, width: int) -> Iterator[Line]:
    origin = finding.origin
    place = f"{origin.line}:{origin.column}" if origin and origin.line else ""
    head: Line = [
        (f"  {place:<{_PLACE_WIDTH - 2}}", ""),
        (f"{finding.severity:<{_SEVERITY_WIDTH}}", finding.severity),
        (f"{finding.id:<{id_width}}", ""),
    ]
    column = _PLACE_WIDTH + _SEVERITY_WIDTH + id_width
    if width - column < _LEAST_MESSAGE_WIDTH:
        yield [*head[:-1], (finding.id, "")]
        column = _PLACE_WIDTH
        head = [(" " * column, "")]
    message = wrapped(finding.message, width - column)
    yield [*head, (message[0], "")]
    for line in message[1:]:
        yield [(" " * column + line, "")]
    for line in wrapped(_hint(finding), width - column):
        yield [(" " * column + line, "dim")]


def _hint(finding: Finding) -> str:
    if finding.fix is None:
        return finding.hint
    return f"{finding.hint}  ({'--fix' if finding.fix.safe else '--fix --unsafe-fixes'})"


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "key": finding.key,
        "origin": finding.origin.as_json() if finding.origin else None,
        "fixable": finding.fix is not None,
    }


def _place(finding: Finding) -> str:
    origin = finding.origin
    if origin is None:
        return "configuration"
    return tilde(origin.path) if origin.path else str(origin)


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text; a word that is longer than a line stays whole, to be copied."""
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 2 else parts)
