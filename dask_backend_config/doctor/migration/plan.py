"""Plan the migration of a file from dask-jobqueue's keys to those of the backends.

A key is moved only if the jobs ask for the same afterwards; the backends' own reading tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...config import resolve
from ...config.resolve import Resolution, Sources
from ...config.sources import read_file
from ...core.errors import ConfigValueError
from ...core.keys import hyphenated, join_path
from ...yaml_edit.document import parse
from ...yaml_edit.edits import value_at
from ...yaml_edit.patch import PatchError
from ..edit_plan import EditPlan, plan_edits
from .job_reading import options_after, options_before, requested
from .key_moves import KeyMove, is_default, key_moves
from .layout import Draft, section_edits
from .sections import Kept, OldSection, old_sections


@dataclass(frozen=True, slots=True)
class MovedKey:
    """A key that is moved; `new_value` is `MISSING` if its value does not change."""

    old: str
    new: str
    old_value: Any
    new_value: Any


@dataclass(frozen=True, slots=True)
class Migration:
    """The migration of one file.

    Attributes
    ----------
    plan : EditPlan
        The edits, which need not change anything.
    moved : tuple of MovedKey
    kept : tuple of Kept
        The keys that stay, each with the reason.
    """

    plan: EditPlan
    moved: tuple[MovedKey, ...] = ()
    kept: tuple[Kept, ...] = ()


def plan_migration(sources: Sources, path: str, named_kind: str = "") -> Migration:
    """Plan the migration of a file.

    Parameters
    ----------
    sources : Sources
        The configuration that the file is part of.
    path : str
        The file.
    named_kind : str
        The batch scheduler of sections with names of the user's, if their keys do not tell it.

    Raises
    ------
    EditError
        If dask cannot load the file.
    ConfigValueError
        If a backend refuses a value of a section.
    WriteError
        If the file cannot be read.
    """
    unchanged = plan_edits(path, [])
    found = old_sections(parse(unchanged.text).data, named_kind)
    sections = [section for section in found if isinstance(section, OldSection)]
    kept = [section for section in found if isinstance(section, Kept)]
    moved: list[MovedKey] = []
    draft = Draft(unchanged.text).with_renamed_root(sections)
    for section in sections:
        step = _SectionStep(sources, path, unchanged.text, section)
        draft, moves = step.applied(draft)
        kept += step.kept
        moved += map(step.moved_key, moves)
    if not moved and not any(section.has_arguments for section in sections):
        draft = Draft(unchanged.text)
    plan = EditPlan(unchanged.snapshot, draft.text, draft.edits)
    return Migration(plan, tuple(moved), tuple(kept))


class _SectionStep:
    """The migration of one section of a file."""

    def __init__(self, sources: Sources, path: str, text: str, section: OldSection) -> None:
        self._sources, self._path, self._section = sources, path, section
        self._before = resolve.fresh(sources)
        options = options_before(self._before, section)
        self._requested = requested(options, section.kind)
        self._values = value_at(parse(text).data, section.path) or {}
        self._moves, self.kept = key_moves(section, self._values, options)

    def applied(self, draft: Draft) -> tuple[Draft, list[KeyMove]]:
        """Return the draft after all moves that change no job, and these moves."""
        section = self._section
        is_whole = bool(section.profile) or section.has_arguments
        new, problem = self._tried(draft, self._moves)
        if is_whole and (reason := self._blocking() or problem):
            self.kept = [Kept(section.path, reason)]
            return draft, []
        if not problem:
            return new, self._moves
        done: list[KeyMove] = []
        for move in self._moves:
            _, problem = self._tried(draft, [*done, move])
            if problem:
                self.kept.append(Kept((*section.path, *move.old), self._cause(move) or problem))
            else:
                done.append(move)
        return self._tried(draft, done)[0], done

    def moved_key(self, move: KeyMove) -> MovedKey:
        """Return a move for messages."""
        section = self._section
        old, new = (*section.path, *move.old), (*section.target, *move.new)
        keys = hyphenated(join_path(old)), hyphenated(join_path(new))
        return MovedKey(*keys, move.old_value, move.new_value)

    def _tried(self, draft: Draft, moves: Sequence[KeyMove]) -> tuple[Draft, str]:
        """Return the draft after moves, or the draft itself and why they cannot be made."""
        edits = section_edits(parse(draft.text).data, self._section, moves)
        try:
            new = draft.after(edits)
            options = options_after(self._resolution(new.text), self._section)
            found = requested(options, self._section.kind)
        except PatchError as error:
            return draft, error.problem
        except ConfigValueError as error:
            return draft, error.message
        return (new, "") if found == self._requested else (draft, _change(self._requested, found))

    def _resolution(self, text: str) -> Resolution:
        files = [
            read_file(self._path, text) if file.path == self._path else file
            for file in self._sources.files
        ]
        return resolve.fresh(replace(self._sources, files=files))

    def _blocking(self) -> str:
        """Return why a section that is moved as a whole cannot be moved, empty if it can."""
        for kept in self.kept:
            names = kept.path[len(self._section.path) :]
            if not is_default(self._section.kind, names, value_at(self._values, names)):
                return f"{names[-1]}: {kept.reason}"
        return ""

    def _cause(self, move: KeyMove) -> str:
        """Return what overrides a key, empty if nothing does."""
        found = self._before.value(join_path((*self._section.path, *move.old)))
        is_own = found is None or found.origin.path == self._path
        return "" if found is None or is_own else f"{found.origin} overrides it"


def _change(before: tuple[Any, ...], after: tuple[Any, ...]) -> str:
    """Return the first difference of what two jobs ask for."""
    for old, new in zip(before[0].splitlines(), after[0].splitlines(), strict=False):
        if old != new:
            return f"the job script would have '{new}' instead of '{old}'"
    return "the cluster would have other options"
