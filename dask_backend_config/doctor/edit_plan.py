"""Edits of one file that are planned but not written, and their effects."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..catalogue.known_keys import MISSING
from ..config.sources import BREAKING, read_file
from ..config.values import Resolved
from ..core.equality import strictly_equal
from ..core.errors import EditError
from ..core.keys import are_nested, hyphenated, join_path
from ..core.origins import Origin
from ..storage import atomic_write
from ..yaml_edit.document import parse
from ..yaml_edit.edits import value_at
from ..yaml_edit.patch import Edit, PatchError, Set, patch
from .facts import Facts, gather_facts
from .findings import Finding
from .run import run_checks
from .yaml_errors import import_failure


@dataclass(frozen=True)
class EditPlan:
    """The content of a file before and after edits.

    Attributes
    ----------
    snapshot : atomic_write.Snapshot
        The file as it was read.
    text : str
        The content to write.
    edits : tuple of Edit
    """

    snapshot: atomic_write.Snapshot
    text: str
    edits: tuple[Edit, ...]

    @property
    def changes(self) -> bool:
        """True if the edits change the file."""
        return self.text != self.snapshot.text

    def changed_values(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield the keys that are set to another value, with the file's old and new value.

        A value that is not set is `MISSING`.
        """
        before, after = parse(self.snapshot.text).data, parse(self.text).data
        for edit in self.edits:
            old, new = (value_at(data, edit.path, MISSING) for data in (before, after))
            if not strictly_equal(old, new):
                yield hyphenated(join_path(edit.path)), old, new

    @functools.cached_property
    def facts_after(self) -> Facts:
        """The facts as they would be after the edits."""
        return gather_facts(texts={self.snapshot.path: self.text})

    def new_errors(self) -> tuple[Finding, ...]:
        """Return the errors that the doctor would find at the edited keys after the edits."""
        keys = [hyphenated(join_path(edit.path)) for edit in self.edits]
        return tuple(
            finding
            for finding in run_checks(self.facts_after)
            if finding.severity == "error"
            and finding.key is not None
            and finding.origin is not None
            and finding.origin.path == self.snapshot.path
            and any(are_nested(finding.key, key) for key in keys)
        )

    def overridden(self) -> tuple[Resolved, ...]:
        """Return the edited keys whose effective value would still come from elsewhere."""
        resolution = self.facts_after.resolution
        edited = [edit for edit in self.edits if isinstance(edit, Set)]
        values = [resolution.value(join_path(edit.path)) for edit in edited]
        return tuple(value for value in values if value and value.origin.path != self.snapshot.path)

    def is_on_search_path(self) -> bool:
        """Return whether dask reads the file."""
        return any(file.path == self.snapshot.path for file in self.facts_after.files)


def plan_edits(path: str, edits: Sequence[Edit], template: str | None = None) -> EditPlan:
    """Read a file and edit its content.

    Parameters
    ----------
    path : str
        The file; it need not exist.
    edits : sequence of Edit
    template : str, optional
        The content to start from if the file does not exist.

    Raises
    ------
    EditError
        If an edit cannot be made; its origin is the place.
    WriteError
        If the file cannot be read.
    """
    snapshot = atomic_write.read(path)
    start = snapshot.text if snapshot.data is not None or template is None else template
    file = read_file(path, start)
    if file.status in BREAKING:
        finding = import_failure(file)
        message = f"not edited: {finding.message}"
        raise EditError(message, hint=finding.hint, origin=finding.origin)
    try:
        return EditPlan(snapshot, patch(start, edits), tuple(edits))
    except PatchError as error:
        line, column = (error.mark.line, error.mark.column) if error.mark else (None, None)
        origin = Origin("file", path=path, line=line, column=column)
        raise EditError(f"not edited: {error.problem}", origin=origin) from None
