"""Move a key to another section, with its value as it is written and with its comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ..core.keys import join_path
from .document import YamlError
from .edits import Move, PatchError, name_exists
from .insert import Insertion, section_end
from .line_changes import delete_lines, lines_of_entry
from .lookup import KeyLookup, look_up
from .remove import first_emptied, removal
from .scalars import key_to_yaml
from .source_text import SourceText
from .template import commented_paths, indent_of, uncomment

#: A key that is commented out, with a value of one word or none.
_COMMENTED_KEY = re.compile(r" *# ?[\w'\"-]+:(?: +[^ #]+)?(?: *#.*)?$")


@dataclass(frozen=True, slots=True)
class _MovedKey:
    """A key as it is written at its old place.

    Attributes
    ----------
    value : object
        Its data.
    comments : list of str
        The comments above it, without indentation.
    key : str
        Its name as written.
    body : list of str
        The rest of its first line, and its other lines.
    indent : int
        The indentation of its first line.
    """

    value: Any
    comments: list[str]
    key: str
    body: list[str]
    indent: int

    def lines(self, name: str, column: int) -> list[str]:
        """Return its lines with another indentation."""
        first, *others = self.body
        indent, shift = " " * column, column - self.indent
        key = self.key if self.key.strip("'\"") == name else key_to_yaml(name)
        comments = [indent + comment for comment in self.comments]
        return [*comments, indent + key + first, *(_shifted(line, shift) for line in others)]


def _shifted(line: str, shift: int) -> str:
    if shift >= 0:
        return " " * shift + line if line else line
    return line[min(-shift, indent_of(line)) :]


def moved(source: SourceText, lookup: KeyLookup, edit: Move) -> Iterator[str]:
    """Yield texts in which a key may be moved rightly, the best first.

    Raises
    ------
    PatchError
        If the new key exists, or the old one cannot be moved with its comments.
    """
    target = look_up(source, edit.to)
    if not target.missing:
        raise PatchError(name_exists(join_path(edit.to)), target.last.mark)
    if edit.to[: len(edit.path)] == edit.path:
        raise PatchError("a key cannot be moved below itself", lookup.last.mark)
    if edit.to[-1] == lookup.last.key:
        yield from _below_uncommented_sections(source, edit)
    is_only_key = len(lookup.entries) == 1 and len(lookup.containers[0].items or {}) == 1
    new = _cut(source, lookup, edit, is_only_key)
    for text in _inserted(source, target, edit, new):
        with suppress(YamlError, PatchError):
            yield _without_old(SourceText(text), edit, is_only_key)


def _below_uncommented_sections(source: SourceText, edit: Move) -> Iterator[str]:
    """Yield texts for a key that was uncommented without the sections above it: it stays."""
    parents = look_up(source, edit.to[:-1])
    # The indentation of the key does not tell that of the sections.
    parents = replace(parents, value=None)
    for path in commented_paths(source, parents) if parents.missing else ():
        yield source.changed(uncomment(source, path, (*parents.missing, edit.to[-1])))


def _cut(source: SourceText, lookup: KeyLookup, edit: Move, is_only_key: bool) -> _MovedKey:
    """Return the key as it is written."""
    entry, lines = lookup.last, source.lines
    end = source.end_of_entry(entry)
    comments = list(_comments_of_emptied(source, lookup, edit))
    added = [f"# {edit.comment}"] if edit.comment else []
    written = source.text[entry.start : entry.key_end]
    if lookup.containers[-1].is_flow:
        value = source.text[entry.key_end : end] or ":"
        if "\n" in value:
            raise PatchError("it has several lines in braces; edit it by hand", entry.mark)
        return _MovedKey(entry.value.data, [*comments, *added], written, [value], 0)
    first = lines.at(entry.start)
    if source.text[lines.starts[first] : entry.start].strip():
        raise PatchError("it does not begin its line; edit it by hand", entry.mark)
    above, last = _extent(source, lookup, is_only_key)
    comments += [lines.content(number).strip() for number in range(above, first)] + added
    rest = lines.content(first)[entry.key_end - lines.starts[first] :]
    body = [rest, *map(lines.content, range(first + 1, last + 1))]
    return _MovedKey(entry.value.data, comments, written, body, entry.indent)


def _extent(source: SourceText, lookup: KeyLookup, is_only_key: bool) -> tuple[int, int]:
    """Return the first and last line of an entry, with the comments above and inside of it."""
    lines, entry = source.lines, lookup.last
    first = above = lines.at(entry.start)
    while above and _belongs_to_next_line(lines.content(above - 1), entry.indent):
        above -= 1
    if above == 0 and is_only_key:
        above = first  # remarks about the file
    last = lines.at(max(source.end_of_entry(entry) - 1, entry.start))
    if entry.value.is_section:
        last, _ = section_end(source, last, entry.indent, entry.value.indent)
    return above, last


def _belongs_to_next_line(content: str, column: int) -> bool:
    is_comment = content.lstrip().startswith("#") and indent_of(content) == column
    return is_comment and not _COMMENTED_KEY.match(content)


def _comments_of_emptied(source: SourceText, lookup: KeyLookup, edit: Move) -> Iterator[str]:
    """Yield the comments on the first lines of sections that are removed with the key."""
    for depth in range(first_emptied(lookup), len(lookup.entries) - 1):
        entry = lookup.entries[depth]
        if [name.replace("_", "-") for name in edit.to[: depth + 1]] == [
            str(each.key).replace("_", "-") for each in lookup.entries[: depth + 1]
        ]:
            continue
        end = source.end_of_entry(entry) if entry.value.is_flow else source.after_colon(entry)
        behind = source.text[end : source.lines.after(source.lines.at(end))].strip()
        if behind.startswith("#"):
            yield behind


def _inserted(source: SourceText, target: KeyLookup, edit: Move, new: _MovedKey) -> Iterator[str]:
    """Yield texts that contain the key at both places."""
    for path in commented_paths(source, target):
        parents = replace(path, numbers=path.numbers[: len(target.missing) - 1])
        if parents.numbers:
            with suppress(YamlError, PatchError):
                shown = SourceText(source.changed(uncomment(source, parents, target.missing)))
                insertion = Insertion(shown, look_up(shown, edit.to), new, path.style)
                yield shown.changed(insertion.changes())
    around = (*target.containers[-1:], target.value)
    is_in_braces = any(value is not None and value.is_flow for value in around)
    if is_in_braces and (new.comments or any("#" in line for line in new.body)):
        problem = f"its comments cannot be moved into the braces of {join_path(edit.to[:-1])}"
        raise PatchError(problem, target.last.mark if target.entries else None)
    insertion = Insertion(source, target, new)
    if not target.entries and len(edit.path) == 1 and not is_in_braces:
        lookup = look_up(source, edit.path, adding=False)
        yield source.changed([insertion.after(_extent(source, lookup, False)[1], new.indent)])
    yield source.changed(insertion.changes())


def _without_old(source: SourceText, edit: Move, is_only_key: bool) -> str:
    """Return the text without the key, its comments, and the sections that become empty."""
    lookup, lines = look_up(source, edit.path, adding=False), source.lines
    if lookup.containers[-1].is_flow:
        return source.changed(removal(source, lookup))
    above, last = _extent(source, lookup, is_only_key)
    if (above == 0 or lines.is_blank(above - 1)) and last + 2 < len(lines):
        last += lines.is_blank(last + 1)  # or two blank lines would meet
    emptied = lookup.entries[first_emptied(lookup)]
    numbers = {*range(above, last + 1), *lines_of_entry(source, emptied)}
    return source.changed(delete_lines(source, sorted(numbers)))
