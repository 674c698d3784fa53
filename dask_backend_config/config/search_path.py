"""Where dask looks for files."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Collection, Mapping, Sequence

#: Where all users of a machine are configured, and the variable that names another folder.
ROOT_FOLDER = "/etc/dask"
ROOT_VARIABLE = "DASK_ROOT_CONFIG"


def search_paths(environ: Mapping[str, str]) -> list[str]:
    """The folders and files that dask searches, lowest first, as ``dask.config._get_paths``."""
    prefixes = [sys.prefix, *site.PREFIXES]
    paths = [
        environ.get(ROOT_VARIABLE, ROOT_FOLDER),
        *(os.path.join(prefix, "etc", "dask") for prefix in prefixes),
        user_folder(),
    ]
    if "DASK_CONFIG" in environ:
        paths.append(environ["DASK_CONFIG"])
    return list(reversed(dict.fromkeys(reversed(paths))))


def user_folder() -> str:
    """``~/.config/dask``."""
    return os.path.join(os.path.expanduser("~"), ".config", "dask")


def config_files(paths: Sequence[str], also: Collection[str] = ()) -> list[str]:
    """The files that dask reads below `paths`, lowest first.

    Parameters
    ----------
    paths : sequence of str
        Folders and files.
    also : collection of str
        Files that are taken to exist.
    """
    found: list[str] = []
    for path in paths:
        expected = [os.path.basename(file) for file in also if os.path.dirname(file) == path]
        if os.path.isdir(path) or expected:
            names = {*_listed(path), *expected}
            found.extend(sorted(os.path.join(path, name) for name in names if is_config_name(name)))
        elif os.path.exists(path) or path in also:
            found.append(path)
    return found


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # dask passes over what it cannot list
        return []


def is_config_name(name: str) -> bool:
    """Whether dask reads a file of that name in a folder."""
    return os.path.splitext(name)[1].lower() in (".json", ".yaml", ".yml")
