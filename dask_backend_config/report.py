"""Findings and values as lines of text, or as JSON. Nothing is printed here."""

from __future__ import annotations

import json
import shlex
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import yaml

from .explanations import JSON_VERSION, Explanation
from .facts import Facts, Finding
from .keys import masked, variable_of
from .origins import Origin, tilde
from .resolve import Layered, Resolved
from .sources import interpret

if TYPE_CHECKING:
    from .live import Examination

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
    yield [(summary_line(findings, facts), "")]


def summary(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each severity."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in _SEVERITIES}  # type: ignore[index]


def summary_line(findings: Sequence[Finding], facts: Facts) -> str:
    """Such as ``2 errors and 1 warning in 3 files and 5 variables``."""
    names = {"error": "error", "warning": "warning", "info": "remark"}
    counts = [_count(n, names[name]) for name, n in summary(findings).items() if n]
    found = _listed(counts) or "No problems"
    read = [_count(len(facts.files), "file"), _count(len(facts.variables), "variable")]
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


def values_as_lines(found: dict[str, Resolved], width: int) -> Iterator[Line]:
    """A line for each value: key, value, origin; a long value does not push the others away."""
    rows = [(key, _inline(masked(key, value.value)), value.origin) for key, value in found.items()]
    key_width = max((len(key) for key, _, _ in rows), default=0)
    value_width = min(max((len(value) for _, value, _ in rows), default=0), 30)
    for key, value, origin in rows:
        style = "dim" if origin.kind == "default" else ""
        if width != NO_WRAP and key_width + value_width + 24 > width:
            yield [(key, "place")]
            yield [(f"    {value}", ""), (f"  {origin}", style or "info")]
        else:
            yield [
                (f"{key:<{key_width}}", style),
                (f"  {value:<{value_width}}", style),
                (f"  {origin}", style or "info"),
            ]


def values_as_yaml(found: dict[str, Resolved]) -> str:
    """A file that says all of it, secrets masked."""
    tree: dict[str, Any] = {}
    for key, resolved in found.items():
        *parents, last = key.split(".")
        below = tree
        for name in parents:
            inner = below.get(name)
            if not isinstance(inner, dict):
                inner = below[name] = {}
            below = inner
        below[last] = masked(key, resolved.value)
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def values_as_variables(found: dict[str, Resolved]) -> Iterator[str]:
    """``export`` lines that a shell reads and from which dask makes the same values."""
    for key, resolved in found.items():
        yield f"export {variable_of(key)}={shlex.quote(_as_variable(masked(key, resolved.value)))}"


def examination_as_lines(live: Examination, width: int) -> Iterator[Line]:
    """What a running backend showed, a line for each key on which its processes agree."""
    workers = _count(live.number_of_workers, "worker")
    began = f"live: {live.backend} backend with {workers}, ready in {live.seconds_to_start:.1f} s"
    yield [(began, "place")]
    yield from _jobs_as_lines(live)
    for entry in live.comparisons:
        values = {name: _inline(masked(entry.key, value)) for name, value in entry.seen.items()}
        if entry.agrees:
            yield [("  ok       ", "ok"), (f"{entry.key} = {values['client']}", "")]
            continue
        yield [("  differs  ", "error"), (entry.key, "")]
        for name, value in values.items():
            yield [(f"             {name}: {value}", "")]
    if live.child_process:
        yield [("  fails    ", "error"), ("a task that starts a process: ", "")]
        for line in _wrapped(live.child_process, width - 13):
            yield [(f"             {line}", "")]
    else:
        yield [("  ok       ", "ok"), ("a task started a process of its own", "")]
    yield from _versions_as_lines(live)


def _jobs_as_lines(live: Examination) -> Iterator[Line]:
    """What only a job queue has; on one machine nobody listens but on loopback."""
    if live.jobs:
        noun = "job" if len(live.jobs) == 1 else "jobs"
        yield [("  ok       ", "ok"), (f"submitted as {noun} {_listed(live.jobs)}", "")]
    if live.jobs and live.encrypted:
        yield [("  ok       ", "ok"), ("scheduler and workers talk TLS", "")]
    elif live.jobs:
        yield [("  open     ", "warning"), ("nothing is encrypted, and anybody may connect", "")]


def _versions_as_lines(live: Examination) -> Iterator[Line]:
    for package, found in live.versions.items():
        if len(found) == 1:
            yield [("  ok       ", "ok"), (f"{package} {next(iter(found))} everywhere", "")]
            continue
        yield [("  differs  ", "warning"), (package, "")]
        for version, processes in found.items():
            yield [(f"             {version}: {', '.join(processes)}", "")]


def explanation_as_lines(explained: Explanation, width: int) -> Iterator[Line]:
    """What ``explain`` says: the value, each layer that has one, what it means, who reads it."""
    resolved, used = explained.resolved, explained.used
    value = _inline(masked(explained.key, used.value)) if used else "not set"
    through = f"  (through {used.key})" if used and used.key != explained.key else ""
    yield [(f"{explained.key} = {value}", "place"), (through, "info")]
    if resolved:
        yield from _layers(resolved)
    for key, found in explained.fallbacks:
        text = _inline(masked(key, found.value)) if found else "not set"
        origin = f"  {found.origin}" if found else ""
        yield [(f"  falls back on {key}  {text}{origin}", "dim")]
    yield from _described(explained, width)


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
        yield head
        column = _PLACE_WIDTH
        head = [(" " * column, "")]
    message = _wrapped(finding.message, width - column)
    yield [*head, (message[0], "")]
    for line in message[1:]:
        yield [(" " * column + line, "")]
    for line in _wrapped(_hint(finding), width - column):
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


def _layers(resolved: Resolved) -> Iterator[Line]:
    layers = [Layered(resolved.value, resolved.origin), *resolved.shadowed]
    rows = [
        (entry.origin.kind, _named(entry.origin), _inline(masked(resolved.key, entry.value)))
        for entry in layers
    ]
    kind_width, name_width, value_width = (
        max(map(len, column)) for column in zip(*rows, strict=True)
    )
    for number, (kind, name, value) in enumerate(rows):
        row = f"  {kind:<{kind_width}}  {name:<{name_width}}  {value:<{value_width}}"
        yield [(row, "")] + ([("   in effect", "info")] if number == 0 else [])


def _described(explained: Explanation, width: int) -> Iterator[Line]:
    about = explained.description
    for paragraph in (about.text or "").split("\n\n"):
        for line in _wrapped(" ".join(paragraph.split()), min(width, 80)):
            yield [(line, "")]
    kind = " ".join(part for part in (about.type, f"({about.unit})" if about.unit else "") if part)
    facts = (("Type", kind), ("Variable", explained.variable), ("Read by", about.read_by))
    for name, text in facts:
        if text:
            yield [(f"{name}: {text}", "dim")]


def _named(origin: Origin) -> str:
    return origin.place if origin.kind == "file" else origin.name or "dask.config.set"


def _inline(value: Any) -> str:
    """A value on one line as a YAML file would hold it."""
    try:
        text = yaml.safe_dump(value, default_flow_style=True, width=10**9, allow_unicode=True)
    except yaml.YAMLError:
        return repr(value)
    return text.removesuffix("\n").removesuffix("\n...")


def _as_variable(value: Any) -> str:
    """A text of which `interpret` makes `value`."""
    text = str(value)
    return text if isinstance(value, str) and interpret(text) == value else repr(value)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 2 else parts)
