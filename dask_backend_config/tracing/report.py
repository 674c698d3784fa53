"""What a trace says about what it remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .events import Event, Read
from .stack import Place


@dataclass(frozen=True, slots=True)
class Captured:
    """Who had an earlier value.

    Attributes
    ----------
    name : str
        A class, or the module that was imported.
    place : Place, optional
        The user's line that made it.
    how : {"read", "handed over", "import"}
        Whether it read the value itself, started processes with it, or was imported.
    value : object
    number : int
        How many did so, such as worker processes of one cluster.
    """

    name: str
    place: Place | None
    how: str
    value: Any
    number: int = 1


@dataclass(frozen=True, slots=True)
class Late:
    """A change that came too late to have an effect, or all of its effect.

    Attributes
    ----------
    event : Event
    key : str
        A leaf.
    value : object
    captured : tuple of Captured
    reach : {"nothing", "this process", "new workers"}
        What it had an effect on.
    """

    event: Event
    key: str
    value: Any
    captured: tuple[Captured, ...]
    reach: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something else that a user may not expect.

    Attributes
    ----------
    id : {"unknown-key", "never-read", "not-given-to-jobs", "past-dask-config"}
    key : str
    event : Event, optional
    place : Place, optional
        Of the cluster whose jobs are given nothing.
    nearest : str, optional
        The known key that is most like an unknown one.
    """

    id: str
    key: str
    event: Event | None = None
    place: Place | None = None
    nearest: str | None = None


@dataclass(frozen=True)
class Record:
    """All that a trace found.

    Attributes
    ----------
    events : sequence of Event
    reads : sequence of Read
    late : sequence of Late
    remarks : sequence of Remark
    uncounted : mapping
        Place and module -> calls beyond those in `events`.
    failures : sequence of str
        What the trace could not take note of.
    """

    events: Sequence[Event]
    reads: Sequence[Read]
    late: Sequence[Late]
    remarks: Sequence[Remark]
    uncounted: Mapping[tuple[Place | None, str], int]
    failures: Sequence[str] = ()
