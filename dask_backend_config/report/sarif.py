"""The findings of the doctor in SARIF 2.1.0, which code scanning and editors read."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..config.sources import read_file
from ..core.origins import Origin
from ..core.version import __version__
from ..doctor.checks import CHECKS, Check
from ..doctor.edit_plan import EditPlan
from ..doctor.facts import Facts
from ..doctor.findings import Finding
from ..yaml_edit.lines import Lines
from .checkout import path_in
from .html.excerpts import marked_columns
from .redact import Redactor

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: The base of paths in the checkout.
_ROOT = "%SRCROOT%"
#: What ends a line, see `yaml_edit.lines`.
_LINE_ENDS = ["\r\n", "\n", "\r", "\x85", "\u2028", "\u2029"]
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_Object = dict[str, Any]


def findings_as_sarif(findings: Sequence[Finding], facts: Facts, checkout: str) -> _Object:
    """Return the log, with a result for each finding, and the checks that have findings as rules.

    Parameters
    ----------
    findings : sequence of Finding
    facts : Facts
        The configuration that was examined.
    checkout : str
        The folder of the repository: paths in it are relative to it.
    """
    found = {finding.id for finding in findings}
    checks = [check for check in CHECKS if check.id in found]
    numbers = {check.id: number for number, check in enumerate(checks)}
    redactor = Redactor(facts)
    driver = {
        "name": "dask-backend-config",
        "semanticVersion": __version__,
        "rules": [_rule(check) for check in checks],
    }
    results = [
        {"ruleIndex": numbers[finding.id], **_result(finding, facts, redactor, checkout)}
        for finding in findings
    ]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": _LINE_ENDS,
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder of the repository."}}},
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(check: Check) -> _Object:
    return {
        "id": check.id,
        "shortDescription": {"text": check.sentence},
        "help": {"text": check.explanation, "markdown": check.explanation},
    }


def _result(finding: Finding, facts: Facts, redactor: Redactor, checkout: str) -> _Object:
    fix = _fix(finding, facts, redactor, checkout)
    return {
        "ruleId": finding.id,
        "level": _LEVELS[finding.severity],
        "message": {"text": redactor.text(f"{finding.message}\n{finding.hint}")},
        "locations": list(_locations(finding, facts, checkout)),
        **({"fixes": [fix]} if fix else {}),
    }


def _locations(finding: Finding, facts: Facts, checkout: str) -> Iterator[_Object]:
    """Yield the place in a file, or the name of a variable."""
    origin = finding.origin
    if origin is None:
        return
    if origin.path is None:
        yield {"logicalLocations": [{"name": str(origin), "kind": "variable"}]}
        return
    place: _Object = {"artifactLocation": _artifact(origin.path, checkout)}
    if origin.line:
        place["region"] = _region(origin, facts)
    yield {"physicalLocation": place}


def _region(origin: Origin, facts: Facts) -> _Object:
    """Return the place of a key, value or word, up to its end."""
    line, column = origin.line or 1, origin.column or 1
    region: _Object = {"startLine": line, "startColumn": column}
    for file in facts.files:
        if file.path == origin.path and line <= len(lines := Lines(file.text)):
            _, end = marked_columns(file, lines, line - 1, column)
            return {**region, "endColumn": max(end + 1, column)}
    return region


def _artifact(path: str, checkout: str) -> _Object:
    inside = path_in(checkout, path)
    if inside is None:
        return {"uri": Path(os.path.abspath(path)).as_uri()}
    return {"uri": quote(inside), "uriBaseId": _ROOT}


def _fix(finding: Finding, facts: Facts, redactor: Redactor, checkout: str) -> _Object | None:
    """Return the fix of a finding; None if there is none, or if it contains a secret."""
    from ..doctor.fixes import plan_fixes  # slow to import

    for fixes in plan_fixes(facts, [finding], unsafe=True) if finding.fix else ():
        replacements = _replacements(fixes.plan, redactor)
        if replacements:
            artifact = _artifact(fixes.plan.snapshot.path, checkout)
            change = {"artifactLocation": artifact, "replacements": replacements}
            description = {"text": redactor.text(finding.hint)}
            return {"description": description, "artifactChanges": [change]}
    return None


def _replacements(plan: EditPlan, redactor: Redactor) -> list[_Object]:
    """Return what to delete and insert, whole lines; nothing if they contain a secret."""
    path = plan.snapshot.path
    old, new = (Lines(text) for text in (plan.snapshot.text, plan.text))
    secret, secret_after = (redactor.columns(read_file(path, lines.text)) for lines in (old, new))
    before, after = (_with_endings(lines) for lines in (old, new))
    found = []
    for kind, *ends in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        if kind == "equal":
            continue
        start, end, first, last = ends
        if secret.keys() & {*range(start, end)} or secret_after.keys() & {*range(first, last)}:
            return []
        region = {"startLine": start + 1, "startColumn": 1, "endLine": end + 1, "endColumn": 1}
        if end == len(before):  # no line follows
            region |= {"endLine": end, "endColumn": len(before[-1]) + 1}
        text = "".join(after[first:last])
        found.append({"deletedRegion": region, "insertedContent": {"text": text}})
    return found


def _with_endings(lines: Lines) -> list[str]:
    return [lines.content(number) + lines.ending(number) for number in range(len(lines))]
