"""What an edit would do, before anything is written."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from ..config.values import Resolved
from ..core.errors import EditError
from ..core.keys import hyphenated, join_path
from ..core.origins import Origin
from ..storage import atomic_write
from ..yaml_edit.patch import Edit, PatchError, Set, patch
from .facts import Facts, Finding, gather_facts
from .run import examine


@dataclass(frozen=True)
class Plan:
    """A file's text before and after edits.

    Attributes
    ----------
    snapshot : files.Snapshot
        What was read.
    text : str
        What is to be written.
    edits : tuple of Edit
    """

    snapshot: atomic_write.Snapshot
    text: str
    edits: tuple[Edit, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.text != self.snapshot.text

    @functools.cached_property
    def after(self) -> Facts:
        """What would be known once the text is written."""
        return gather_facts(texts={self.snapshot.path: self.text})


@dataclass(frozen=True, slots=True)
class Effect:
    """What a new process sees of a plan that was carried out.

    Attributes
    ----------
    shadowed : tuple of Resolved
        Edited keys whose value still comes from elsewhere.
    is_searched : bool
        Whether dask reads the file at all.
    """

    shadowed: tuple[Resolved, ...]
    is_searched: bool


def plan(path: str, edits: Sequence[Edit], text: str | None = None) -> Plan:
    """Read a file and edit its text.

    Parameters
    ----------
    path : str
        The file, which need not exist.
    edits : sequence of Edit
    text : str, optional
        What a file that does not exist begins with.

    Raises
    ------
    EditError
        Where the edit is refused, with the place and the reason.
    WriteError
        Where the file cannot be read.
    """
    snapshot = atomic_write.read(path)
    start = snapshot.text if snapshot.data is not None or text is None else text
    try:
        return Plan(snapshot, patch(start, edits), tuple(edits))
    except PatchError as error:
        place = (error.mark.line, error.mark.column) if error.mark else (None, None)
        origin = Origin("file", path=path, line=place[0], column=place[1])
        raise EditError(f"not edited: {error.problem}", origin=origin) from None


def problems(planned: Plan) -> tuple[Finding, ...]:
    """The errors that the doctor would find at the edited keys in the edited file."""
    path = planned.snapshot.path
    keys = [hyphenated(join_path(edit.path)) for edit in planned.edits]
    return tuple(
        finding
        for finding in examine(planned.after)
        if finding.severity == "error"
        and finding.key is not None
        and finding.origin is not None
        and finding.origin.path == path
        and any(_concerns(finding.key, key) for key in keys)
    )


def effect(planned: Plan) -> Effect:
    """What would hold after a plan."""
    path = planned.snapshot.path
    resolution = planned.after.resolution
    written = [join_path(edit.path) for edit in planned.edits if isinstance(edit, Set)]
    values = [resolution.value(key) for key in written]
    shadowed = tuple(value for value in values if value and value.origin.path != path)
    return Effect(shadowed, any(file.path == path for file in planned.after.files))


def _concerns(found: str, edited: str) -> bool:
    """Whether a finding's key is the edited one, a section above it, or lies below it."""
    return f"{found}.".startswith(f"{edited}.") or f"{edited}.".startswith(f"{found}.")
