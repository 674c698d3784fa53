"""The tables of a page about a running cluster: who has which value and version."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...clusters.differences import compare, versions_of
from ...core.secrets import masked
from ...core.strings import inline
from ..cluster_findings import examination_summary
from ..findings_text import source_of

if TYPE_CHECKING:
    from ...clusters.processes import Cluster, ClusterProcess
    from ...doctor.cluster import ClusterExamination
    from ...doctor.findings import Finding

#: A key or package, whether all processes agree, and value -> the processes that have it.
Row = tuple[str, bool, Mapping[str, Sequence[str]]]
_NOT_SET = "not set"


class ClusterTables:
    """What a page shows of a cluster besides the layers of one process.

    Parameters
    ----------
    examined : ClusterExamination
    """

    def __init__(self, examined: ClusterExamination) -> None:
        cluster = examined.cluster
        largest = max(cluster.groups, key=len)
        self.title = cluster.title
        self.shown = cluster.named(largest)
        self.summary = examination_summary(examined)
        self.processes = list(map(str, cluster.processes))
        self.problems = cluster.problems
        self.findings = sorted(
            (_with_processes(*entry, cluster) for entry in examined.findings), key=source_of
        )
        self.comparisons: list[Row] = [
            (
                key,
                False,
                {
                    f"{inline(masked(key, value.value))} ({value.origin})"
                    if value
                    else _NOT_SET: list(map(str, having))
                    for value, having in values
                },
            )
            for key, values in compare(cluster).differing.items()
        ]
        self.versions: list[Row] = [
            (package, False, {version: list(map(str, having)) for version, having in found.items()})
            for package, found in versions_of(cluster)
        ]


def _with_processes(
    finding: Finding, processes: Sequence[ClusterProcess], cluster: Cluster
) -> Finding:
    """Return a finding whose message names the processes, unless all have it."""
    answered = sum(map(len, cluster.groups))
    if len(processes) in (0, answered):
        return finding
    return dataclasses.replace(
        finding, message=f"{finding.message} (on {cluster.named(processes)})"
    )
