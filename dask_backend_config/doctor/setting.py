"""One place where a user set a key: its value, findings about it, and fixes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..catalogue.known_keys import is_own_section
from ..config.sources import SourceFile, Variable
from ..core.keys import hyphenated, join_path
from ..core.origins import Origin
from ..yaml_edit.edits import moves
from ..yaml_edit.patch import Remove, Set
from .findings import Finding, Fix, Severity

#: Path of a section -> whether to visit the keys in it.
Enter = Callable[[tuple[str, ...]], bool]


@dataclass(frozen=True, slots=True)
class Setting:
    """One place where a user set a key or opened a section.

    Attributes
    ----------
    path : tuple of str
        The key's names as written.
    value : object
        As dask reads it; a mapping for a section.
    origin : Origin
        The place of the value in `Facts.settings`, of the key in `Facts.occurrences`.
    text : str, optional
        The characters of a YAML scalar without its quotes, or of the variable.
    plain : bool
        Whether a YAML scalar is unquoted.
    file : SourceFile, optional
        The file that sets the key.
    variable : Variable, optional
        The variable that sets the key, or whose value contains it.
    """

    path: tuple[str, ...]
    value: Any
    origin: Origin
    text: str | None = None
    plain: bool = False
    file: SourceFile | None = None
    variable: Variable | None = None

    @property
    def key(self) -> str:
        """The dotted key with ``-`` in names."""
        return hyphenated(join_path(self.path))

    @property
    def own_variable(self) -> Variable | None:
        """The variable whose name is this key; None in a file or inside of a variable's value."""
        variable = self.variable
        return variable if variable and variable.key == join_path(self.path) else None

    def with_inner(self, enter: Enter = lambda path: True) -> Iterator[Setting]:
        """Yield it, then what a mapping in its value holds, each section before its keys."""
        yield self
        if isinstance(self.value, Mapping) and enter(self.path):
            for name, value in self.value.items():
                if isinstance(name, str):
                    inner = replace(self, path=(*self.path, name), value=value, text=None)
                    yield from inner.with_inner(enter)

    def finding(
        self, severity: Severity, message: str, hint: str, fix: Fix | None = None
    ) -> Finding:
        """Return a finding about this key at this place.

        In a section of ``jobqueue`` with a name of its own it is an info: another package's class
        may read the section, by other rules.
        """
        if len(self.path) > 2 and is_own_section(self.path):
            severity = "info"
        return Finding(severity, message, hint, self.key, self.origin, fix)

    def fix_by_setting(self, value: Any) -> Fix | None:
        """Return a fix that replaces the value in its file; None in a variable."""
        return Fix((Set(self.path, value),)) if self.file else None

    def fix_by_removing(self) -> Fix | None:
        """Return a fix that removes the key from its file; None in a variable."""
        return Fix((Remove(self.path),)) if self.file else None

    def fix_by_moving(self, path: tuple[str, ...], safe: bool = True) -> Fix | None:
        """Return a fix that moves the key in its file; None if it is set there, or in a variable.

        The keys of a section that is there as well are moved one by one.
        """
        if not self.file or not self.file.document:
            return None
        edits = tuple(moves(self.file.document.data, self.path, path))
        return Fix(edits, safe) if edits else None


def setting_of(variable: Variable) -> Setting:
    """Return what a variable sets."""
    path = tuple(variable.key.split("."))
    return Setting(path, variable.value, variable.origin, variable.text, variable=variable)
