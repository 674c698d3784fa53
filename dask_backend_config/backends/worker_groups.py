"""The names of worker groups, and what ties tasks to them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..core.errors import ConfigValueError
from ..core.fuzzy import nearest
from ..core.keys import hyphenated

#: dask's annotation of a task with its group.
ANNOTATION = "worker_group"
#: The amount of its group's resource that a worker has. Each task needs 1 of it; a worker never
#: runs so many tasks at once.
_PLENTY = 1e6


def group_resource(group: str) -> str:
    """Return the name of the abstract resource that only the workers of a group have."""
    return f"worker-group-{group}"


def group_resources(group: str, others: Mapping[str, float]) -> dict[str, float]:
    """Return all abstract resources of a worker of a group; the group may be empty."""
    return {**others, group_resource(group): _PLENTY} if group else dict(others)


def covers(offered: Mapping[str, float], needs: Mapping[str, float]) -> bool:
    """Return whether a worker with some abstract resources has all that a task needs."""
    return all(offered.get(name, 0) >= amount for name, amount in needs.items())


def group_of_resources(groups: Iterable[str], worker: Any) -> str:
    """Return the group of a ``distributed.Worker``, the first one if it has none."""
    groups = list(groups)
    own = worker.state.total_resources
    return next((group for group in groups if group_resource(group) in own), groups[0])


@contextlib.contextmanager
def in_group(group: str | None) -> Iterator[None]:
    """Annotate the tasks that are submitted in the block, or in a function, with their group."""
    if group is None:
        yield
        return
    import dask

    with dask.annotate(**{ANNOTATION: group}):  # type: ignore[attr-defined]
        yield


def group_named(groups: Iterable[str], name: object, place: str = "argument worker_group") -> str:
    """Return the name of a group as it is configured; ``-`` and ``_`` are the same.

    Parameters
    ----------
    groups : iterable of str
        The names of all groups.
    name : object
        What a user calls it.
    place : str
        Where, for the error.

    Raises
    ------
    ConfigValueError
        If the group does not exist.
    """
    known = {hyphenated(group): group for group in groups if group}
    if hyphenated(str(name)) in known:
        return known[hyphenated(str(name))]
    wrong = "this backend has no worker groups; define them with the key worker-groups"
    if known:
        guess = nearest(str(name), known.values(), cutoff=0.6)
        wrong = f"must be one of {', '.join(known.values())}"
        wrong += f"; did you mean {guess}?" if guess else ""
    raise ConfigValueError(f"{place} is {name!r}: {wrong}")
