"""When workers end as planned, and which of them to replace now; pure functions of time."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

#: Environment variable of a job: seconds since the epoch when the job began.
BEGAN = "_dask_backend_began"
#: Topic of the events with which workers report their ends.
TOPIC = "dask-backend-config-lifetime"
#: A successor is requested this many times the longest known waiting time before it is needed, and
#: by these seconds earlier.
_WAIT_FACTOR, _SLACK = 1.5, 5.0


@dataclass(frozen=True)
class PlannedEnd:
    """The end of a worker, in monotonic seconds.

    Attributes
    ----------
    name : str
        Name of the worker.
    reported : float
        When the worker reported it, soon after it connected.
    planned : float
        When the worker stops taking tasks.
    latest : float
        When it leaves even if its tasks have not ended.
    """

    name: str
    reported: float
    planned: float
    latest: float = math.inf

    @classmethod
    def of_event(cls, event: dict[str, Any], now: float) -> PlannedEnd:
        """Return the end that a worker reported at `now`, see `LifetimePlugin`."""
        latest = event["latest"]
        end = math.inf if latest is None else now + latest
        return cls(event["name"], now, now + event["planned"], end)


def lead_time(waits: Iterable[float]) -> float:
    """Return how many seconds before it is needed a worker has to be requested.

    Parameters
    ----------
    waits : iterable of float
        Seconds that jobs of late needed until their workers connected.
    """
    return _WAIT_FACTOR * max(waits, default=0.0) + _SLACK


def due(
    ends: Iterable[PlannedEnd], leaving: Collection[str], planned: int, now: float, lead: float
) -> list[str]:
    """Return the names of the workers whose successors have to be requested now.

    Until a worker has ended, its successor is not replaced itself, so that never more than twice
    the planned workers take tasks.

    Parameters
    ----------
    ends : iterable of PlannedEnd
    leaving : collection of str
        Names of the workers whose successors were requested.
    planned : int
        Number of all other workers, connected or not.
    now : float
        Monotonic seconds.
    lead : float
        From `lead_time`.
    """
    ends = sorted(ends, key=lambda end: end.planned)
    overlapping = sum(end.name in leaving and end.planned > now for end in ends)
    names = [end.name for end in ends if end.planned - lead <= now and end.name not in leaving]
    return names[: max(0, planned - overlapping)]
