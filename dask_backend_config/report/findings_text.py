"""The findings of the doctor as lines of text or as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..config.values import JSON_VERSION
from ..core.secrets import masked
from ..core.strings import count, inline
from ..doctor.facts import Facts
from ..doctor.findings import Finding
from .layout import Line, hanging, listed, paragraph

if TYPE_CHECKING:
    from ..doctor.live import Examination

_SEVERITIES = {"error": "error", "warning": "warning", "info": "info finding"}
_SEVERITY_WIDTH = 9
_PLACE_WIDTH = 9
_NARROWEST_MESSAGE = 50
_LIVE_WIDTH = 11


def findings_as_lines(findings: Sequence[Finding], facts: Facts, width: int) -> Iterator[Line]:
    """Yield the findings, grouped by file or variable, and a summary.

    Parameters
    ----------
    findings : sequence of Finding
    facts : Facts
        The configuration that was examined.
    width : int
        Columns of the terminal, or `layout.NO_WRAP`.
    """
    yield from groups_as_lines(findings, width)
    yield from paragraph(summary_line(findings, facts), width)


def groups_as_lines(findings: Sequence[Finding], width: int) -> Iterator[Line]:
    """Yield the findings, grouped by file or variable."""
    id_width = max((len(finding.id) for finding in findings), default=0) + 2
    for source, group in groupby(findings, key=source_of):
        yield [(source, "heading")]
        for finding in group:
            yield from _finding(finding, id_width, width)


def summary(findings: Iterable[Finding]) -> dict[str, int]:
    """Return the number of findings of each severity."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in _SEVERITIES}  # type: ignore[index]


def summary_line(findings: Sequence[Finding], facts: Facts) -> str:
    """Return a summary such as ``2 errors in 3 files and 5 variables; 1 fixable with --fix``."""
    sources = {"file": len(facts.files)}
    if facts.is_own or facts.variables:
        sources["variable"] = len(facts.variables)
    examined = listed([count(number, noun) for noun, number in sources.items() if number])
    nothing = " or ".join(f"{noun}s" for noun in sources)
    where = f" in {examined}" if examined else f" (no dask {nothing} here)"
    fixes = Counter(option for finding in findings if (option := fix_option(finding)))
    fixable = [f"{number} fixable with {option}" for option, number in sorted(fixes.items())]
    return "; ".join([f"{summary_words(findings)}{where}", *fixable])


def summary_words(findings: Iterable[Finding]) -> str:
    """Return words such as ``2 errors and 1 warning``."""
    numbers = summary(findings).items()
    found = listed([count(number, _SEVERITIES[name]) for name, number in numbers if number])
    return found or "No problems found"


def source_of(finding: Finding) -> str:
    """Return the file or variable that a finding is about, as the name of its group."""
    return finding.origin.source if finding.origin else "configuration"


def position_of(finding: Finding) -> str:
    """Return the line and column of a finding, empty if it has none."""
    origin = finding.origin
    return f"{origin.line}:{origin.column}" if origin and origin.line else ""


def fix_option(finding: Finding) -> str:
    """Return the option that makes the fix of a finding, empty if it has none."""
    if finding.fix is None:
        return ""
    return "--fix" if finding.fix.safe else "--fix --unsafe-fixes"


def findings_as_json(
    findings: Sequence[Finding], facts: Facts, live: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the JSON object that ``doctor --format json`` prints."""
    return {
        "version": JSON_VERSION,
        "files": [{"path": file.path, "status": file.status} for file in facts.files],
        "findings": [finding_as_json(finding) for finding in findings],
        "live": live,
        "summary": summary(findings),
    }


def examination_as_lines(live: Examination, width: int) -> Iterator[Line]:
    """Yield what the processes of a running backend see: one line for each key if they agree."""
    workers = count(live.number_of_workers, "worker")
    started = f"live: {live.backend} backend with {workers}, ready in {live.seconds_to_start:.1f} s"
    yield [(started, "heading")]
    for word, style, text, details in _results(live):
        yield from hanging([(f"  {word:<{_LIVE_WIDTH - 2}}", style)], text, width)
        for detail in details:
            yield from paragraph(detail, width, indent=_LIVE_WIDTH + 2)


def _results(live: Examination) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield each result: a word and its style, what it is about, and details."""
    if live.share:
        yield "ok", "ok", f"uses {live.share}", []
    if live.jobs:
        noun = "job" if len(live.jobs) == 1 else "jobs"
        yield "ok", "ok", f"submitted {noun} {listed(live.jobs)}", []
        if not live.encrypted:
            message = "connections are not encrypted, and anyone on the network can connect"
            yield "insecure", "warning", message, []
    if live.encrypted:
        yield "ok", "ok", "scheduler and workers use TLS", []
    for entry in live.comparisons:
        values = {name: inline(masked(entry.key, value)) for name, value in entry.seen.items()}
        if entry.agrees:
            yield "ok", "ok", f"{entry.key} = {values['client']}", []
        else:
            yield "differs", "error", entry.key, [f"{name}: {values[name]}" for name in values]
    if live.child_process:
        yield "fails", "error", "a task cannot start a child process:", [live.child_process]
    else:
        yield "ok", "ok", "a task can start a child process", []
    for package, found in live.versions.items():
        if len(found) == 1:
            yield "ok", "ok", f"{package} {next(iter(found))} everywhere", []
        else:
            seen = [f"{version}: {', '.join(processes)}" for version, processes in found.items()]
            yield "differs", "warning", package, seen


def _finding(finding: Finding, id_width: int, width: int) -> Iterator[Line]:
    head: Line = [
        (f"  {position_of(finding):<{_PLACE_WIDTH - 2}}", ""),
        (f"{finding.severity:<{_SEVERITY_WIDTH}}", finding.severity),
        (f"{finding.id:<{id_width}}", ""),
    ]
    column = _PLACE_WIDTH + _SEVERITY_WIDTH + id_width
    if width - column < _NARROWEST_MESSAGE:
        yield [*head[:-1], (finding.id, "")]
        column = _PLACE_WIDTH
        head = [(" " * column, "")]
    yield from hanging(head, finding.message, width)
    option = fix_option(finding)
    hint = f"{finding.hint}  ({option})" if option else finding.hint
    yield from paragraph(hint, width, "dim", column)


def finding_as_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as in the JSON of ``doctor``."""
    return {
        "id": finding.id,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "key": finding.key,
        "origin": finding.origin.as_json() if finding.origin else None,
        "fixable": finding.fix is not None,
    }
