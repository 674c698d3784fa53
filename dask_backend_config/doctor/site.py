"""Data about the configured job queue and the resources that its jobs request."""

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
    """A resource that jobs request, and the key that sets it.

    Attributes
    ----------
    key : str
        The dotted key that is in effect, hyphenated.
    value : object
        As configured.
    amount : object
        As requested from the scheduler: a name, seconds, bytes of the job, a number. The path of
        a folder with ``~`` and ``$VARIABLES`` expanded, None if that fails.
    origin : Origin
        Origin of the value.
    problem : str
        Why a folder cannot be written to, empty if it can.
    """

    key: str
    value: Any
    amount: Any
    origin: Origin
    problem: str = ""

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition(".")[2]


@dataclass(frozen=True)
class Site:
    """A configured job queue and this machine, as they answered.

    Attributes
    ----------
    kind, title : str
        Of the scheduler: ``slurm`` and ``Slurm``.
    section : str
        The section with its options: ``backends.<kind>`` or the profile's, or a worker group there.
    key : str
        The key that chooses it: ``backends.default``, or the key ``backend`` of the profile.
    origin : Origin
        Origin of this key's value.
    no_answer : str
        Why the scheduler did not answer all commands, in its own words; empty if it did.
    replaced : bool
        Whether ``auto`` stands for ``local`` because the scheduler does not answer.
    queues : tuple of Queue, optional
        All queues; None if unknown.
    requested : mapping
        Resources that the job script asks for, by the names of their options.
    queue_in_extra_options : bool
        Whether an extra option of the job script sets the queue.
    interface : RequestedResource, optional
        The network interface of dask's scheduler on this machine.
    interfaces : tuple of str
        The interfaces of this machine, empty if unknown.
    folders : tuple of RequestedResource
        The folders that a backend writes to from this machine.
    python : RequestedResource, optional
        The Python of the jobs, if it is a path that does not exist on this machine.
    """

    kind: str
    title: str
    section: str
    key: str
    origin: Origin
    no_answer: str = ""
    replaced: bool = False
    queues: tuple[Queue, ...] | None = None
    requested: Mapping[str, RequestedResource] = field(default_factory=dict)
    queue_in_extra_options: bool = False
    interface: RequestedResource | None = None
    interfaces: tuple[str, ...] = ()
    folders: tuple[RequestedResource, ...] = ()
    python: RequestedResource | None = None

    @property
    def queue_names(self) -> tuple[str, ...]:
        """The configured queues; empty if none is set, or only a pattern."""
        requested = self.requested.get(QUEUE)
        names = requested.amount.split(",") if requested else []
        plain = all(re.fullmatch(r"[\w.+-]+", name) for name in names)
        return tuple(names) if plain and not self.queue_in_extra_options else ()

    @property
    def targets(self) -> tuple[Queue, ...]:
        """The queues that jobs may go to: the configured ones, else the default; empty if unknown.

        A job with several queues goes to any of them.
        """
        if self.queues is None or self.queue_in_extra_options:
            return ()
        if QUEUE in self.requested:
            names = self.queue_names
            found = tuple(queue for queue in self.queues if queue.name in names)
            return found if len(found) == len(names) else ()
        return tuple(queue for queue in self.queues if queue.is_default)

    def key_to_set(self, option: str) -> str:
        """Return the key that sets an option now, else the option's key below ``backends``."""
        requested = self.requested.get(option)
        if requested and not requested.origin.is_default:
            return requested.key
        return f"{self.section}.{option}"


def is_backends_key(key: str) -> bool:
    """Return whether a key is below ``backends``, so that all schedulers take the same values."""
    return key.startswith(f"{ROOT}.")
