"""Apply edits to YAML text, and change only the lines that must change.

Existing text is never rewritten: PyYAML's marks tell where values are, and only these change. The
result is verified: its data must be the old data with the edits applied to dictionaries, and the
same edits must not change it again. Otherwise the edits are refused.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..core.equality import strictly_equal
from ..core.keys import canonical_name
from .document import YamlError
from .edits import Edit, Move, PatchError, Remove, Rename, Set, edited, name_exists
from .insert import Insertion, NewValue
from .lookup import KeyLookup, look_up
from .move import moved
from .remove import removal
from .replace import replacement
from .scalars import key_to_yaml, to_yaml
from .source_text import SourceText, TextChange
from .template import commented_paths, continuation, uncomment

__all__ = ["Edit", "Move", "PatchError", "Remove", "Rename", "Set", "edited", "patch"]

_MAX_DEPTH = 100  # far below PyYAML's recursion limit
_NOT_SAFE = "the edit would change more than requested; edit the file by hand"


def patch(text: str, edits: Sequence[Edit]) -> str:
    """Apply edits to a YAML text.

    Parameters
    ----------
    text : str
        The text with its byte order mark and original line ends, as read with ``newline=""``.
    edits : sequence of Set, Remove, Rename and Move
        Applied in this order.

    Returns
    -------
    str
        The new text; `text` itself if nothing has to change.

    Raises
    ------
    PatchError
        If an edit cannot be made safely.

    Examples
    --------
    >>> patch("a: 1  # one\\n", [Set(("a",), 2)])
    'a: 2  # one\\n'
    """
    for edit in edits:
        _refuse_invalid(edit)
    with _without_garbage_collection():
        try:
            source = SourceText(text)
        except YamlError as error:
            raise PatchError(f"the file cannot be read: {error.problem}", error.mark) from None
        result = _apply_all(source, edits)
        if result.text != text and _apply_all(result, edits).text != result.text:
            raise PatchError("the edits undo each other: making them again changes the file again")
        return result.text


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the search for cyclic garbage.

    For a text with 100,000 lines, searching the many new nodes takes four fifths of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _refuse_invalid(edit: Edit) -> None:
    """Raise if YAML cannot represent a path, name or value of an edit."""
    paths = (edit.path, edit.to) if isinstance(edit, Move) else (edit.path,)
    for path in paths:
        if not path or not all(isinstance(name, str) and name for name in path):
            raise PatchError(f"{path!r} is not a path of names")
        if len(path) > _MAX_DEPTH:
            raise PatchError(f"the path has {len(path)} names; at most {_MAX_DEPTH} are allowed")
    if isinstance(edit, Rename) and not edit.name:
        raise PatchError("the new name is empty")
    try:
        names = (edit.name,) if isinstance(edit, Rename) else ()
        for name in (*names, *(name for path in paths for name in path)):
            key_to_yaml(name)
        if isinstance(edit, Set):
            to_yaml(edit.value)
    except ValueError as error:
        raise PatchError(str(error)) from None


def _apply_all(source: SourceText, edits: Sequence[Edit]) -> SourceText:
    for edit in edits:
        source = _apply(source, edit)
    return source


def _apply(source: SourceText, edit: Edit) -> SourceText:
    """Return the text after one edit: the first candidate whose data is right."""
    lookup = look_up(source, edit.path, adding=isinstance(edit, Set))
    problem = _NOT_SAFE
    for text in _candidates(source, lookup, edit):
        if text == source.text:
            return source
        try:
            new = SourceText(text)
        except YamlError as error:
            problem = f"{_NOT_SAFE} ({error.problem})"
            continue
        before, after = source.document, new.document
        same_duplicates = len(before.duplicates) == len(after.duplicates)
        if same_duplicates and strictly_equal(after.data, edited(before.data, [edit])):
            return new
    raise PatchError(problem, lookup.last.mark if lookup.entries else None)


def _candidates(source: SourceText, lookup: KeyLookup, edit: Edit) -> Iterator[str]:
    """Yield texts in which `edit` may be made rightly, the best first."""
    if isinstance(edit, Remove):
        yield source.text if lookup.missing else source.changed(removal(source, lookup))
    elif isinstance(edit, Rename):
        yield source.text if lookup.missing else source.changed([_rename(lookup, edit)])
    elif isinstance(edit, Move):
        yield from [source.text] if lookup.missing else moved(source, lookup, edit)
    elif lookup.missing:
        yield from _from_template(source, lookup, edit)
        new = NewValue(edit.value, edit.comment)
        yield source.changed(Insertion(source, lookup, new).changes())
    elif isinstance(edit.value, dict) and edit.value and lookup.last.value.is_section:
        yield _set_section(source, lookup, edit).text
    else:
        yield source.changed(replacement(source, lookup, edit.value))


def _rename(lookup: KeyLookup, edit: Rename) -> TextChange:
    entry = lookup.last
    others = [other for other in lookup.containers[-1].data if other != entry.key]
    if canonical_name(edit.name, others) in others:
        raise PatchError(name_exists(edit.name), entry.mark)
    return TextChange(entry.start, entry.key_end, key_to_yaml(edit.name))


def _from_template(source: SourceText, lookup: KeyLookup, edit: Set) -> Iterator[str]:
    """Yield texts in which the key, or at least its parents, are uncommented."""
    for path in commented_paths(source, lookup):
        complete = len(path.numbers) == len(lookup.missing)
        for further in ([], continuation(source, path))[: 1 + complete]:
            try:
                new = SourceText(source.changed(uncomment(source, path, lookup.missing, further)))
                found = look_up(new, edit.path)
                if not complete:
                    value = NewValue(edit.value, edit.comment)
                    yield new.changed(Insertion(new, found, value, path.style).changes())
                elif not found.missing:
                    yield new.changed(replacement(new, found, edit.value))
            except (YamlError, PatchError):
                continue


def _set_section(source: SourceText, lookup: KeyLookup, edit: Set) -> SourceText:
    """Change a section key by key, so that its comments stay."""
    old: Any = lookup.last.value.data
    for name in (*edit.value, *old):
        if not isinstance(name, str):
            words = f"the key {name!r} is not a string; edit it by hand"
            raise PatchError(words, lookup.last.mark)
    edits: list[Edit] = [Set((*edit.path, name), value) for name, value in edit.value.items()]
    edits += [Remove((*edit.path, name)) for name in old if name not in edit.value]
    return _apply_all(source, edits)
