"""Find the entries of a path in a text, and refuse what cannot be edited safely."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.keys import canonical_name, join_path, other_spelling
from . import pyyaml_internals as pyyaml
from .document import MappingEntry, YamlValue
from .edits import PatchError, not_a_section
from .source_text import SourceText

_PROPERTIES = {"&": "an anchor", "!": "a tag"}


@dataclass
class KeyLookup:
    """The part of a path that exists in a text.

    Attributes
    ----------
    entries : list of MappingEntry
        The entries of the first names of the path.
    missing : tuple of str
        The other names, which are not in the text.
    containers : list of YamlValue
        The mappings that contain these entries.
    value : YamlValue or None
        The value of the last entry that was found, or of the document.
    """

    entries: list[MappingEntry]
    missing: tuple[str, ...]
    containers: list[YamlValue]
    value: YamlValue | None

    @property
    def last(self) -> MappingEntry:
        """The last entry that was found; there must be one."""
        return self.entries[-1]


def look_up(source: SourceText, path: tuple[str, ...], *, adding: bool = True) -> KeyLookup:
    """Find as many names of `path` as exist.

    Parameters
    ----------
    source : SourceText
        The text.
    path : tuple of str
        The names.
    adding : bool
        Whether missing names will be added, which needs a section.

    Raises
    ------
    PatchError
        If an entry cannot be edited safely, or is not a section but has to be one.
    """
    value = source.document.root
    if value is not None and value.data is None and value.start == pyyaml.end_of(value.node):
        value = None
    if value is not None:
        _refuse_properties(source, value, "the document")
    entries: list[MappingEntry] = []
    containers: list[YamlValue] = []
    for depth, name in enumerate(path):
        found = KeyLookup(entries, path[depth:], containers, value)
        if value is None or (entries and value.data is None):
            return found
        if value.items is None:
            if not adding:
                return found
            problem = not_a_section([entry.key for entry in entries], value.data)
            raise PatchError(problem, source.mark(value.start))
        entry = value.items.get(canonical_name(name, value.items))
        if entry is None:
            return found
        entries.append(entry)
        containers.append(value)
        _refuse_unsafe(source, value, entries)
        value = entry.value
    return KeyLookup(entries, (), containers, value)


def _refuse_unsafe(source: SourceText, container: YamlValue, entries: list[MappingEntry]) -> None:
    """Raise if the last of `entries` cannot be edited without guessing."""
    entry, path = entries[-1], tuple(entry.key for entry in entries)
    key = join_path(path)
    if entry.merged:
        raise PatchError(f"{key} comes from a merge (<<); edit it where it is written", entry.mark)
    other = other_spelling(entry.key)
    if other != entry.key and other in (container.items or {}):
        raise PatchError(f"{key} is set with - and with _; remove one of them first", entry.mark)
    for duplicate in source.document.duplicates:
        if duplicate.path == path:
            lines = f"lines {duplicate.first.line} and {duplicate.again.line}"
            raise PatchError(f"{key} is set twice, on {lines}; remove one first", duplicate.again)
    if not pyyaml.is_scalar(entry.node) or pyyaml.is_block_scalar(entry.node):
        raise PatchError(f"the key {key} is not on one line; edit it by hand", entry.mark)
    before = source.text[entry.start - entry.indent : entry.start].rstrip()
    if source.text[entry.start] in _PROPERTIES or before.endswith("?"):
        raise PatchError(f"the key {key} has an anchor, a tag or a ?; edit it by hand", entry.mark)
    if entry.is_alias:
        raise PatchError(f"{key} is an alias of another value; edit it by hand", entry.mark)
    _refuse_properties(source, entry.value, key)


def _refuse_properties(source: SourceText, value: YamlValue, what: str) -> None:
    found = _PROPERTIES.get(source.text[value.start : value.start + 1])
    if found:
        raise PatchError(f"{what} has {found}; edit it by hand", source.mark(value.start))
