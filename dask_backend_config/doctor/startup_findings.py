"""Findings about values with which dask fails when it is imported or started."""

from __future__ import annotations

from ..config.startup.problem import UNCHANGED, Kind, StartupProblem
from ..yaml_edit.patch import Edit, Rename, Set
from .facts import Facts
from .findings import CheckFindings, Finding, Fix


def startup_findings(facts: Facts, check_id: Kind) -> CheckFindings:
    """Yield the findings of one check.

    If files were named, they may be meant for another machine, so a file that this machine lacks is
    no more than a warning.
    """
    for problem in facts.startup_problems:
        if problem.kind == check_id:
            is_elsewhere = check_id == "missing-file" and not facts.is_own
            severity = "warning" if is_elsewhere else problem.severity
            yield Finding(
                severity, problem.message, problem.hint, problem.key, problem.origin, _fix(problem)
            )


def _fix(problem: StartupProblem) -> Fix | None:
    if problem.origin.kind != "file":
        return None
    edits: list[Edit] = []
    if problem.better is not UNCHANGED:
        edits = [Set(problem.path, problem.better)]
    elif problem.new_name:
        edits = [Rename(problem.path, problem.new_name)]
    return Fix(tuple(edits)) if edits else None
