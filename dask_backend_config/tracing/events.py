"""Records of a trace: calls that changed configuration, reads, objects and conclusions."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

from ..core.keys import PREFIX
from .stack import Place
from .values import overlap

_CLOSED = ("closing", "closing_gracefully", "closed", "failed", "stopping", "stopped")


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key that a call changed.

    Attributes
    ----------
    key : str
        As given to the call, with ``-``.
    value, before : object
        `MISSING` if there is none. An object that is not plain data is the name of its type.
    """

    key: str
    value: Any
    before: Any


@dataclass(slots=True)
class ConfigChange:
    """A call that changed the configuration.

    Attributes
    ----------
    number : int
        The position among all changes and reads of the trace.
    how : str
        The function of ``dask.config``: "set", "update_defaults", "update", "refresh", "rename"
        or "pop"; or the name of an environment variable.
    place : Place, optional
        The user's line that led to the call.
    by : str
        The module that called ``dask.config``.
    library : bool
        Whether that module is not the user's code.
    changes : tuple of KeyChange
    block : bool
        Whether it ended with a ``with`` block.
    ended : int, optional
        The number at which the block ended, or a refresh dropped the values.
    active_objects : tuple of TrackedObject
        The objects that were in use at the time.
    """

    number: int
    how: str
    place: Place | None
    by: str
    library: bool
    changes: tuple[KeyChange, ...]
    active_objects: tuple[TrackedObject, ...]
    block: bool = False
    ended: int | None = None

    def touches(self, key: str) -> bool:
        """Return whether the call changed `key`, a section that holds it or a key in it."""
        return any(overlap(change.key, key) for change in self.changes)


@dataclass(slots=True)
class ConfigRead:
    """All reads of a key by one line of code.

    Attributes
    ----------
    key : str
    by : str
        The module that called ``dask.config``.
    library : bool
        Whether that module is not the user's code.
    place : Place, optional
        The user's line that led to the first read.
    at_import : bool
        Whether the first read was part of the import of module `by`.
    value : object
        The result of the first read.
    numbers : list of int
        The first read after each change of the configuration.
    count : int
    """

    key: str
    by: str
    library: bool
    place: Place | None
    at_import: bool
    value: Any
    numbers: list[int]
    count: int = 1


@dataclass(slots=True, eq=False)
class TrackedObject:
    """An object that keeps the values that it reads while it is created or started.

    Attributes
    ----------
    reference : weakref.ref
    name : str
        Its class.
    kind : str
        The class of dask or of this package that it is an instance of.
    place : Place, optional
        The user's line that created it.
    number : int
        The position of its first read.
    creator : TrackedObject, optional
        The object that created it.
    reads : dict
        Key -> number and value of the latest read.
    handed_over : list
        Number and flat configuration of each time that it passed the configuration to workers.
    """

    reference: weakref.ref[Any]
    name: str
    kind: str
    place: Place | None
    number: int
    creator: TrackedObject | None = None
    reads: dict[str, tuple[int, Any]] = field(default_factory=dict)
    handed_over: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    @property
    def outermost(self) -> TrackedObject:
        """The object that the user's code created."""
        return self if self.creator is None else self.creator.outermost

    def is_active(self) -> bool:
        """Return whether the object exists and is neither closed nor closing."""
        instance = self.reference()
        if instance is None or (self.creator is not None and not self.creator.is_active()):
            return False
        status = getattr(instance.cluster if self.kind == "Adaptive" else instance, "status", None)
        if getattr(status, "name", status) in _CLOSED:
            return False
        return bool(getattr(instance, "started", True)) or not self.handed_over


@dataclass(slots=True)
class HeldValue:
    """An earlier value that is still in use.

    Attributes
    ----------
    name : str
        The class of the object that holds it, or the module that was imported.
    place : Place, optional
        The user's line that created the object or led to the import.
    how : {"read", "handed over", "import"}
        Whether the object read it, started worker processes with it, or the module was imported.
    value : object
    workers : int
        The number of worker processes that hold it, 0 if unknown.
    holder : TrackedObject, optional
        The object.
    """

    name: str
    place: Place | None
    how: str
    value: Any
    workers: int = 1
    holder: TrackedObject | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LateSet:
    """A change that came too late to have its complete effect.

    Attributes
    ----------
    event : ConfigChange
    key : str
        A leaf.
    value : object
    captured : tuple of HeldValue
    reach : {"nothing", "this process", "new workers", "new processes"}
        The part of the program that uses the new value.
    """

    event: ConfigChange
    key: str
    value: Any
    captured: tuple[HeldValue, ...]
    reach: str

    @property
    def variable(self) -> str | None:
        """The environment variable that was set; None for a function of ``dask.config``."""
        return self.event.how if self.event.how.startswith(PREFIX) else None


@dataclass(frozen=True, slots=True)
class Remark:
    """An unexpected property of a change.

    Attributes
    ----------
    id : {"unknown-key", "never-read", "not-given-to-jobs", "past-dask-config"}
    key : str
    event : ConfigChange, optional
    place : Place, optional
        The user's line that created the cluster whose jobs do not receive the value.
    nearest : str, optional
        The known key most similar to an unknown one.
    """

    id: str
    key: str
    event: ConfigChange | None = None
    place: Place | None = None
    nearest: str | None = None
