"""Tasks that were still running when the walltime of their worker ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ...schedulers.amounts import hours_minutes_seconds
from ..lost_tasks import LostWorker

#: A task that once ran for this part of a worker's time is too long for a worker, as far as known.
#: Another one may have started late.
_LONG_PART = 0.5


@dataclass(frozen=True)
class Overrun:
    """A run of a task that did not end in time.

    Attributes
    ----------
    worker : LostWorker
        The worker that left.
    seconds : float
        How long the task had run.
    part : float
        The same, as a part of the whole time in which the worker ran tasks.
    """

    worker: LostWorker
    seconds: float
    part: float

    def __str__(self) -> str:
        place = self.worker.job or f"process {self.worker.process}"
        ran = hours_minutes_seconds(round(self.seconds))
        return f"{self.worker.name} on {self.worker.host} ({place}): ran for {ran}"


class Overruns:
    """The overruns of each task, by its key."""

    def __init__(self) -> None:
        self._found: dict[Any, list[Overrun]] = {}

    def add(self, key: Any, overrun: Overrun) -> list[Overrun]:
        """Record an overrun; return those that count as attempts of a task that is too long."""
        found = self._found.setdefault(key, [])
        found.append(overrun)
        first = next((n for n, each in enumerate(found) if each.part >= _LONG_PART), len(found))
        return found[first:]

    def number(self, key: Any) -> int:
        """Return how many overruns of a task are recorded."""
        return len(self._found.get(key, ()))

    def keep_only(self, keys: Collection[Any]) -> None:
        """Forget all tasks but these."""
        self._found = {key: found for key, found in self._found.items() if key in keys}
