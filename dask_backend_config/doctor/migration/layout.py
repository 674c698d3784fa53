"""Plan the edits that move a section, so that its keys and comments stay together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...catalogue.backend_schema import ROOT
from ...catalogue.known_keys import MISSING, Path
from ...yaml_edit.document import parse
from ...yaml_edit.edits import value_at
from ...yaml_edit.patch import Edit, Move, PatchError, Remove, Rename, Set, patch
from .key_moves import KeyMove
from .sections import JOBQUEUE, OldSection


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to which edits were applied."""

    text: str
    edits: tuple[Edit, ...] = ()

    def after(self, edits: Sequence[Edit]) -> Draft:
        """Return the draft after more edits.

        Raises
        ------
        PatchError
            If an edit cannot be made.
        """
        text = self.text
        for edit in edits:
            text = _patched(text, edit)
        return Draft(text, (*self.edits, *edits))

    def with_renamed_root(self, sections: Sequence[OldSection]) -> Draft:
        """Return the draft with ``jobqueue`` renamed ``backends``, if all its sections are moved.

        So they stay where they are in the file. Keys that are not moved go to a new section
        ``jobqueue``.
        """
        data = parse(self.text).data
        names = {(JOBQUEUE, name) for name in value_at(data, (JOBQUEUE,)) or {}}
        moved = {section.path for section in sections if not section.profile}
        if not names or not names <= moved or value_at(data, (ROOT,), MISSING) is not MISSING:
            return self
        try:
            return self.after([Rename((JOBQUEUE,), ROOT)])
        except PatchError:
            return self


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Keys of a section that are not moved.

    Attributes
    ----------
    needless : frozenset of str
        Names of keys that are removed.
    comments : mapping
        Name of a key that stays -> a comment for it.
    """

    needless: frozenset[str]
    comments: Mapping[str, str]

    def back(self, section: OldSection, name: str) -> Move:
        """Return the edit that moves a key back to the old section."""
        comment = self.comments.get(name, "")
        return Move((*section.target, name), (*section.path, name), comment)


def _patched(text: str, edit: Edit) -> str:
    try:
        return patch(text, [edit])
    except PatchError:
        if not isinstance(edit, Move) or not edit.comment:
            raise
        return patch(text, [replace(edit, comment="")])  # braces hold no comments


def section_edits(
    data: Any, section: OldSection, moves: Sequence[KeyMove], leftovers: Leftovers
) -> Iterator[list[Edit]]:
    """Yield edits that move keys of a section, the best first: those that keep it together.

    Parameters
    ----------
    data : object
        The values of the text.
    section : OldSection
    moves : sequence of KeyMove
        The keys that are moved.
    leftovers : Leftovers
        The other keys.
    """
    is_in_place = section.has_arguments or value_at(data, section.path, MISSING) is MISSING
    here = section.target if is_in_place else section.path
    moved = {move.old for move in moves}
    others = [name for name in value_at(data, here) or {} if name not in moved]
    removed = [name for name in others if name in leftovers.needless and moves]
    stay = [name for name in others if name not in removed]
    if is_in_place or (section.is_new and len(stay) <= len(moved)):
        place = section.target
        yield [
            *([] if is_in_place else [Move(section.path, place)]),
            *(Remove((*place, name)) for name in removed),
            *(leftovers.back(section, name) for name in stay),
            *_in_section(section, place, moves),
        ]
    if not is_in_place:
        removals = [Remove((*section.path, name)) for name in removed]
        yield [*_in_section(section, section.path, moves), *removals]


def _in_section(section: OldSection, here: Path, moves: Sequence[KeyMove]) -> Iterator[Edit]:
    """Yield the edits of the keys, whose old names are below `here`."""
    for move in moves:
        old, new = (*here, move.old), (*section.target, *move.new)
        if old[:-1] != new[:-1]:
            yield Move(old, new, move.comment)
        elif old != new:
            yield Rename(old, new[-1])
        if move.new_value is not MISSING:
            yield Set(new, move.new_value)
        for name, value in (move.others or {}).items():
            yield Set((*section.target, name), value)
    yield from section.additions
