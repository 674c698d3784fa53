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


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text: line and column, both counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Value:
    """A value of a document.

    Attributes
    ----------
    data : object
        What PyYAML makes of it; for a mapping, a plain dictionary.
    mark : Mark
        Where it begins.
    text : str, optional
        A scalar's characters before they became `data`, quotes taken off.
    plain : bool
        Whether a scalar stands without quotes.
    items : dict, optional
        A mapping's entries: key -> `Entry`.
    """

    data: Any
    mark: Mark
    text: str | None = None
    plain: bool = False
    items: dict[Any, Entry] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping, where it stands, and its value."""

    key: Any
    mark: Mark
    value: Value


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

    root: Value | None
    duplicates: list[Duplicate] = field(default_factory=list)

    @property
    def data(self) -> Any:
        return self.root.data if self.root else None

    def walk(self) -> Iterator[tuple[tuple[Any, ...], Entry]]:
        """Every entry of every mapping that is not inside of a list, parents first."""
        if self.root:
            yield from _walk(self.root, ())

    def entry(self, path: tuple[Any, ...]) -> Entry | None:
        """The entry at exactly `path`, None where there is none."""
        found: Entry | None = None
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
    """Nodes to values; an alias gives the very `Value` of its anchor."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.duplicates: list[Duplicate] = []
        self._made: dict[int, Value] = {}
        self._open: set[int] = set()

    def value(self, node: Any, path: tuple[Any, ...]) -> Value:
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

    def _mapping(self, node: Any, path: tuple[Any, ...]) -> Value:
        own = {id(key) for key, _ in node.value if key.tag != _MERGE_TAG}
        self.loader.flatten_mapping(node)
        items: dict[Any, Entry] = {}
        seen: dict[Any, Mark] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            mark = _place(key_node)
            if id(key_node) in own:
                if key in seen:
                    ignored = items[key].value.data
                    self.duplicates.append(Duplicate((*path, key), seen[key], mark, ignored))
                seen[key] = mark
            items[key] = Entry(key, mark, self.value(value_node, (*path, key)))
        data = {key: entry.value.data for key, entry in items.items()}
        return Value(data, _place(node), items=items)

    def _key(self, node: Any) -> Any:
        key = self._construct(node)
        try:
            hash(key)
        except TypeError:
            raise YamlError("a list or mapping stands as a key", _mark(node.start_mark)) from None
        return key

    def _leaf(self, node: Any) -> Value:
        scalar = isinstance(node, yaml.ScalarNode)
        return Value(
            self._construct(node),
            _place(node),
            text=node.value if scalar else None,
            plain=scalar and not node.style,
        )

    def _construct(self, node: Any) -> Any:
        try:
            return self.loader.construct_object(node, deep=True)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception as error:  # PyYAML hands on what int() and datetime say
            raise YamlError(f"{node.value!r}: {error}", _mark(node.start_mark)) from None


def _walk(value: Value, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Entry]]:
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
