"""The findings of the doctor as commands of GitHub Actions, which become annotations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..doctor.facts import Facts
from ..doctor.findings import Finding
from .checkout import path_in
from .findings_text import fix_option, summary_line
from .redact import Redactor

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_ESCAPES_IN_PROPERTY = {**_ESCAPES, ":": "%3A", ",": "%2C"}


def findings_as_annotations(
    findings: Sequence[Finding], facts: Facts, checkout: str
) -> Iterator[str]:
    """Yield a workflow command for each finding, and a summary.

    Parameters
    ----------
    findings : sequence of Finding
    facts : Facts
        The configuration that was examined.
    checkout : str
        The folder of the repository. A finding in another file, or about a variable, has its place
        in the message: GitHub has no line to show it at.
    """
    redactor = Redactor(facts)
    for finding in findings:
        option = fix_option(finding)
        hint = f"{finding.hint} ({option})" if option else finding.hint
        place = dict(_place(finding, checkout))
        message = f"{finding.message}\n{hint}"
        if finding.origin and not place:
            message = f"{finding.origin}: {message}"
        properties = ",".join(
            f"{name}={_escaped(value, _ESCAPES_IN_PROPERTY)}"
            for name, value in {**place, "title": finding.id}.items()
        )
        text = _escaped(redactor.text(message), _ESCAPES)
        yield f"::{_COMMANDS[finding.severity]} {properties}::{text}"
    yield summary_line(findings, facts)


def _place(finding: Finding, checkout: str) -> Iterator[tuple[str, str]]:
    """Yield the file, line and column if the finding is about a file of the checkout."""
    origin = finding.origin
    path = path_in(checkout, origin.path) if origin and origin.path else None
    if origin is None or path is None:
        return
    yield "file", path
    if origin.line:
        yield "line", str(origin.line)
    if origin.column:
        yield "col", str(origin.column)


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
