"""Where a value comes from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["default", "file", "inherited", "variable", "code"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The place that a value comes from.

    Attributes
    ----------
    kind : {"default", "file", "inherited", "variable", "code"}
        ``code`` is a ``dask.config.set``, or an argument: what no other layer explains. It has a
        place where a `trace` saw it.
    name : str, optional
        The package of a default, the name of a variable, the argument's name.
    path : str, optional
        The file, as dask opens it.
    line, column : int, optional
        Where the value begins, both counted from 1.
    """

    kind: Kind
    name: str | None = None
    path: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        if self.kind == "file" or (self.kind == "code" and self.path):
            return self.place
        if self.kind == "default":
            return f"default of {self.name}"
        return self.name or self.kind

    @property
    def place(self) -> str:
        """``path:line:column`` with the home folder as ``~``; only what is known of it."""
        parts = [tilde(self.path or ""), self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)

    @property
    def source(self) -> str:
        """The file (with the home folder as ``~``), variable or package, without a line."""
        return tilde(self.path) if self.path else str(self)

    @property
    def is_default(self) -> bool:
        """Whether no user set the value."""
        return self.kind == "default"

    def as_json(self) -> dict[str, Any]:
        """The five members that design's JSON promises, null where they do not apply."""
        return {
            "kind": self.kind,
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "name": self.name,
        }


def tilde(path: str) -> str:
    """Shorten a path below the home folder to begin with ``~``, as shells print it.

    Examples
    --------
    >>> tilde("/etc/dask/dask.yaml")
    '/etc/dask/dask.yaml'
    """
    home = os.path.expanduser("~")
    if home not in ("", "/") and (path == home or path.startswith(home + os.sep)):
        return "~" + path[len(home) :]
    return path
