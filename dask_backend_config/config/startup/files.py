"""Files that values name and that dask cannot open on this machine."""

from __future__ import annotations

import os
import re
from typing import Any

from ...core.strings import references
from ..merge import Branch
from .modules import entry_of, imported_names
from .problem import Problems, StartupProblem, user_leaves

_CORRECT = "Correct the path, or create the file"


def problems(tree: Branch) -> Problems:
    """Yield the user's values that name files which dask cannot open."""
    for path, leaf in user_leaves(tree):
        entry = entry_of(path)
        names: list[Any] = []
        if entry.get("file"):
            names = [leaf.value]
        elif entry.get("imports"):
            names = [name for name in imported_names(leaf.value) if name.endswith(".py")]
        for name in names:
            if is_path(name) and (wrong := unreadable(name)):
                yield StartupProblem(
                    "missing-file", "error", path, leaf, wrong, _CORRECT, entry=name
                )


def is_path(value: Any) -> bool:
    """Return whether dask opens a value as a path as it stands.

    It does not open the text of a certificate. Other checks report variables in the value, also
    those in braces.
    """
    return (
        isinstance(value, str)
        and value != ""
        and "\n" not in value
        and not references(value)
        and not re.search(r"\{\w+\}", value)
    )


def unreadable(path: str) -> str | None:
    """Return why this process cannot open a file for reading; None if it can."""
    if not os.path.exists(path):
        return "is a file that does not exist on this machine"
    if os.path.isdir(path):
        return "is a folder; a file is expected"
    return None if os.access(path, os.R_OK) else "is a file that you may not read"
