"""The way to a key: as far as it stands in a text, and what forbids to go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from ..core.keys import canonical_name, join_path, other_spelling
from .document import MappingEntry, YamlValue
from .edits import PatchError, in_the_way
from .positions import Source, column_of, is_alias, start_of

_PROPERTIES = {"&": "an anchor", "!": "a tag"}


@dataclass
class KeyLookup:
    """The entries of a path that stand in a text, and the names that do not."""

    entries: list[MappingEntry]
    rest: tuple[str, ...]
    root: YamlValue | None

    @property
    def path(self) -> tuple[Any, ...]:
        """The keys that were found, as they are spelled."""
        return tuple(entry.key for entry in self.entries)

    @property
    def value(self) -> YamlValue | None:
        """What stands at the end: the document's root where nothing of the path stands."""
        return self.entries[-1].value if self.entries else self.root

    def container(self, depth: int) -> YamlValue:
        """The mapping that holds the entry of that depth."""
        value = self.entries[depth - 1].value if depth else self.root
        assert value is not None  # noqa: S101  an entry stands in something
        return value


def look_up(source: Source, path: tuple[str, ...], *, adding: bool = True) -> KeyLookup:
    """Follow `path` as far as it stands.

    Parameters
    ----------
    source : Source
        The text.
    path : tuple of str
        The names.
    adding : bool
        Whether something will be put there: then a value that is no section is in the way.

    Raises
    ------
    PatchError
        Where something on the way makes an edit unsafe, or is no mapping.
    """
    root = source.document.root
    if root is not None and root.data is None and start_of(root) == int(root.node.end_mark.index):
        root = None
    if root is not None:
        _refuse_properties(source, root, "the document")
    entries: list[MappingEntry] = []
    value = root
    for depth, name in enumerate(path):
        if value is None or (entries and value.data is None):
            return KeyLookup(entries, path[depth:], root)
        if value.items is None:
            if not adding:
                return KeyLookup(entries, path[depth:], root)
            way = join_path(entry.key for entry in entries) or "the document"
            raise PatchError(in_the_way(way, value.data), source.mark(start_of(value)))
        entry = value.items.get(canonical_name(name, value.items))
        if entry is None:
            return KeyLookup(entries, path[depth:], root)
        entries.append(entry)
        _refuse_entry(source, value, entries)
        value = entry.value
    return KeyLookup(entries, (), root)


def _refuse_entry(source: Source, container: YamlValue, entries: list[MappingEntry]) -> None:
    entry = entries[-1]
    way = join_path(entry.key for entry in entries)
    if entry.merged:
        raise PatchError(f"{way} comes from a merge (<<); edit where it is written", entry.mark)
    other = other_spelling(entry.key)
    if other != entry.key and other in (container.items or {}):
        raise PatchError(
            f"{way} stands here with - and with _; remove one of them first", entry.mark
        )
    path = tuple(entry.key for entry in entries)
    for duplicate in source.document.duplicates:
        if duplicate.path == path:
            words = f"{way} stands twice, in lines {duplicate.first.line} and "
            raise PatchError(f"{words}{duplicate.again.line}; remove one first", duplicate.again)
    if not isinstance(entry.node, yaml.ScalarNode) or entry.node.style in ("|", ">"):
        raise PatchError(f"the key {way} is no plain text; edit it by hand", entry.mark)
    if source.text[start_of(entry)] in _PROPERTIES or _is_explicit(source, entry):
        raise PatchError(f"the key {way} has an anchor, a tag or a ?; edit it by hand", entry.mark)
    if is_alias(entry):
        raise PatchError(f"{way} is an alias of another value; edit it by hand", entry.mark)
    _refuse_properties(source, entry.value, way)


def _is_explicit(source: Source, entry: MappingEntry) -> bool:
    start = start_of(entry)
    return source.text[start - column_of(entry) : start].rstrip().endswith("?")


def _refuse_properties(source: Source, value: YamlValue, way: str) -> None:
    start = start_of(value)
    what = _PROPERTIES.get(source.text[start : start + 1])
    if what:
        raise PatchError(f"{way} has {what}; edit it by hand", source.mark(start))
