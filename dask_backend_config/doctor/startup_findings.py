"""Findings about values with which dask fails when it is imported or started."""

from __future__ import annotations

from ..config.startup.problem import UNCHANGED, Kind, StartupProblem
from ..yaml_edit.patch import Edit, Rename, Set
from .facts import Facts
from .findings import CheckFindings, Finding, Fix, Severity

#: Severities of what a file needs that is meant for another machine.
_ELSEWHERE: dict[str, Severity] = {"missing-file": "warning", "missing-module": "info"}


def startup_findings(facts: Facts, check_id: Kind) -> CheckFindings:
    """Yield the findings of one check.

    If files were named, they may be meant for another machine: what this one lacks counts less,
    and its variables do not count.
    """
    for problem in facts.startup_problems:
        severity = problem.severity if facts.is_own else _ELSEWHERE.get(check_id, problem.severity)
        needs_variable = check_id == "dashboard-link" and severity != "error"
        if problem.kind == check_id and (facts.is_own or not needs_variable):
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
