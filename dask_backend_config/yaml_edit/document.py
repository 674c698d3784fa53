"""YAML text to data whose every value knows its place.

Marks count characters, which is what editors show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from .loaders import FAST, is_trusted

_MAP_TAG = "tag:yaml.org,2002:map"
_MERGE_TAG = "tag:yaml.org,2002:merge"
_VALUE_TAG = "tag:yaml.org,2002:value"
_TEXT_TAG = "tag:yaml.org,2002:str"
#: Tags of scalars that occur again and again, and whose data cannot be changed.
_COMMON_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("bool", "float", "int", "null"))


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text: line and column, both counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class YamlValue:
    """A value of a document.

    Attributes
    ----------
    data : object
        What PyYAML makes of it; for a mapping, a plain dictionary.
    node : yaml.Node
        What PyYAML composed, with its exact marks; of an alias, the node of its anchor.
    text : str, optional
        A scalar's characters before they became `data`, quotes taken off.
    plain : bool
        Whether a scalar stands without quotes.
    items : dict, optional
        A mapping's entries: key -> `MappingEntry`.
    """

    data: Any
    node: Any = field(repr=False, compare=False)
    text: str | None = None
    plain: bool = False
    items: dict[Any, MappingEntry] | None = None

    @property
    def mark(self) -> Mark:
        """Where it begins."""
        return _place(self.node)


@dataclass(slots=True)
class MappingEntry:
    """A key of a mapping, what PyYAML composed of it, and its value.

    `merged` says that ``<<`` brought it here.
    """

    key: Any
    node: Any = field(repr=False, compare=False)
    value: YamlValue
    merged: bool = False

    @property
    def mark(self) -> Mark:
        """Where the key begins."""
        return _place(self.node)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that stands twice in one mapping: PyYAML takes the last in silence.

    `ignored` is the data of the first.
    """

    path: tuple[Any, ...]
    first: Mark
    again: Mark
    ignored: Any = field(default=None, compare=False)


@dataclass(slots=True)
class Document:
    """A parsed text. `root` is None where the text holds only comments."""

    root: YamlValue | None
    duplicates: list[Duplicate] = field(default_factory=list)

    @property
    def data(self) -> Any:
        return self.root.data if self.root else None

    def walk(self) -> Iterator[tuple[tuple[Any, ...], MappingEntry]]:
        """Every entry of every mapping that is not inside of a list, parents first."""
        if self.root:
            yield from _walk(self.root, ())

    def entry(self, path: tuple[Any, ...]) -> MappingEntry | None:
        """The entry at exactly `path`, None where there is none."""
        found: MappingEntry | None = None
        value = self.root
        for key in path:
            found = value.items.get(key) if value and value.items else None
            value = found.value if found else None
        return found


class YamlError(Exception):
    """A text that is no YAML, with the place and PyYAML's words on one line.

    `opened` is where that began which is broken at `mark`, such as a quote that is never closed.
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
        As read with ``newline=""``: line ends as they stand.

    Returns
    -------
    Document

    Raises
    ------
    YamlError
        Where dask could not load the text.
    """
    if is_trusted(text):
        try:
            return _parsed(text, FAST)
        except YamlError:
            pass  # again, for the words and the place that dask would give
    return _parsed(text, yaml.SafeLoader)


def _parsed(text: str, kind: Any) -> Document:
    try:
        loader = kind(text)
    except yaml.reader.ReaderError as error:
        words = f"the character {chr(error.character)!r} is not allowed"
        raise YamlError(words, _at(text, error.position)) from None
    try:
        node = loader.get_single_node()
        composer = _Composer(loader)
        root = composer.value(node, ()) if node is not None else None
        return Document(root, composer.duplicates)
    except yaml.MarkedYAMLError as error:
        places = _mark(error.problem_mark), _mark(error.context_mark)
        raise YamlError(_problem(error), *places) from None
    except RecursionError:
        raise YamlError("it is nested too deeply", None) from None
    finally:
        loader.dispose()


class _Composer:
    """Nodes to values; an alias gives the very `YamlValue` of its anchor."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.duplicates: list[Duplicate] = []
        self._made: dict[int, YamlValue] = {}
        self._open: set[int] = set()
        self._common: dict[tuple[str, str], Any] = {}

    def value(self, node: Any, path: tuple[Any, ...]) -> YamlValue:
        """The value of a node that stands at `path`."""
        if (made := self._made.get(id(node))) is not None:
            return made
        if id(node) in self._open:
            raise YamlError("a value contains itself", _mark(node.start_mark))
        self._open.add(id(node))
        if isinstance(node, yaml.MappingNode) and node.tag == _MAP_TAG:
            value = self._mapping(node, path)
        else:
            value = self._leaf(node)
        self._open.discard(id(node))
        self._made[id(node)] = value
        return value

    def _mapping(self, node: Any, path: tuple[Any, ...]) -> YamlValue:
        own = self._own(node)
        items: dict[Any, MappingEntry] = {}
        seen: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            merged = own is not None and id(key_node) not in own
            if not merged:
                if key in seen:
                    ignored = items[key].value.data
                    marks = _place(seen[key]), _place(key_node)
                    self.duplicates.append(Duplicate((*path, key), *marks, ignored))
                seen[key] = key_node
            value = self.value(value_node, (*path, key))
            items[key] = MappingEntry(key, key_node, value, merged)
        data = {key: entry.value.data for key, entry in items.items()}
        return YamlValue(data, node, items=items)

    def _own(self, node: Any) -> set[int] | None:
        """The keys that were there before the merge, None where there is nothing to merge."""
        tags = {key.tag for key, _ in node.value}
        if not tags & {_MERGE_TAG, _VALUE_TAG}:
            return None
        own = {id(key) for key, _ in node.value if key.tag != _MERGE_TAG}
        self.loader.flatten_mapping(node)
        return own

    def _key(self, node: Any) -> Any:
        key = self._construct(node)
        try:
            hash(key)
        except TypeError:
            raise YamlError("a list or mapping stands as a key", _mark(node.start_mark)) from None
        return key

    def _leaf(self, node: Any) -> YamlValue:
        data = self._construct(node)
        if isinstance(node, yaml.ScalarNode):
            return YamlValue(data, node, node.value, not node.style)
        return YamlValue(data, node)

    def _construct(self, node: Any) -> Any:
        tag = node.tag
        if isinstance(node, yaml.ScalarNode):
            if tag == _TEXT_TAG:
                return node.value
            if tag in _COMMON_TAGS:
                known = (tag, node.value)
                if known not in self._common:
                    self._common[known] = self._constructed(node)
                return self._common[known]
        return self._constructed(node)

    def _constructed(self, node: Any) -> Any:
        try:
            return self.loader.construct_object(node, deep=True)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception as error:  # PyYAML hands on what int() and datetime say
            raise YamlError(f"{node.value!r}: {error}", _mark(node.start_mark)) from None


def _walk(
    value: YamlValue, path: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], MappingEntry]]:
    for key, entry in (value.items or {}).items():
        yield (*path, key), entry
        yield from _walk(entry.value, (*path, key))


def _place(node: Any) -> Mark:
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


def _mark(mark: Any) -> Mark | None:
    return Mark(mark.line + 1, mark.column + 1) if mark is not None else None


def _at(text: str, position: int) -> Mark:
    before = text[:position]
    return Mark(before.count("\n") + 1, position - before.rfind("\n"))


def _problem(error: yaml.MarkedYAMLError) -> str:
    words = [part for part in (error.context, error.problem) if part]
    return " ".join(", ".join(words).split())
