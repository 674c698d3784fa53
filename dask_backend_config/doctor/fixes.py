"""Findings and the fixes that they carry, as plans for the files that they stand in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..yaml_edit.patch import Edit, PatchError, patch
from .edit_plan import Plan, plan
from .facts import Finding


@dataclass(frozen=True, slots=True)
class Repair:
    """What would mend one file.

    Attributes
    ----------
    plan : Plan
        All fixes that can be made, in one text.
    mended : tuple of Finding
        Whose fixes are in the plan.
    refused : tuple of (Finding, str)
        Whose fixes cannot be made, with the reason.
    """

    plan: Plan
    mended: tuple[Finding, ...]
    refused: tuple[tuple[Finding, str], ...]


def repairs(findings: Iterable[Finding], unsafe: bool = False) -> list[Repair]:
    """Plan the fixes of findings, file by file.

    Parameters
    ----------
    findings : iterable of Finding
    unsafe : bool
        Whether to make fixes that change what somebody may have wanted, too.

    Raises
    ------
    WriteError
        Where a file cannot be read.
    """
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        path = finding.origin.path if finding.origin else None
        if finding.fix and path and (finding.fix.safe or unsafe):
            by_file.setdefault(path, []).append(finding)
    return [_repair(path, mendable) for path, mendable in by_file.items()]


def _repair(path: str, findings: list[Finding]) -> Repair:
    empty = plan(path, [])
    text = empty.text
    edits: list[Edit] = []
    mended: list[Finding] = []
    refused: list[tuple[Finding, str]] = []
    for finding in findings:
        fix = finding.fix.edits if finding.fix else ()
        try:
            text = patch(text, fix)
        except PatchError as error:
            refused.append((finding, error.problem))
        else:
            edits.extend(fix)
            mended.append(finding)
    return Repair(Plan(empty.snapshot, text, tuple(edits)), tuple(mended), tuple(refused))
