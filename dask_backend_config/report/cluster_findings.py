"""The findings about a running cluster as lines of text or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..config.values import JSON_VERSION
from ..doctor.cluster import ClusterExamination
from .cluster_text import cluster_as_json
from .findings_text import finding_as_json, groups_as_lines, summary, summary_words
from .layout import Line, paragraph


def examination_as_lines(examined: ClusterExamination, width: int) -> Iterator[Line]:
    """Yield the findings of each group of processes, and a summary."""
    yield from paragraph(examined.cluster.title, width, "heading")
    for processes, findings in examined.by_processes.items():
        names = examined.cluster.named(processes) if processes else "between processes"
        yield [("", "")]
        yield from paragraph(f"{names}:", width, "info")
        yield from groups_as_lines(findings, width)
    yield [("", "")]
    yield from paragraph(examination_summary(examined), width)


def examination_summary(examined: ClusterExamination) -> str:
    """Return a summary such as ``2 errors in 6 processes of tcp://10.0.0.1:8786``."""
    cluster = examined.cluster
    answered = sum(len(group) for group in cluster.groups)
    words = summary_words([finding for finding, _ in examined.findings])
    silent = len(cluster.processes) - answered
    unanswered = f"; {silent} did not answer" if silent else ""
    return f"{words} in {answered} processes of {cluster.address}{unanswered}"


def examination_as_json(examined: ClusterExamination) -> dict[str, Any]:
    """Return the JSON object that ``doctor --cluster --format json`` prints."""
    files = {(file.path, file.status): file for facts in examined.facts for file in facts.files}
    findings = [
        {**finding_as_json(finding), "processes": list(map(str, processes))}
        for finding, processes in examined.findings
    ]
    return {
        "version": JSON_VERSION,
        "cluster": cluster_as_json(examined.cluster),
        "files": [{"path": path, "status": status} for path, status in files],
        "findings": findings,
        "live": None,
        "summary": summary([finding for finding, _ in examined.findings]),
    }
