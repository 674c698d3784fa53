"""Plan the fixes of findings, one plan for each file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..yaml_edit.patch import Edit, PatchError, patch
from .edit_plan import EditPlan, plan_edits
from .findings import Finding


@dataclass(frozen=True, slots=True)
class FileFixes:
    """The fixes of one file.

    Attributes
    ----------
    plan : EditPlan
        All fixes that can be made, together.
    fixed : tuple of Finding
        The findings whose fixes are in the plan.
    refused : tuple of (Finding, str)
        The findings whose fixes cannot be made, each with the reason.
    """

    plan: EditPlan
    fixed: tuple[Finding, ...]
    refused: tuple[tuple[Finding, str], ...]


def plan_fixes(findings: Iterable[Finding], unsafe: bool = False) -> list[FileFixes]:
    """Plan the fixes of findings.

    Parameters
    ----------
    findings : iterable of Finding
    unsafe : bool
        Whether to include fixes that are not safe.

    Raises
    ------
    WriteError
        If a file cannot be read.
    """
    by_file: dict[str, list[tuple[Finding, tuple[Edit, ...]]]] = {}
    for finding in findings:
        path = finding.origin.path if finding.origin else None
        if finding.fix and path and (finding.fix.safe or unsafe):
            by_file.setdefault(path, []).append((finding, finding.fix.edits))
    return [_plan_file(path, fixes) for path, fixes in by_file.items()]


def _plan_file(path: str, fixes: list[tuple[Finding, tuple[Edit, ...]]]) -> FileFixes:
    unchanged = plan_edits(path, [])
    text = unchanged.text
    made: list[Edit] = []
    fixed: list[Finding] = []
    refused: list[tuple[Finding, str]] = []
    for finding, edits in fixes:
        try:
            text = patch(text, edits)
        except PatchError as error:
            refused.append((finding, error.problem))
        else:
            made.extend(edits)
            fixed.append(finding)
    plan = EditPlan(unchanged.snapshot, text, tuple(made))
    return FileFixes(plan, tuple(fixed), tuple(refused))
