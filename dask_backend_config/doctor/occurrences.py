"""The places where users set keys: in files, in variables, and in mappings that variables hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..config.sources import SourceFile, Variable
from ..core.keys import hyphenated, join_path
from ..core.origins import Origin
from ..yaml_edit.document import YamlValue
from .findings import Finding, Fix, Severity

#: Path of a section -> whether to visit the keys in it.
Enter = Callable[[tuple[str, ...]], bool]


@dataclass(frozen=True, slots=True)
class KeyOccurrence:
    """One place where a user set a key or opened a section.

    Attributes
    ----------
    path : tuple of str
        The key's names as written.
    value : object
        As dask reads it; a mapping for a section.
    origin : Origin
        The place of the key.
    variable : Variable, optional
        The variable that sets the key, or whose value contains it.
    """

    path: tuple[str, ...]
    value: Any
    origin: Origin
    variable: Variable | None = field(default=None, kw_only=True)

    @property
    def key(self) -> str:
        """The dotted key with ``-`` in names."""
        return hyphenated(join_path(self.path))

    @property
    def own_variable(self) -> Variable | None:
        """The variable whose name is this key; None in a file or inside of a variable's value."""
        variable = self.variable
        return variable if variable and variable.key == join_path(self.path) else None

    def finding(
        self, severity: Severity, message: str, hint: str, fix: Fix | None = None
    ) -> Finding:
        """Return a finding about this key at this place."""
        return Finding(severity, message, hint, self.key, self.origin, fix)


@dataclass(frozen=True, slots=True)
class Setting(KeyOccurrence):
    """One place where a user set a value: no section, except where dask expects a value.

    `origin` is the place of the value.

    Attributes
    ----------
    text : str, optional
        The characters of a YAML scalar without its quotes, or of the variable.
    plain : bool
        Whether a YAML scalar is unquoted.
    file : SourceFile, optional
        The file that sets the value.
    """

    text: str | None = None
    plain: bool = False
    file: SourceFile | None = None


def occurrences_in_file(file: SourceFile, enter: Enter) -> Iterator[KeyOccurrence]:
    """Yield the keys of a file that dask uses, each section before its keys."""
    if file.status == "ok" and file.document and file.document.root:
        yield from _in_section(file, file.document.root, (), enter)


def occurrences_in_variable(variable: Variable, enter: Enter) -> Iterator[KeyOccurrence]:
    """Yield the key that a variable sets, then the keys of a mapping in its value."""
    yield from _in_value(variable, tuple(variable.key.split(".")), variable.value, enter)


def setting_in_file(file: SourceFile, path: tuple[Any, ...], value: YamlValue) -> Setting:
    """Return the setting of a YAML value."""
    return Setting(path, value.data, file.origin(value.mark), value.text, value.plain, file)


def setting_of_variable(variable: Variable) -> Setting:
    """Return the setting of a variable."""
    path = tuple(variable.key.split("."))
    return Setting(path, variable.value, variable.origin, variable.text, variable=variable)


def _in_section(
    file: SourceFile, section: YamlValue, parent: tuple[str, ...], enter: Enter
) -> Iterator[KeyOccurrence]:
    for key, entry in (section.items or {}).items():
        path = (*parent, key)
        yield KeyOccurrence(path, entry.value.data, file.origin(entry.mark))
        if entry.value.items and enter(path):
            yield from _in_section(file, entry.value, path, enter)


def _in_value(
    variable: Variable, path: tuple[str, ...], value: Any, enter: Enter
) -> Iterator[KeyOccurrence]:
    yield KeyOccurrence(path, value, variable.origin, variable=variable)
    if isinstance(value, Mapping) and enter(path):
        for name, inner in value.items():
            if isinstance(name, str):
                yield from _in_value(variable, (*path, name), inner, enter)
