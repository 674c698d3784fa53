"""The answers of a running cluster as lines of text or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..clusters.differences import Comparison
from ..clusters.processes import Cluster, ClusterProcess
from ..config.explain import Explanation, explanation_as_json
from ..config.values import JSON_VERSION
from ..core.secrets import masked
from ..core.strings import inline
from ..doctor.cluster import ClusterExamination
from .findings_text import finding_as_json, groups_as_lines, summary, summary_words
from .layout import INDENT, Line, paragraph, table
from .values_text import description_as_lines, explained_layers_as_lines, values_as_lines

#: An explanation, and the processes that have it.
Explained = tuple[Explanation, Sequence[ClusterProcess]]
_NOT_SET = "not set"


def comparison_as_lines(
    cluster: Cluster, found: Comparison, width: int, diff: bool = False
) -> Iterator[Line]:
    """Yield the common values, then each key of which processes have several values."""
    yield from paragraph(cluster.title, width, "heading")
    if found.common:
        yield [("", "")]
        yield from values_as_lines(found.common, width, diff)
    if found.differing:
        yield [("", "")]
        yield [("Values that differ:", "heading")]
    for key, values in found.differing.items():
        yield [(key, "")]
        rows: list[Line] = []
        for value, having in values:
            shown = inline(masked(key, value.value)) if value else _NOT_SET
            origin = str(value.origin) if value else ""
            rows.append([(f"  {shown}", ""), (origin, "info"), (cluster.named(having), "dim")])
        yield from table(rows, width, INDENT)


def comparison_as_json(cluster: Cluster, found: Comparison, diff: bool = False) -> dict[str, Any]:
    """Return the JSON object that ``show --cluster --format json`` prints."""
    return {
        **found.common.as_json(diff),
        "cluster": cluster_as_json(cluster),
        "differing": {
            key: [
                {
                    **(value.as_json() if value else {"value": None, "origin": None}),
                    "processes": list(map(str, having)),
                }
                for value, having in values
            ]
            for key, values in found.differing.items()
        },
    }


def explanations_as_lines(
    cluster: Cluster, found: Sequence[Explained], width: int
) -> Iterator[Line]:
    """Yield the layers of a key as each group of processes has them, and its description."""
    for explained, processes in found:
        yield from paragraph(cluster.named(processes), width, "info")
        yield from explained_layers_as_lines(explained, width)
    if found:
        yield from description_as_lines(found[0][0], width)


def explanations_as_json(cluster: Cluster, found: Sequence[Explained]) -> dict[str, Any]:
    """Return the JSON object that ``explain --cluster --format json`` prints."""
    explanations = [
        {**explanation_as_json(explained), "processes": list(map(str, processes))}
        for explained, processes in found
    ]
    return {
        "version": JSON_VERSION,
        "cluster": cluster_as_json(cluster),
        "explanations": explanations,
    }


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


def cluster_as_json(cluster: Cluster) -> dict[str, Any]:
    """Return the address and the processes."""
    processes = [{**each.as_json(), "process": str(each)} for each in cluster.processes]
    return {"address": cluster.address, "processes": processes}
