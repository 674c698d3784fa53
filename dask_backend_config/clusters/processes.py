"""The processes of a cluster with their configurations, and how they are named and saved."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..config.snapshots import Snapshot
from ..config.values import Values
from ..core.errors import BackendError

FORMAT = "dask-cluster-configuration"
VERSION = 1
ROLES = ("client", "scheduler", "nanny", "worker")
#: More processes of a role are counted instead of named.
_MOST_NAMED = 3
_PACKAGES = ("Python", "dask", "distributed")


@dataclass(frozen=True, eq=False)
class ClusterProcess:
    """A process of a cluster, or its client.

    Attributes
    ----------
    role : {"client", "scheduler", "nanny", "worker"}
    address : str
        Empty for the client.
    name : str
        Of the worker, also for its nanny; empty for others.
    snapshot : Snapshot or None
        The same object for processes with the same configuration; None if it did not answer.
    problem : str
        Why it did not answer; empty if it did.
    versions : mapping
        Those of packages that processes exchange objects of, as dask reports them.
    """

    role: str
    address: str = ""
    name: str = ""
    snapshot: Snapshot | None = None
    problem: str = ""
    versions: Mapping[str, str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.role in ("client", "scheduler"):
            return self.role
        of = "nanny of worker" if self.role == "nanny" else "worker"
        if self.name in ("", self.address):
            return f"{self.role} {self.address}"
        return f"{of} {self.name} ({self.address})"

    def as_json(self) -> dict[str, Any]:
        """Return role, name, address and problem as JSON."""
        names = ("role", "name", "address", "problem")
        return {name: getattr(self, name) or None for name in names}


@dataclass(frozen=True, eq=False)
class Cluster:
    """The answer of all processes of a running cluster.

    Attributes
    ----------
    address : str
        Of the scheduler.
    processes : tuple of ClusterProcess
        The client first, then the scheduler, the nannies and the workers.
    """

    address: str
    processes: tuple[ClusterProcess, ...]

    @property
    def problems(self) -> list[str]:
        """A line for each process that did not answer."""
        return [f"{each}: {each.problem}" for each in self.processes if each.problem]

    @cached_property
    def groups(self) -> list[tuple[ClusterProcess, ...]]:
        """The processes that answered; together if they have the same values and versions."""
        found: dict[str, list[ClusterProcess]] = {}
        for process in self.processes:
            if process.snapshot is not None:
                found.setdefault(self._contents[process.snapshot], []).append(process)
        return [tuple(group) for group in found.values()]

    @cached_property
    def _contents(self) -> dict[Snapshot, str]:
        found = {each.snapshot for each in self.processes if each.snapshot is not None}
        return {snapshot: _content(snapshot) for snapshot in found}

    def named(self, processes: Iterable[ClusterProcess]) -> str:
        """Return names for some of the processes, such as ``client and all 40 workers``."""
        chosen = list(processes)
        answered = [each for each in self.processes if not each.problem]
        if len(chosen) == len(answered) > 1:
            return f"all {len(chosen)} processes"
        parts: list[str] = []
        totals = Counter(each.role for each in self.processes)
        for role in ROLES:
            members = [each for each in chosen if each.role == role]
            if members:
                parts += _members(members, totals[role])
        return _listed(parts)

    @property
    def title(self) -> str:
        """The address and how many processes there are of each role."""
        totals = Counter(each.role for each in self.processes)
        roles = [role if role in ROLES[:2] else _counted(totals[role], role) for role in totals]
        return f"cluster {self.address}: {_listed(roles)}"

    def distinct(self) -> list[tuple[Snapshot, tuple[ClusterProcess, ...]]]:
        """Return a snapshot of each group, with a title that names its processes, and the group."""
        return [
            (NamedSnapshot(snapshot, f"{self.named(group)} of {self.address}"), group)
            for group in self.groups
            if (snapshot := group[0].snapshot) is not None
        ]

    def running(self) -> list[Snapshot]:
        """Return the snapshots of `distinct` without the client.

        Raises
        ------
        BackendError
            If a process did not answer.
        """
        for problem in self.problems:
            raise BackendError(problem)
        others = tuple(each for each in self.processes if each.role != "client")
        return [snapshot for snapshot, _ in Cluster(self.address, others).distinct()]

    def as_json(self) -> str:
        """Return the JSON text to save, which docs/running-clusters.md describes."""
        snapshots = list(self._contents)
        processes = [
            {
                **each.as_json(),
                "versions": dict(each.versions),
                "snapshot": snapshots.index(each.snapshot) if each.snapshot else None,
            }
            for each in self.processes
        ]
        data = {
            "format": FORMAT,
            "version": VERSION,
            "address": self.address,
            "processes": processes,
            "snapshots": [snapshot.data for snapshot in snapshots],
        }
        return json.dumps(data, indent=1)


class NamedSnapshot(Snapshot):
    """The snapshot of processes that are alike.

    Parameters
    ----------
    snapshot : Snapshot
        Of one of them.
    title : str
        Names all of them.
    """

    def __init__(self, snapshot: Snapshot, title: str) -> None:
        super().__init__(snapshot.data)
        vars(self).update(vars(snapshot), _title=title)  # also what is cached

    @property
    def title(self) -> str:
        """The names of the processes."""
        return str(vars(self)["_title"])


def _members(members: Sequence[ClusterProcess], total: int) -> list[str]:
    """Return the names of processes of one role, or how many they are."""
    role = members[0].role
    if role in ROLES[:2]:
        return [role]
    if len(members) == total > 1:
        return [f"both {_plural(role)}" if total == 2 else f"all {_counted(total, role)}"]
    if len(members) == 1:
        return [str(members[0])]
    names = [each.name or each.address for each in members[:_MOST_NAMED]]
    more = ["..."] if len(members) > _MOST_NAMED else []
    return [f"{len(members)} of {_counted(total, role)} ({', '.join(names + more)})"]


def _listed(words: Sequence[str]) -> str:
    return " and ".join([*filter(None, [", ".join(words[:-1])]), words[-1]])


def _counted(number: int, role: str) -> str:
    return f"1 {role}" if number == 1 else f"{number} {_plural(role)}"


def _plural(role: str) -> str:
    return "nannies" if role == "nanny" else f"{role}s"


def _content(snapshot: Snapshot) -> str:
    """Return all that makes two processes alike: values, origins, and versions."""
    values = Values(snapshot.resolution.values()).as_json()
    versions = [snapshot.versions.get(name) for name in _PACKAGES]
    broken = [(file.path, file.status) for file in snapshot.sources.files]
    return json.dumps([values, versions, broken], default=str, sort_keys=True)
