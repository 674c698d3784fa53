"""The folders and files in which dask looks for configuration.

The program that takes a snapshot contains this source, see `snapshot_program`.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Collection, Mapping, Sequence

#: The folder with the configuration of all users, and the variable that names another folder.
ROOT_FOLDER = "/etc/dask"
ROOT_VARIABLE = "DASK_ROOT_CONFIG"

#: The endings of the files that dask reads in a folder.
FORMATS = (".json", ".yaml", ".yml")


def search_paths(environ: Mapping[str, str]) -> list[str]:
    """Return the folders and files that dask searches, lowest first: ``dask.config._get_paths``."""
    return list(explained_paths(environ))


def explained_paths(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the same paths, each with the variable or folder that it comes from."""
    root = ROOT_VARIABLE if ROOT_VARIABLE in environ else "all users of this machine"
    paths = [
        (environ.get(ROOT_VARIABLE, ROOT_FOLDER), root),
        (os.path.join(sys.prefix, "etc", "dask"), "sys.prefix"),
        *((os.path.join(prefix, "etc", "dask"), "site.PREFIXES") for prefix in site.PREFIXES),
        (user_folder(), "home folder"),
    ]
    if "DASK_CONFIG" in environ:
        paths.append((environ["DASK_CONFIG"], "DASK_CONFIG"))
    found: dict[str, str] = {}
    for path, reason in paths:
        found.pop(path, None)  # the last place counts
        found[path] = reason
    return found


def user_folder() -> str:
    """Return ``~/.config/dask``."""
    return os.path.join(os.path.expanduser("~"), ".config", "dask")


def config_files(paths: Sequence[str], also: Collection[str] = ()) -> list[str]:
    """Return the files that dask reads in `paths`, lowest first.

    Parameters
    ----------
    paths : sequence of str
        Folders and files.
    also : collection of str
        Files to assume, whether or not they exist.
    """
    found: list[str] = []
    for path in paths:
        expected = [os.path.basename(file) for file in also if os.path.dirname(file) == path]
        if os.path.isdir(path) or expected:
            names = {*listed(path), *expected}
            found.extend(sorted(os.path.join(path, name) for name in names if is_config_name(name)))
        elif os.path.exists(path) or path in also:
            found.append(path)
    return found


def listed(folder: str) -> list[str]:
    """Return the names in a folder, none if it cannot be listed."""
    try:
        return os.listdir(folder)
    except OSError:  # dask skips folders that it cannot list
        return []


def is_config_name(name: str) -> bool:
    """Return whether dask reads a file of this name in a folder."""
    return os.path.splitext(name)[1].lower() in FORMATS
