"""Edits as data: what is asked of a YAML text, and what it means for a plain dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from ..core.keys import canonical_name, join_path
from .document import Mark


@dataclass(frozen=True, slots=True)
class Set:
    """Put `value` at `path`.

    Attributes
    ----------
    path : tuple of str
        Names as ``dask.config`` takes them: ``-`` and ``_`` are alike where the key stands already.
    value : object
        What YAML can hold: None, texts, numbers, dates, lists and dictionaries.
    comment : str
        The reason, which is written above the key where the key is new.
    """

    path: tuple[str, ...]
    value: Any
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """Take `path` away, and each section that becomes empty by it."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    """Give the key at `path` another name in its place; its value and comments stay."""

    path: tuple[str, ...]
    name: str


Edit = Union[Set, Remove, Rename]


class PatchError(Exception):
    """An edit that is refused, the reason in one line, and the place in the text where it is known.

    Parameters
    ----------
    problem : str
        What stands in the way, and what to do about it.
    mark : Mark, optional
        Where it stands, in the text as the edits before this one left it.
    """

    def __init__(self, problem: str, mark: Mark | None = None) -> None:
        super().__init__(problem, mark)
        self.problem = problem
        self.mark = mark

    def __str__(self) -> str:
        place = f"line {self.mark.line}, column {self.mark.column}: " if self.mark else ""
        return f"{place}{self.problem}"


def edited(data: Any, edits: Sequence[Edit]) -> Any:
    """The data of a document after `edits`, done on dictionaries; `data` stays as it is.

    Raises
    ------
    PatchError
        Where a value stands in the way of a section, or the new name is taken.
    """
    for edit in edits:
        match edit:
            case Set():
                data = _with(data, edit.path, edit)
            case Remove():
                data = _without(data, edit.path)
            case Rename():
                data = _renamed(data, edit.path, edit.name)
    return data


def _with(data: Any, path: tuple[str, ...], edit: Set) -> Any:
    if not path:
        return edit.value
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        way = join_path(edit.path[: len(edit.path) - len(path)]) or "the document"
        raise PatchError(in_the_way(way, data))
    name = canonical_name(path[0], data)
    return {**data, name: _with(data.get(name), path[1:], edit)}


def in_the_way(way: str, data: Any) -> str:
    """Why nothing can be put below `way`, and what helps."""
    kind = "a list" if isinstance(data, list) else "a single value"
    return f"{way} holds {kind} where a section is needed; remove or rename it first"


def taken(name: str) -> str:
    """Why a key cannot be renamed to `name`."""
    return f"{name} stands there already; remove one of the two"


def _without(data: Any, path: tuple[str, ...]) -> Any:
    """`data` without `path`; None where nothing else was there."""
    if not isinstance(data, Mapping):
        return data
    name = canonical_name(path[0], data)
    if name not in data:
        return data
    if len(path) > 1:
        inner = _without(data[name], path[1:])
        if inner is data[name]:
            return data
        if inner is not None:
            return {**data, name: inner}
    return {key: value for key, value in data.items() if key != name} or None


def _renamed(data: Any, path: tuple[str, ...], new: str) -> Any:
    name = canonical_name(path[0], data) if isinstance(data, Mapping) else None
    if name is None or name not in data:
        return data
    if len(path) > 1:
        return {**data, name: _renamed(data[name], path[1:], new)}
    rest = {key: value for key, value in data.items() if key != name}
    if canonical_name(new, rest) in rest:
        raise PatchError(taken(new))
    return {**rest, new: data[name]}
