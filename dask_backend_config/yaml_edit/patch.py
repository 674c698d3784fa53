"""Edits on YAML text that change the lines of the edit and no other byte.

Nothing that stands is dumped again: PyYAML's marks say where things are, and pieces are put there.
Whatever comes out is judged: its data must be the old data with the edit done on dictionaries,
and doing the edits again must change nothing. Otherwise they are refused.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..core.equality import strictly_equal
from ..core.keys import canonical_name
from .document import YamlError
from .edits import Edit, PatchError, Remove, Rename, Set, edited, taken
from .insert import insertion
from .lookup import KeyLookup, look_up
from .positions import Source, Splice, end_of, is_section, start_of
from .remove import removal
from .replace import replacement
from .scalars import key_text, text_of
from .template import commented_paths, continuation, uncomment

__all__ = ["Edit", "PatchError", "Remove", "Rename", "Set", "edited", "patch"]

_DEEPEST = 100  # far from where PyYAML gives up
_NOT_SAFE = "the edit would change more than was asked; make it by hand"


def patch(text: str, edits: Sequence[Edit]) -> str:
    """Do `edits` on a YAML text.

    Parameters
    ----------
    text : str
        As read with ``newline=""``: a byte order mark and the ends of lines as they are.
    edits : sequence of Set and Remove
        Done in their order.

    Returns
    -------
    str
        The text itself where all is as it should be already.

    Raises
    ------
    PatchError
        Where an edit cannot be done without a doubt.

    Examples
    --------
    >>> patch("a: 1  # one\\n", [Set(("a",), 2)])
    'a: 2  # one\\n'
    """
    for edit in edits:
        _refuse_unwritable(edit)
    with _uncollected():
        try:
            source = Source.read(text)
        except YamlError as error:
            raise PatchError(f"the text cannot be read: {error.problem}", error.mark) from None
        done = _all(source, edits)
        if done.text != text and _all(done, edits).text != done.text:
            raise PatchError("the edits undo each other: doing them again would change the text")
        return done.text


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the search for cyclic garbage.

    Nodes are many and none is garbage yet: looking through them again and again took four fifths
    of the time of a text with 100,000 lines, and more than linear time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _refuse_unwritable(edit: Edit) -> None:
    if not edit.path or not all(isinstance(name, str) and name for name in edit.path):
        raise PatchError(f"{edit.path!r} is no path: names, all of them text, are needed")
    if len(edit.path) > _DEEPEST:
        raise PatchError(f"the path has {len(edit.path)} names; {_DEEPEST} is the most")
    try:
        for name in edit.path:
            key_text(name)
        if isinstance(edit, Set):
            text_of(edit.value)
        if isinstance(edit, Rename):
            if not edit.name:
                raise PatchError(f"{edit.name!r} is no name")
            key_text(edit.name)
    except ValueError as error:
        raise PatchError(str(error)) from None


def _all(source: Source, edits: Sequence[Edit]) -> Source:
    for edit in edits:
        source = _judged(source, edit)
    return source


def _judged(source: Source, edit: Edit) -> Source:
    """The text after one edit: the first way to do it whose data is right."""
    lookup = look_up(source, edit.path, adding=isinstance(edit, Set))
    problem = _NOT_SAFE
    for text in _ways(source, lookup, edit):
        if text == source.text:
            return source
        try:
            new = Source.read(text)
        except YamlError as error:
            problem = f"{_NOT_SAFE} ({error.problem})"
            continue
        if _is_right(source, new, edit):
            return new
    raise PatchError(problem, lookup.entries[-1].mark if lookup.entries else None)


def _is_right(source: Source, new: Source, edit: Edit) -> bool:
    duplicates = len(new.document.duplicates) == len(source.document.duplicates)
    return duplicates and strictly_equal(new.data, edited(source.data, [edit]))


def _ways(source: Source, lookup: KeyLookup, edit: Edit) -> Iterator[str]:
    if isinstance(edit, Remove):
        yield source.text if lookup.rest else source.spliced(removal(source, lookup))
    elif isinstance(edit, Rename):
        yield source.text if lookup.rest else source.spliced([_new_name(lookup, edit)])
    elif lookup.rest:
        yield from _from_template(source, lookup, edit)
        yield source.spliced(insertion(source, lookup, edit))
    elif isinstance(edit.value, dict) and edit.value and is_section(lookup.entries[-1].value):
        yield _section(source, lookup, edit).text
    else:
        yield source.spliced(replacement(source, lookup, edit.value))


def _new_name(lookup: KeyLookup, edit: Rename) -> Splice:
    entry = lookup.entries[-1]
    others = [
        other for other in lookup.container(len(lookup.entries) - 1).data if other != entry.key
    ]
    if canonical_name(edit.name, others) in others:
        raise PatchError(taken(edit.name), entry.mark)
    return Splice(start_of(entry), end_of(entry), key_text(edit.name))


def _from_template(source: Source, lookup: KeyLookup, edit: Set) -> Iterator[str]:
    """With the key, or at least its parents, out of their comments."""
    for numbers, complete in commented_paths(source, lookup):
        choices = [numbers]
        if complete:
            choices.append([*numbers, *continuation(source, numbers[-1])])
        for chosen in choices:
            try:
                new = Source.read(source.spliced(uncomment(source, chosen)))
                new, found = _respelled(new, edit, len(lookup.entries))
                if not complete:
                    yield new.spliced(insertion(new, found, edit))
                elif not found.rest:
                    yield new.spliced(replacement(new, found, edit.value))
            except (YamlError, PatchError):
                continue


def _respelled(source: Source, edit: Set, known: int) -> tuple[Source, KeyLookup]:
    """With names as they were given, behind the `known` first ones, whatever a template says."""
    lookup = look_up(source, edit.path)
    names = zip(lookup.entries[known:], edit.path[known:], strict=False)
    splices = [
        Splice(start_of(entry), end_of(entry), key_text(name))
        for entry, name in names
        if entry.key != name
    ]
    if not splices:
        return source, lookup
    new = Source.read(source.spliced(splices))
    return new, look_up(new, edit.path)


def _section(source: Source, lookup: KeyLookup, edit: Set) -> Source:
    """A section made another one key by key, so that its comments stay."""
    old: Any = lookup.entries[-1].value.data
    path = edit.path
    for name in (*edit.value, *old):
        if not isinstance(name, str):
            words = f"the key {name!r} is no text; edit it by hand"
            raise PatchError(words, lookup.entries[-1].mark)
    edits: list[Edit] = [Set((*path, name), value) for name, value in edit.value.items()]
    edits += [Remove((*path, name)) for name in old if name not in edit.value]
    return _all(source, edits)
