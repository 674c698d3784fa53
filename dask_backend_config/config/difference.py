"""The result of a comparison of two processes, as JSON and in a notebook."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.origins import Origin
from ..core.strings import count
from .snapshots import Snapshot

#: The parts of a comparison. A difference in one of them counts, except in the last.
PARTS = ("versions", "values", "defaults", "files", "variables", "origins")
QUIET = "origins"


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a difference.

    Attributes
    ----------
    name : str
        A package, key, file or variable, as it is called there.
    value : object
        A version, the value of a key or variable, or the text of a file.
    shown : str
        The same as one line.
    origin : Origin, optional
        Where the value of a key comes from.
    place : str
        The same as a string, with the home folder of the process as ``~``.
    """

    name: str
    value: Any
    shown: str
    origin: Origin | None = None
    place: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the entry as JSON."""
        found = {"name": self.name, "value": self.value}
        return {**found, "origin": self.origin.as_json()} if self.origin else found


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that differs between two processes; None on a side that does not have it."""

    left: Entry | None
    right: Entry | None

    @property
    def name(self) -> str:
        """The package, key, file or variable."""
        return min(entry.name for entry in (self.left, self.right) if entry)

    def as_json(self) -> dict[str, Any]:
        """Return both sides as JSON."""
        sides = {"left": self.left, "right": self.right}
        return {name: entry and entry.as_json() for name, entry in sides.items()}


@dataclass(frozen=True, eq=False, repr=False)
class SnapshotDiff:
    """The differences between two processes. It is false if there are none.

    Attributes
    ----------
    left, right : Snapshot
        The processes.
    parts : mapping
        ``versions``, ``values``, ``defaults``, ``files``, ``variables`` and ``origins`` -> their
        differences, if there are any. ``values`` has the keys that a user set on one side at least,
        ``defaults`` the others. ``origins`` has the equal values that come from another place; they
        do not count as differences.
    masked : tuple of str
        The keys whose values were not compared, because they are masked on both sides.
    """

    left: Snapshot
    right: Snapshot
    parts: Mapping[str, tuple[Difference, ...]] = field(default_factory=dict)
    masked: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(part != QUIET for part in self.parts)

    def __repr__(self) -> str:
        return f"<{self.summary}: {self.left.title} and {self.right.title}>"

    @property
    def summary(self) -> str:
        """The numbers of differences, such as ``2 values and 1 file differ``."""
        numbers = {part: len(found) for part, found in self.parts.items() if part != QUIET}
        *first, last = [count(number, part[:-1]) for part, number in numbers.items()] or [""]
        if not last:
            return "no difference"
        verb = "differs" if sum(numbers.values()) == 1 else "differ"
        return f"{' and '.join(filter(None, [', '.join(first), last]))} {verb}"

    def only(self, parts: Collection[str]) -> SnapshotDiff:
        """Return the differences of these parts."""
        found = {part: differences for part, differences in self.parts.items() if part in parts}
        return replace(self, parts=found)

    def as_json(self) -> dict[str, Any]:
        """Return the differences as JSON."""
        sides = {"left": self.left, "right": self.right}
        members = ("host", "process", "executable", "platform", "taken")
        return {
            **{
                name: {"title": side.title, **{member: side.data[member] for member in members}}
                for name, side in sides.items()
            },
            "differs": bool(self),
            **{part: [each.as_json() for each in self.parts.get(part, ())] for part in PARTS},
            "masked": list(self.masked),
        }

    def _repr_html_(self) -> str:
        from ..core.html import code, folded, pale, paragraph, strong, table

        titles = [strong(self.left.title), " and ", strong(self.right.title), f": {self.summary}"]
        html: str = paragraph(*titles)
        for part, differences in self.parts.items():
            rows = [
                (code(each.name), *(_cell(entry) for entry in (each.left, each.right)))
                for each in differences
            ]
            title = f"{len(rows)} {part if len(rows) > 1 else part[:-1]}"
            html += folded(title, table(("", "left", "right"), rows), part != QUIET)
        if self.masked:
            html += paragraph(pale(f"not compared, because masked: {', '.join(self.masked)}"))
        return html


def _cell(entry: Entry | None) -> str:
    from ..core.html import Html, code, pale, paragraph

    if entry is None:
        return pale("none")
    return Html(code(entry.shown) + (paragraph(pale(entry.place)) if entry.place else ""))
