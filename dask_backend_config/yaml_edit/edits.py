"""Edits of YAML as data, and what they change in a dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from ..core.keys import canonical_name, hyphenated, join_path
from .document import Mark

NoneType = type(None)


@dataclass(frozen=True, slots=True)
class Set:
    """Set the key at `path` to `value`.

    Attributes
    ----------
    path : tuple of str
        Names as in ``dask.config``: an existing key matches with ``-`` or ``_``.
    value : object
        None, bool, int, float, str, date, or lists and dictionaries of them.
    comment : str
        A comment that is written above a new key.
    """

    path: tuple[str, ...]
    value: Any
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the key at `path`, and each section that becomes empty."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    """Rename the key at `path` to `name`. Its position, value and comments stay."""

    path: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Move:
    """Move the key at `path`, with its comments, to the unused path `to`.

    Each section that becomes empty is removed.

    Attributes
    ----------
    path, to : tuple of str
    comment : str
        A comment of one line that is added above the key.
    """

    path: tuple[str, ...]
    to: tuple[str, ...]
    comment: str = ""


_MISSING: Any = object()
Edit = Union[Set, Remove, Rename, Move]


class PatchError(Exception):
    """An edit that was refused.

    Parameters
    ----------
    problem : str
        One line: why, and what to do about it.
    mark : Mark, optional
        The position of the problem in the text, to which earlier edits were applied.
    """

    def __init__(self, problem: str, mark: Mark | None = None) -> None:
        super().__init__(problem, mark)
        self.problem = problem
        self.mark = mark

    def __str__(self) -> str:
        place = f"line {self.mark.line}, column {self.mark.column}: " if self.mark else ""
        return f"{place}{self.problem}"


def edited(data: Any, edits: Sequence[Edit]) -> Any:
    """Return the data of a document after `edits`; `data` itself is not changed.

    Raises
    ------
    PatchError
        If a section is needed where another value is, or a new name exists already.
    """
    for edit in edits:
        data = _moved(data, edit) if isinstance(edit, Move) else _edited(data, edit.path, edit)
    return data


def _moved(data: Any, edit: Move) -> Any:
    value = value_at(data, edit.path, _MISSING)
    if value is _MISSING:
        return data
    if value_at(data, edit.to, _MISSING) is not _MISSING:
        raise PatchError(name_exists(join_path(edit.to)))
    return _edited(_edited(data, edit.to, Set(edit.to, value)), edit.path, Remove(edit.path))


def value_at(data: Any, path: Sequence[str], default: Any = None) -> Any:
    """Return the value at a path in either spelling, `default` if there is none."""
    for name in path:
        if not isinstance(data, Mapping) or (name := canonical_name(name, data)) not in data:
            return default
        data = data[name]
    return data


def moves(data: Any, path: tuple[str, ...], to: tuple[str, ...]) -> list[Rename | Move]:
    """Return the edits that move a key, or each key of a section if there is one at `to`.

    Returns
    -------
    list of Rename or Move
        Empty if a value is in the way.
    """
    for length in range(1, len(to)):
        if not isinstance(value_at(data, to[:length], {}), (Mapping, NoneType)):
            return []
    value, other = value_at(data, path), value_at(data, to, _MISSING)
    if other is _MISSING:
        is_same_section = [*map(hyphenated, path[:-1])] == [*map(hyphenated, to[:-1])]
        return [Rename(path, to[-1]) if is_same_section else Move(path, to)]
    if not (isinstance(value, Mapping) and isinstance(other, Mapping)):
        return []
    inner = [moves(data, (*path, name), (*to, name)) for name in value if isinstance(name, str)]
    return [edit for each in inner for edit in each] if all(inner) and inner else []


def _edited(data: Any, path: tuple[str, ...], edit: Edit) -> Any:
    """Return the section `data` after an edit of `path` below it, None if nothing is left."""
    if data is None and isinstance(edit, Set):
        data = {}
    if not isinstance(data, Mapping):
        if isinstance(edit, Set):
            raise PatchError(not_a_section(edit.path[: -len(path)], data))
        return data
    name = canonical_name(path[0], data)
    if name not in data and not isinstance(edit, Set):
        return data
    others = {key: value for key, value in data.items() if key != name}
    if len(path) > 1:
        inner = _edited(data.get(name), path[1:], edit)
        is_emptied = isinstance(edit, Remove) and inner is None and data[name] is not None
        return (others or None) if is_emptied else {**data, name: inner}
    match edit:
        case Set():
            return {**data, name: edit.value}
        case Remove():
            return others or None
        case Rename():
            if canonical_name(edit.name, others) in others:
                raise PatchError(name_exists(edit.name))
            return {**others, edit.name: data[name]}


def not_a_section(path: Sequence[Any], data: Any) -> str:
    """Return the message for a value below which no key can be set."""
    kind = "a list" if isinstance(data, list) else "a single value"
    where = join_path(path) or "the document"
    return f"{where} is {kind}, but a section is needed; remove or rename it first"


def name_exists(name: str) -> str:
    """Return the message for a key that cannot be renamed to `name`."""
    return f"{name} exists already; remove one of the two"
