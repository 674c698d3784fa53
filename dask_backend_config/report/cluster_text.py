"""The values of a running cluster as lines of text or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..clusters.differences import Comparison
from ..clusters.processes import Cluster, ClusterProcess
from ..config.explain import Explanation, explanation_as_json
from ..config.values import JSON_VERSION
from ..core.secrets import masked
from ..core.strings import inline
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


def cluster_as_json(cluster: Cluster) -> dict[str, Any]:
    """Return the address and the processes."""
    processes = [{**each.as_json(), "process": str(each)} for each in cluster.processes]
    return {"address": cluster.address, "processes": processes}
