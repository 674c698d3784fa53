"""Values and versions of which the processes of a cluster have several."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..config import explain
from ..config.values import Resolved, Values
from ..core.errors import UnknownKeyError
from .processes import Cluster, ClusterProcess

#: The processes that have one value or version.
Having = tuple[ClusterProcess, ...]


@dataclass(frozen=True)
class Comparison:
    """The values of all processes of a cluster.

    Attributes
    ----------
    common : Values
        Those that all processes have with one origin. It makes no difference which package brings
        a default, or that a process lacks one because it does not import that package.
    differing : mapping
        Key -> each value and the processes that have it; None for those where it is not set.
    """

    common: Values
    differing: Mapping[str, list[tuple[Resolved | None, Having]]]


def compare(cluster: Cluster, prefix: str = "", diff: bool = False) -> Comparison:
    """Compare the values of all processes.

    Parameters
    ----------
    cluster : Cluster
    prefix : str
        A key, a section, or the variable of one; all values by default.
    diff : bool
        Whether to leave out values that all processes have, if they are as the default.

    Raises
    ------
    UnknownKeyError
        If no process has a value at `prefix`.
    """
    groups = _values_below(cluster, prefix)
    common, differing = Values(), {}
    for key in sorted({key for values in groups.values() for key in values}):
        alike = _alike({group: values.get(key) for group, values in groups.items()}, _place)
        if len(alike) == 1 and alike[0][0]:
            common[key] = alike[0][0]
        else:
            differing[key] = alike
    return Comparison(common.differing() if diff else common, differing)


def _values_below(cluster: Cluster, prefix: str) -> dict[Having, Values]:
    found: dict[Having, Values] = {}
    errors = []
    for snapshot, group in cluster.distinct():
        with snapshot.installation.in_use():
            try:
                found[group] = explain.values(snapshot.resolution, prefix)
            except UnknownKeyError as error:  # another process may know it
                errors.append(error)
                found[group] = Values()
    if errors and len(errors) == len(found):
        raise errors[0]
    return found


def values_of(cluster: Cluster, key: str, roles: Sequence[str]) -> list[tuple[Resolved, Having]]:
    """Return each value of a key, whatever its origin, and the processes of some roles with it."""
    found = {
        tuple(each for each in group if each.role in roles): snapshot.resolution.value(key)
        for snapshot, group in cluster.distinct()
    }
    alike = _alike({group: value for group, value in found.items() if group}, _value)
    return [(value, having) for value, having in alike if value is not None]


def versions_of(cluster: Cluster) -> Iterator[tuple[str, dict[str, list[ClusterProcess]]]]:
    """Yield each package of which processes have several versions: version -> the processes.

    Of Python, only the first two numbers count.
    """
    found: dict[str, dict[str, list[ClusterProcess]]] = {}
    for process in cluster.processes:
        for package, version in _versions(process).items():
            found.setdefault(package, {}).setdefault(version, []).append(process)
    for package, by_version in found.items():
        if len(by_version) > 1:
            yield package, by_version


def _versions(process: ClusterProcess) -> dict[str, str]:
    found = {name: version for name, version in process.versions.items() if version}
    if process.snapshot is not None:
        own = process.snapshot.versions
        found |= {"python": own["Python"]}
        found |= {name: own[name] for name in ("dask", "distributed") if name in own}
    if "python" in found:
        found["python"] = ".".join(found["python"].split(".")[:2])
    return found


def _alike(
    values: Mapping[Having, Resolved | None], essence: Callable[[Resolved], Any]
) -> list[tuple[Resolved | None, Having]]:
    """Return each value with the processes of all groups that have it."""
    found: dict[Any, tuple[Resolved | None, Having]] = {}
    unset: Having = ()
    for group, value in values.items():
        if value is None:
            unset += group
            continue
        same = json.dumps(essence(value), default=str, sort_keys=True)
        found[same] = value, (*found.get(same, (value, ()))[1], *group)
    alike: list[tuple[Resolved | None, Having]] = list(found.values())
    if unset and any(value is None or not value.origin.is_default for value, _ in alike):
        alike.append((None, unset))
    return alike


def _value(resolved: Resolved) -> Any:
    return resolved.value


def _place(resolved: Resolved) -> Any:
    origin = resolved.origin
    return resolved.value, "default" if origin.is_default else origin.as_json()
