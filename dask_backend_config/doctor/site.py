"""What is known of the configured job queue, and of what its jobs would ask for; plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..catalogue.backend_schema import ROOT
from ..core.origins import Origin

if TYPE_CHECKING:
    from ..schedulers import Queue

QUEUE = "queue-name"


@dataclass(frozen=True, slots=True)
class RequestedResource:
    """What a job asks for because a key says so, or a default.

    Attributes
    ----------
    key : str
        Dotted and hyphenated: the one that counts.
    value : object
        As configuration holds it.
    amount : object
        What the scheduler is asked for: a name, seconds, bytes of the whole job, a number.
    origin : Origin
        Where the value comes from.
    """

    key: str
    value: Any
    amount: Any
    origin: Origin

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition(".")[2]

    @property
    def is_default(self) -> bool:
        """Whether nobody said it."""
        return self.origin.kind == "default"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that a backend writes to from this machine.

    Attributes
    ----------
    asked : RequestedResource
        Its ``amount`` is the path with ``~`` and ``$VARIABLES`` filled in, None where that fails.
    problem : str
        Why it cannot be written, empty where it can.
    """

    asked: RequestedResource
    problem: str = ""


@dataclass(frozen=True)
class Site:
    """The configured job queue, as it and this machine answered.

    Attributes
    ----------
    kind, title : str
        Of the scheduler: ``slurm`` and ``Slurm``.
    section : str
        The section below ``backends`` where its tunables belong: the kind's or the profile's.
    origin : Origin
        Where ``backends.default`` comes from.
    silence : str
        Why the scheduler told nothing or not all, in its own words; empty where it did.
    queues : tuple of Queue, optional
        All that there are; None where they are not known.
    asked : mapping
        Tunable -> what jobs ask for by it. What no line of the job script says is left out.
    names_queue_itself : bool
        Whether an extra option of the site's own says the queue.
    interface : RequestedResource, optional
        The network interface on which the scheduler listens on this machine.
    interfaces : tuple of str
        Those of this machine, empty where nobody knows.
    folders : tuple of Folder
    python : RequestedResource, optional
        The Python of the jobs, where it is a path that this machine does not have.
    """

    kind: str
    title: str
    section: str
    origin: Origin
    silence: str = ""
    queues: tuple[Queue, ...] | None = None
    asked: Mapping[str, RequestedResource] = field(default_factory=dict)
    names_queue_itself: bool = False
    interface: RequestedResource | None = None
    interfaces: tuple[str, ...] = ()
    folders: tuple[Folder, ...] = ()
    python: RequestedResource | None = None

    @property
    def queue_names(self) -> tuple[str, ...]:
        """The queues that configuration names; none where it names none, or only a pattern."""
        asked = self.asked.get(QUEUE)
        names = asked.amount.split(",") if asked else []
        plain = all(re.fullmatch(r"[\w.+-]+", name) for name in names)
        return tuple(names) if plain and not self.names_queue_itself else ()

    @property
    def targets(self) -> tuple[Queue, ...]:
        """The queues that jobs may go to: those that are named, else the default; as far as known.

        A job that several are named for goes to any of them.
        """
        if self.queues is None or self.names_queue_itself:
            return ()
        if QUEUE in self.asked:
            names = self.queue_names
            found = tuple(queue for queue in self.queues if queue.name in names)
            return found if len(found) == len(names) else ()
        return tuple(queue for queue in self.queues if queue.is_default)

    def place_of(self, tunable: str) -> str:
        """The key at which to write a tunable: the one that says it, else one of our own."""
        asked = self.asked.get(tunable)
        return asked.key if asked and not asked.is_default else f"{self.section}.{tunable}"


def is_ours(key: str) -> bool:
    """Whether a key is one of ``backends``, whose forms are the same on every scheduler."""
    return key.startswith(f"{ROOT}.")
