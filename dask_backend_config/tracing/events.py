"""What a trace remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..core.keys import hyphenated
from .dask_internals import overlap
from .stack import Place

#: How configuration was changed: the functions of ``dask.config``.
How = Literal["set", "update_defaults", "update", "refresh", "rename", "pop"]


class _Missing:
    """What stands where there is no value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


@dataclass(frozen=True, slots=True)
class Change:
    """A key that was changed.

    Attributes
    ----------
    key : str
        As it was given, with ``-``.
    value, before : object
        `MISSING` for none. What is no plain data is a text that names its type.
    """

    key: str
    value: Any
    before: Any


@dataclass(slots=True)
class Event:
    """A call that changed the configuration.

    Attributes
    ----------
    number : int
        Events and reads are counted together, so that a lower number came before.
    how : str
    place : Place, optional
        The user's line; None where no code of the user's called.
    by : str
        The module that called ``dask.config``.
    library : bool
        Whether that is no code of the user's.
    changes : tuple of Change
    block : bool
        Whether it ended with a ``with`` block.
    ended : int, optional
        Number at which the block ended, or a refresh dropped what was set.
    standing : tuple of Capture
        The objects that were there, and neither closed nor closing.
    """

    number: int
    how: How
    place: Place | None
    by: str
    library: bool
    changes: tuple[Change, ...]
    block: bool = False
    ended: int | None = None
    standing: tuple[Capture, ...] = ()


@dataclass(slots=True)
class Read:
    """All reads of a key by one line of code.

    Attributes
    ----------
    key : str
    by : str
        The module.
    library : bool
        Whether that is no code of the user's.
    place : Place, optional
        The user's line that led to the first read.
    at_import : str, optional
        The module whose import read it.
    value : object
        What the first read found.
    numbers : list of int
        Of the first read after each change of the configuration.
    count : int
    """

    key: str
    by: str
    library: bool
    place: Place | None
    at_import: str | None
    value: Any
    numbers: list[int]
    count: int = 1

    @property
    def first(self) -> int:
        """The number of the first read of all."""
        return self.numbers[0]


@dataclass(slots=True)
class Capture:
    """An object that keeps what it reads while it is made or started.

    Attributes
    ----------
    name : str
        Its class.
    kind : str
        The class of dask's, or of ours, that it is one of.
    place : Place, optional
        The user's line that made it.
    number : int
    owner : Capture, optional
        The object that made it.
    reads : dict
        Key -> number and value of the latest read.
    handed : list
        Number and the whole configuration, flat, for each time that it was handed to other
        processes.
    running : callable
        Whether the object is there, and neither closed nor closing.
    """

    name: str
    kind: str
    place: Place | None
    number: int
    owner: Capture | None
    running: Callable[[], bool]
    reads: dict[str, tuple[int, Any]] = field(default_factory=dict)
    handed: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    @property
    def outermost(self) -> Capture:
        """The object that the user's code made."""
        return self if self.owner is None else self.owner.outermost


def spelled(key: str) -> str:
    """A key with ``-``, but for names in capitals, which are those of variables.

    Examples
    --------
    >>> spelled("distributed.nanny.pre_spawn_environ.OMP_NUM_THREADS")
    'distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS'
    """
    return ".".join(part if part.isupper() else hyphenated(part) for part in key.split("."))


def plain(value: Any) -> Any:
    """A copy of plain data; a text in the place of anything else, which a trace must not keep."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)) or value is MISSING:
        return value
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in list(value.items())}
    kind = type(value) if not isinstance(value, type) else value
    return f"<{kind.__module__}.{kind.__qualname__}>"


def flat(value: Any, key: str = "") -> dict[str, Any]:
    """The leaves of a configuration, or of a value at `key`, by dotted keys with ``-``.

    Examples
    --------
    >>> flat({"a": {"b_c": 1}}), flat(1, "x")
    ({'a.b-c': 1}, {'x': 1})
    """
    found: dict[str, Any] = {}
    if isinstance(value, Mapping) and (value or not key):
        for name, inner in list(value.items()):
            below = spelled(str(name))
            found.update(flat(inner, f"{key}.{below}" if key else below))
    else:
        found[key] = plain(value)
    return found


def at(leaves: Mapping[str, Any], key: str) -> Any:
    """What flat configuration holds at a key: a value, a mapping of those below, or `MISSING`."""
    key = spelled(key)
    if key in leaves:
        return leaves[key]
    below = {name: value for name, value in leaves.items() if name.startswith(key + ".")}
    return below or MISSING


def equal(one: Any, other: Any) -> bool:
    """Whether two values that `plain` made are the same."""
    alike = isinstance(one, bool) is isinstance(other, bool)
    return one is other or (alike and bool(one == other))


def touches(event: Event, key: str) -> bool:
    """Whether an event changed `key`, its section or something in it."""
    return any(overlap(change.key, key) for change in event.changes)
