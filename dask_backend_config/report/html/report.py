"""The doctor's report as one HTML file: no script, nothing from the network, secrets masked.

What is shown is gathered here; how, stands in templates/report.html and templates/report.css.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...config import explain
from ...config.resolve import Resolved
from ...config.sources import INHERITED, SourceFile, Variable
from ...core.origins import tilde
from ...doctor.checks import CHECKS
from ...doctor.facts import Facts
from ...doctor.findings import Finding
from .. import findings_text
from ..redact import Concealer, Hidden, concealed
from .excerpts import ExcerptLine, excerpt
from .layers import LayerCard, Place, boxes, place_of
from .live import clipped, comparisons, package_versions

if TYPE_CHECKING:
    from ...doctor.live import Examination

_PACKAGES = ("dask", "distributed", "dask-jobqueue")
_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding, the lines that it is about, and what mends it."""

    severity: str
    id: str
    place: str
    message: str
    hint: str
    option: str
    lines: tuple[ExcerptLine, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one file or variable."""

    number: int
    name: str
    box: Place | None
    findings: tuple[ShownFinding, ...]
    #: What a variable holds.
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An effective value that no default says."""

    key: str
    value: str
    origin: str
    box: LayerCard | None
    hides: tuple[tuple[str, str], ...]


def report_as_html(
    findings: Sequence[Finding],
    facts: Facts,
    when: datetime,
    live: Examination | None = None,
    failure: str = "",
) -> str:
    """A page that says what the doctor found, from what, and who decides each value.

    Parameters
    ----------
    findings : sequence of Finding
    facts : Facts
        What they were found in.
    when : datetime
        The time to put on it.
    live : Examination, optional
        What a running backend showed.
    failure : str, optional
        Why a backend that was to be asked showed nothing.
    """
    concealer = Concealer(facts)
    layers = boxes(facts, concealer)
    groups = list(_groups(findings, facts, concealer))
    for group in reversed(groups):
        if group.box in layers:
            layers[group.box].group = group.number
            layers[group.box].findings += len(group.findings)
    page = _environment().get_template("report.html")
    text: str = page.render(
        summary=findings_text.summary_line(findings, facts),
        counts=findings_text.summary(findings),
        breaks_dask=facts.breaks_dask,
        is_own=facts.is_own,
        when=f"{when:%Y-%m-%d %H:%M %Z}".strip(),
        versions=list(_versions()),
        folders=[tilde(path) for path in facts.sources.paths],
        groups=groups,
        about={finding.id: _about(finding.id) for finding in findings},
        boxes=list(layers.values()),
        rows=[_row(value, layers, concealer) for value in _differing(facts)],
        live=live,
        failure=concealer.text(failure),
        **(_seen(live, concealer) if live else {}),
    )
    return text


def _seen(live: Examination, concealer: Concealer) -> dict[str, Any]:
    """What the page says of a running backend."""
    return {
        "jobs": ", ".join(live.jobs),
        "child_process": concealer.text(live.child_process),
        "comparisons": list(comparisons(live, concealer)),
        "processes": list(live.comparisons[0].seen) if live.comparisons else [],
        "package_versions": list(package_versions(live)),
    }


def _environment() -> Any:
    import jinja2  # what no other command needs

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )


def _visible(value: Any) -> Any:
    """A text without what a page cannot hold or would not show, written as in Python."""
    if not isinstance(value, str) or value.isprintable() or hasattr(value, "__html__"):
        return value
    return "".join(
        letter if letter.isprintable() or letter == "\t" else repr(letter)[1:-1] for letter in value
    )


def _versions() -> Iterator[tuple[str, str]]:
    from ...core.version import __version__

    yield "dask-backend-config", __version__
    yield "Python", platform.python_version()
    for package in _PACKAGES:
        try:
            yield package, metadata.version(package)
        except metadata.PackageNotFoundError:
            yield package, "not installed"
    yield "Platform", platform.platform()


def _groups(findings: Sequence[Finding], facts: Facts, concealer: Concealer) -> Iterator[Group]:
    variables = {variable.name: variable for variable in facts.variables}
    files = {file.path: file for file in facts.files}
    for number, (name, group) in enumerate(groupby(findings, key=_place), 1):
        members = list(group)
        origin = members[0].origin
        file = files.get(origin.path or "") if origin else None
        hidden = concealer.lines(file) if file else []
        shown = [_shown(finding, file, hidden, concealer) for finding in members]
        variable = variables.get(origin.name or "") if origin else None
        box = place_of(origin) if origin else None
        yield Group(number, name, box, tuple(shown), _text(variable, concealer) if variable else "")


def _place(finding: Finding) -> str:
    origin = finding.origin
    if origin is None:
        return "The whole configuration"
    return tilde(origin.path) if origin.path else str(origin)


def _shown(
    finding: Finding, file: SourceFile | None, hidden: Sequence[Hidden], concealer: Concealer
) -> ShownFinding:
    origin, fix = finding.origin, finding.fix
    return ShownFinding(
        severity=finding.severity,
        id=finding.id,
        place=f"{origin.line}:{origin.column}" if origin and origin.line else "",
        message=concealer.text(finding.message),
        hint=concealer.text(finding.hint),
        option="" if fix is None else "--fix" if fix.safe else "--fix --unsafe-fixes",
        lines=excerpt(file, origin, hidden) if file and origin else (),
    )


def _text(variable: Variable, concealer: Concealer) -> str:
    """What a variable holds; serialised configuration says nothing to a reader."""
    if variable.name == INHERITED:
        return ""
    if variable.problem or not isinstance(variable.value, (Mapping, list, tuple)):
        hidden = concealed(variable.key, variable.text)
        return concealer.text(str(hidden))
    return concealer.value(variable.key, variable.value)


def _about(slug: str) -> tuple[tuple[tuple[str, bool], ...], ...]:
    """What a check's own text says before its examples: paragraphs of text and code."""
    texts = {check.id: f"{check.sentence}\n{check.explanation}" for check in CHECKS}
    words = texts.get(slug, "").partition("\nBroken:")[0].strip()
    paragraphs = [part for part in words.split("\n\n") if not part.startswith("```")]
    return tuple(
        tuple((piece, bool(n % 2)) for n, piece in enumerate(" ".join(part.split()).split("`")))
        for part in paragraphs
    )


def _differing(facts: Facts) -> list[Resolved]:
    return list(explain.differing(facts.resolution.values()).values())


def _row(resolved: Resolved, layers: Mapping[Place, LayerCard], concealer: Concealer) -> Row:
    hides = [
        (clipped(concealer.value(resolved.key, entry.value)), str(entry.origin))
        for entry in resolved.shadowed
    ]
    return Row(
        resolved.key,
        clipped(concealer.value(resolved.key, resolved.value)),
        str(resolved.origin),
        layers.get(place_of(resolved.origin)),
        tuple(hides),
    )
