"""Plan the migration of a file from dask-jobqueue's keys to those of the backends.

A key is moved only if the jobs ask for the same afterwards; the backends' own reading tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from ...catalogue.known_keys import MISSING, Path
from ...config import resolve
from ...config.resolve import Resolution, Sources
from ...config.sources import read_file
from ...core.errors import ConfigValueError
from ...core.keys import hyphenated, join_path
from ...yaml_edit.document import parse
from ...yaml_edit.edits import value_at
from ...yaml_edit.patch import PatchError, Remove, patch
from ..edit_plan import EditPlan, plan_edits
from .job_reading import options_after, options_before, requested
from .key_moves import KeyMove, is_default, key_moves
from .layout import Draft, Leftovers, section_edits
from .sections import FACTORY, Kept, OldSection, old_sections


@dataclass(frozen=True, slots=True)
class MovedKey:
    """A key that is moved.

    Attributes
    ----------
    old, new : str
        Dotted keys; `new` is empty if the key is removed because its value is the default.
    old_value, new_value : object
    """

    old: str
    new: str
    old_value: Any
    new_value: Any = None


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
    start = Draft(unchanged.text)
    for draft in (start.with_renamed_root(sections), start):
        moved: list[MovedKey] = []
        kept = [section for section in found if isinstance(section, Kept)]
        for section in sections:
            step = _SectionStep(sources, path, start.text, section)
            draft, moves = step.applied(draft)
            moved += step.moved_keys(moves)
            kept += step.kept
        if moved:
            plan = EditPlan(unchanged.snapshot, draft.text, draft.edits)
            return Migration(plan, tuple(moved), tuple(kept))
    return Migration(unchanged, kept=tuple(kept))


class _SectionStep:
    """The migration of one section of a file."""

    def __init__(self, sources: Sources, path: str, text: str, section: OldSection) -> None:
        self._sources, self._path, self._section = sources, path, section
        self._before = resolve.fresh(sources)
        options = options_before(self._before, section)
        self._requested = requested(options, section.kind)
        self._data = parse(text).data
        self._values = value_at(self._data, section.path) or {}
        self._moves, self.kept = key_moves(section, self._values, options)
        self._needless = frozenset(
            kept.path[-1] for kept in self.kept if self._is_needless(text, kept)
        )

    def applied(self, draft: Draft) -> tuple[Draft, list[KeyMove]]:
        """Return the draft after all moves that change no job, and these moves."""
        section = self._section
        if section.profile or section.has_arguments:
            new, problem = self._tried(draft, self._moves)
            if reason := self._blocking() or problem:
                self._needless, self.kept = frozenset(), [Kept(section.path, reason)]
                return draft, []
            return new, self._moves
        moves = [move for move in self._moves if not self._keep(move, self._overriding(move))]
        new, problem = self._tried(draft, moves)
        if not problem:
            return new, moves
        done: list[KeyMove] = []
        for move in moves:
            if not self._keep(move, self._tried(draft, [*done, move])[1]):
                done.append(move)
        return self._tried(draft, done)[0], done

    def moved_keys(self, moves: Sequence[KeyMove]) -> Iterator[MovedKey]:
        """Yield what is moved or removed, for messages."""
        section = self._section
        for move in moves:
            old, new = (*section.path, move.old), (*section.target, *move.new)
            value = move.old_value if move.new_value is MISSING else move.new_value
            yield MovedKey(_key(old), _key(new), move.old_value, value)
        if not moves and not section.has_arguments:
            return
        for kept in list(self.kept):
            if kept.path[-1] in self._needless:
                self.kept.remove(kept)
                yield MovedKey(kept.key, "", self._values[kept.path[-1]])
        if section.has_arguments and not self.kept:
            key = join_path((*FACTORY, "class"))
            yield MovedKey(key, key, value_at(self._data, key.split(".")), section.backend)

    def _keep(self, move: KeyMove, reason: str) -> bool:
        """Note why a key is not moved; return False without a reason."""
        if reason:
            self.kept.append(Kept((*self._section.path, move.old), reason))
        return bool(reason)

    def _is_default(self, kept: Kept) -> bool:
        name = kept.path[-1]
        return is_default(self._section.kind, name, self._values[name])

    def _is_needless(self, text: str, kept: Kept) -> bool:
        """Return whether a key sets the default and can be removed without a comment."""
        try:
            without = patch(text, [Remove(kept.path)])
        except PatchError:
            return False
        return self._is_default(kept) and without.count("#") == text.count("#")

    def _tried(self, draft: Draft, moves: Sequence[KeyMove]) -> tuple[Draft, str]:
        """Return the draft after moves, or the draft itself and why they cannot be made."""
        data, problem = parse(draft.text).data, ""
        for edits in section_edits(data, self._section, moves, self._leftovers):
            try:
                new = draft.after(edits)
                options = options_after(self._resolution(new.text), self._section)
                found = requested(options, self._section.kind)
            except PatchError as error:
                problem = error.problem
            except ConfigValueError as error:
                return draft, error.message
            else:
                is_same = found == self._requested
                return (new, "") if is_same else (draft, _change(self._requested, found))
        return draft, problem

    @property
    def _leftovers(self) -> Leftovers:
        comments = {kept.path[-1]: kept.reason for kept in self.kept if kept.is_explained}
        return Leftovers(self._needless, comments)

    def _resolution(self, text: str) -> Resolution:
        files = [
            read_file(self._path, text) if file.path == self._path else file
            for file in self._sources.files
        ]
        return resolve.fresh(replace(self._sources, files=files))

    def _blocking(self) -> str:
        """Return why a section that is moved as a whole cannot be moved, empty if it can."""
        for kept in self.kept:
            if not self._is_default(kept):
                return f"{kept.path[-1]}: {kept.reason}"
        return ""

    def _overriding(self, move: KeyMove) -> str:
        """Return what overrides a key, empty if nothing does."""
        found = self._before.value(join_path((*self._section.path, move.old)))
        is_own = found is None or found.origin.path == self._path
        return "" if found is None or is_own else f"{found.origin} overrides it"


def _key(path: Path) -> str:
    return hyphenated(join_path(path))


def _change(before: tuple[Any, ...], after: tuple[Any, ...]) -> str:
    """Return the first difference of what two jobs ask for."""
    for old, new in zip_longest(before[0].split(" "), after[0].split(" "), fillvalue=""):
        if old != new:
            old, new = (" ".join(text.split()) for text in (old, new))
            return f"the job script would have '{new}' instead of '{old}'"
    return "the cluster would have other options"
