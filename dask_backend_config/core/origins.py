"""Where a configuration value was set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["default", "file", "inherited", "variable", "code"]
#: The home folder of another process; empty for that of this one.
_HOME: ContextVar[str] = ContextVar("home", default="")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a configuration value was set.

    Attributes
    ----------
    kind : {"default", "file", "inherited", "variable", "code"}
        ``code`` is a ``dask.config.set`` or an argument: anything that no other layer explains.
        It has a path and line only if a trace recorded it.
    name : str, optional
        The package of a default, the name of a variable, or the name of an argument.
    path : str, optional
        The path by which dask opens the file.
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
        """``path:line:column``, as far as known, with the home directory as ``~``."""
        parts = [tilde(self.path or ""), self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)

    @property
    def source(self) -> str:
        """The file (with the home folder as ``~``), variable or package, without a line."""
        return tilde(self.path) if self.path else str(self)

    @property
    def is_default(self) -> bool:
        """True if no user set the value."""
        return self.kind == "default"

    def as_json(self) -> dict[str, Any]:
        """Return the origin as in JSON output; members that do not apply are None."""
        return {name: getattr(self, name) for name in ("kind", "path", "line", "column", "name")}


def tilde(path: str) -> str:
    """Return `path` with the home directory as ``~``.

    Examples
    --------
    >>> tilde("/etc/dask/dask.yaml")
    '/etc/dask/dask.yaml'
    """
    home = _HOME.get() or os.path.expanduser("~")
    if home not in ("", "/") and (path == home or path.startswith(home + os.sep)):
        return "~" + path[len(home) :]
    return path


@contextmanager
def home_in_use(home: str) -> Iterator[None]:
    """Make `tilde` shorten the home folder of another process, in this thread or task."""
    token = _HOME.set(home)
    try:
        yield
    finally:
        _HOME.reset(token)
