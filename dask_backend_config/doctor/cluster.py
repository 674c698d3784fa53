"""Examine each distinct configuration of a running cluster, and the cluster as a whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING

from .facts import Facts, facts_of
from .findings import Finding
from .run import run_checks

if TYPE_CHECKING:
    from ..clusters.processes import Cluster, ClusterProcess

#: The check that is about the cluster as a whole.
BETWEEN_PROCESSES = "processes-disagree"


@dataclasses.dataclass(frozen=True, eq=False)
class ClusterExamination:
    """The findings of the doctor about a cluster.

    Attributes
    ----------
    cluster : Cluster
    facts : tuple of Facts
        Of each distinct configuration; that of most processes first.
    findings : tuple of (Finding, tuple of ClusterProcess)
        Each with the processes that have it; with none if it is about the cluster.
    """

    cluster: Cluster
    facts: tuple[Facts, ...]
    findings: tuple[tuple[Finding, tuple[ClusterProcess, ...]], ...]

    @property
    def by_processes(self) -> dict[tuple[ClusterProcess, ...], list[Finding]]:
        """The findings of the same processes together, those of most processes first."""
        found: dict[tuple[ClusterProcess, ...], list[Finding]] = {}
        for finding, processes in self.findings:
            found.setdefault(processes, []).append(finding)
        return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def examine_cluster(
    cluster: Cluster, select: Collection[str] = (), ignore: Collection[str] = ()
) -> ClusterExamination:
    """Run the checks for each distinct configuration, see `run_checks`."""
    groups = sorted(cluster.distinct(), key=lambda item: -len(item[1]))
    facts = [facts_of(snapshot) for snapshot, _ in groups]
    facts[:1] = [dataclasses.replace(each, cluster=cluster) for each in facts[:1]]
    found: dict[Finding, tuple[ClusterProcess, ...]] = {}
    for each, (_, group) in zip(facts, groups, strict=True):
        for finding in run_checks(each, select, ignore):
            is_between = finding.id == BETWEEN_PROCESSES
            found[finding] = () if is_between else (*found.get(finding, ()), *group)
    return ClusterExamination(cluster, tuple(facts), tuple(found.items()))
