"""Parse YAML into data in which every value and key knows its position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from . import pyyaml_internals as pyyaml
from .loaders import is_trusted

Path = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A position in a text: line and column in characters, both counted from 1."""

    line: int
    column: int


class _Positioned:
    """The position of what PyYAML composed to `node`."""

    __slots__ = ()
    node: Any

    @property
    def mark(self) -> Mark:
        """The line and column where it begins."""
        return _mark(self.node.start_mark)

    @property
    def start(self) -> int:
        """The index of its first character in the text."""
        return pyyaml.start_of(self.node)

    @property
    def indent(self) -> int:
        """The number of characters before it in its line."""
        return int(self.node.start_mark.column)


@dataclass(slots=True)
class YamlValue(_Positioned):
    """A value in a document.

    Attributes
    ----------
    data : object
        What PyYAML loads; for a mapping, a plain dictionary.
    node : yaml.Node
        What PyYAML composed, with its exact marks. For an alias, the node of its anchor.
    text : str, optional
        The characters of a scalar, without quotes.
    plain : bool
        Whether a scalar is written without quotes.
    items : dict, optional
        The entries of a mapping: key -> `MappingEntry`.
    """

    data: Any
    node: Any = field(repr=False, compare=False)
    text: str | None = None
    plain: bool = False
    items: dict[Any, MappingEntry] | None = None

    @property
    def is_flow(self) -> bool:
        """True if this is a list or mapping in brackets or braces."""
        return pyyaml.is_flow(self.node)

    @property
    def is_section(self) -> bool:
        """True if this is a mapping with each key on a line of its own."""
        return self.items is not None and not self.is_flow

    @property
    def own_entries(self) -> list[MappingEntry]:
        """The entries that are written in this mapping, in the order of the text."""
        entries = [entry for entry in (self.items or {}).values() if not entry.merged]
        return sorted(entries, key=lambda entry: entry.start)


