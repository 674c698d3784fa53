"""Find the modules and plugins that a Python has, without importing them.

This source is also a program for another interpreter, see `config.snapshot_installation`: it needs
Python 3.8 or later, and only the standard library.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from importlib.machinery import PathFinder
from typing import Any

#: Begins the line with the answer; an interpreter may print other lines.
ANSWER = "dask-configuration-answer:"


def is_importable(name: str) -> bool:
    """Return whether a module is found here or in the working directory; it is not imported.

    Examples
    --------
    >>> is_importable("logging.handlers"), is_importable("logging.missing")
    (True, False)
    """
    if name in sys.modules:  # modules such as os.path have no file of that name
        return True
    first, *rest = name.split(".")
    try:
        spec = importlib.util.find_spec(first) or PathFinder.find_spec(first, [os.getcwd()])
        for part in rest:
            if spec is None or spec.submodule_search_locations is None:
                return False
            full = f"{spec.name}.{part}"
            spec = PathFinder.find_spec(full, list(spec.submodule_search_locations))
    except (ImportError, ValueError, OSError):
        return False
    return spec is not None


def plugins(group: str) -> list[str]:
    """Return the names of the entry points in a group."""
    from importlib.metadata import entry_points  # takes longer than all checks

    found: Any = entry_points()
    chosen = found.select(group=group) if hasattr(found, "select") else found.get(group, ())
    return sorted({point.name for point in chosen})


QUESTIONS: dict[str, Any] = {"is_importable": is_importable, "plugins": plugins}

if __name__ == "__main__":
    sys.stdout.write(f"{ANSWER}{json.dumps(QUESTIONS[sys.argv[1]](sys.argv[2]))}\n")
