"""Paths of files as seen from a checkout, for programs that show findings beside the code."""

from __future__ import annotations

import os


def path_in(folder: str, path: str) -> str | None:
    """Return the path of a file in a folder, with ``/``; None for a file elsewhere."""
    found = os.path.relpath(os.path.realpath(path), os.path.realpath(folder))
    return None if found.split(os.sep)[0] == os.pardir else found.replace(os.sep, "/")