@dataclass(slots=True)
class MappingEntry(_Positioned):
    """A key of a mapping with its node and value; `merged` if it comes from a merge (``<<``)."""

    key: Any
    node: Any = field(repr=False, compare=False)
    value: YamlValue
    merged: bool = False

    @property
    def key_end(self) -> int:
        """The index after the last character of the key."""
        return pyyaml.end_of(self.node)

    @property
    def is_alias(self) -> bool:
        """True if the value is a ``*name``, whose anchor is further up in the text."""
        return self.value.start < self.key_end

    @property
    def is_absent(self) -> bool:
        """True if the value is null because nothing is written after the key."""
        node = self.value.node
        return self.value.data is None and pyyaml.start_of(node) == pyyaml.end_of(node)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that is set twice in one mapping, of which PyYAML silently uses the last.

    `ignored` is the data of the first.
    """

    path: Path
    first: Mark
    again: Mark
    ignored: Any = field(default=None, compare=False)


@dataclass(slots=True)
class Document:
    """A parsed document. `root` is None if it contains only comments."""

    root: YamlValue | None
    duplicates: list[Duplicate] = field(default_factory=list)

    @property
    def data(self) -> Any:
        return self.root.data if self.root else None

    def walk(self) -> Iterator[tuple[Path, MappingEntry]]:
        """Yield the entries of all mappings outside of lists with their paths, parents first."""
        return _walk(self.root, ())

    def entry(self, path: Path) -> MappingEntry | None:
        """Return the entry at exactly `path`, None if there is none."""
        found: MappingEntry | None = None
        value = self.root
        for key in path:
            found = value.items.get(key) if value and value.items else None
            value = found.value if found else None
        return found


class YamlError(Exception):
    """Invalid YAML.

    Parameters
    ----------
    problem : str
        PyYAML's description, on one line.
    mark : Mark, optional
        Where it was noticed.
    opened : Mark, optional
        Where the broken part begins, such as a quote that is never closed.
    """

    def __init__(self, problem: str, mark: Mark | None, opened: Mark | None = None) -> None:
        super().__init__(problem, mark)
        self.problem = problem
        self.mark = mark
        self.opened = opened


def parse(text: str) -> Document:
    """Parse one YAML document.

    Parameters
    ----------
    text : str
        The text with its original line ends, as read with ``newline=""``.

    Raises
    ------
    YamlError
        If dask could not load `text`.
    """
    if is_trusted(text):
        try:
            return _parse(text, pyyaml.FAST_LOADER)
        except YamlError:
            pass  # parse it again, for the message and position that dask would give
    return _parse(text, yaml.SafeLoader)


def _parse(text: str, loader_class: Any) -> Document:
    try:
        loader = pyyaml.NodeLoader(text, loader_class)
    except pyyaml.ReaderError as error:
        character, position = pyyaml.invalid_character(error)
        before = text[:position]
        mark = Mark(before.count("\n") + 1, position - before.rfind("\n"))
        raise YamlError(f"the character {character!r} is not allowed", mark) from None
    try:
        node = loader.compose()
        builder = _Builder(loader)
        root = builder.value(node, ()) if node is not None else None
        return Document(root, builder.duplicates)
    except yaml.MarkedYAMLError as error:
        words = ", ".join(part for part in (error.context, error.problem) if part)
        marks = (error.problem_mark, error.context_mark)
        places = [_mark(mark) if mark else None for mark in marks]
        raise YamlError(" ".join(words.split()), *places) from None
    except RecursionError:
        raise YamlError("it is nested too deeply", None) from None
    finally:
        loader.close()


class _Builder:
    """Builds values from nodes. An alias gives the same `YamlValue` as its anchor."""

    def __init__(self, loader: pyyaml.NodeLoader) -> None:
        self.loader = loader
        self.duplicates: list[Duplicate] = []
        self._scalars: dict[tuple[str, str], Any] = {}
        self._values: dict[int, YamlValue | None] = {}  # by node; None while it is built

    def value(self, node: Any, path: Path) -> YamlValue:
        """Return the value of the node at `path`."""
        if id(node) in self._values:
            value = self._values[id(node)]
            if value is None:
                raise YamlError("a value contains itself", _mark(node.start_mark))
            return value
        self._values[id(node)] = None
        if isinstance(node, yaml.MappingNode) and node.tag == pyyaml.MAPPING_TAG:
            value = self._mapping(node, path)
        elif pyyaml.is_scalar(node):
            value = YamlValue(self._data(node), node, node.value, not node.style)
        else:
            value = YamlValue(self._data(node), node)
        self._values[id(node)] = value
        return value

    def _mapping(self, node: Any, path: Path) -> YamlValue:
        own = {id(key) for key, _ in node.value}
        self.loader.merge(node)
        items: dict[Any, MappingEntry] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            merged = id(key_node) not in own
            before = items.get(key)
            if before is not None and not before.merged and not merged:
                marks = before.mark, _mark(key_node.start_mark)
                self.duplicates.append(Duplicate((*path, key), *marks, before.value.data))
            items[key] = MappingEntry(key, key_node, self.value(value_node, (*path, key)), merged)
        data = {key: entry.value.data for key, entry in items.items()}
        return YamlValue(data, node, items=items)

    def _key(self, node: Any) -> Any:
        key = self._data(node)
        try:
            hash(key)
        except TypeError:
            raise YamlError("the key is a list or mapping", _mark(node.start_mark)) from None
        return key

    def _data(self, node: Any) -> Any:
        if not pyyaml.is_scalar(node):
            return self._constructed(node)
        if node.tag == pyyaml.STRING_TAG:
            return node.value
        known = (node.tag, node.value)
        if known not in self._scalars:  # parsing is twice as fast as without
            self._scalars[known] = self._constructed(node)
        return self._scalars[known]

    def _constructed(self, node: Any) -> Any:
        try:
            return self.loader.construct(node)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception as error:  # PyYAML does not catch the errors of int() and datetime
            raise YamlError(f"{node.value!r}: {error}", _mark(node.start_mark)) from None


def _walk(value: YamlValue | None, path: Path) -> Iterator[tuple[Path, MappingEntry]]:
    for key, entry in ((value and value.items) or {}).items():
        yield (*path, key), entry
        yield from _walk(entry.value, (*path, key))


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)
