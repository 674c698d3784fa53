"""The folders and files in which dask looks for configuration."""

from __future__ import annotations

import os
import re
import site
import stat
import sys
from collections.abc import Collection, Mapping, Sequence

#: The folder with the configuration of all users, and the variable that names another folder.
ROOT_FOLDER = "/etc/dask"
ROOT_VARIABLE = "DASK_ROOT_CONFIG"

_FORMATS = (".json", ".yaml", ".yml")
#: Endings that are mistakes. Others, such as .bak and .disabled, keep dask from reading a file.
_WRONG_ENDING = re.compile(r"|\.|\.(txt|conf|cfg|config|ini|y[aml]{1,4} *|json +)")
#: Folders in which people keep what dask should not read.
_PUT_ASIDE = re.compile(
    r"[._~]|.*(bak|backup|old|orig|save|disabled|unused|archive|example|sample|template|test)", re.I
)
_LARGEST = 1_000_000


def search_paths(environ: Mapping[str, str]) -> list[str]:
    """Return the folders and files that dask searches, lowest first: ``dask.config._get_paths``."""
    paths = [
        environ.get(ROOT_VARIABLE, ROOT_FOLDER),
        *(os.path.join(prefix, "etc", "dask") for prefix in (sys.prefix, *site.PREFIXES)),
        user_folder(),
    ]
    if "DASK_CONFIG" in environ:
        paths.append(environ["DASK_CONFIG"])
    return list(reversed(dict.fromkeys(reversed(paths))))


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
            names = {*_listed(path), *expected}
            found.extend(sorted(os.path.join(path, name) for name in names if is_config_name(name)))
        elif os.path.exists(path) or path in also:
            found.append(path)
    return found


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # dask skips folders that it cannot list
        return []


def is_config_name(name: str) -> bool:
    """Return whether dask reads a file of this name in a folder."""
    return os.path.splitext(name)[1].lower() in _FORMATS


def unread_files(paths: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Return files that look like configuration, but are in no place that dask reads.

    These are files with a wrong ending and subfolders in the folders of `paths`, and the folders
    in which users of other programs, or of old releases of dask, expect configuration.

    Parameters
    ----------
    paths : sequence of str
        Folders and files that dask searches.
    environ : mapping
        The environment variables.
    """
    read = {os.path.realpath(path) for path in [*paths, *config_files(paths)]}
    folders = [*(path for folder in paths for path in _subfolders(folder)), *_other_paths(environ)]
    unread = config_files([path for path in folders if os.path.realpath(path) not in read])
    found = [*(path for folder in paths for path in _misnamed(folder)), *unread]
    return [
        path
        for path in dict.fromkeys(found)
        if os.path.realpath(path) not in read and _is_small_file(path)
    ]


def _misnamed(folder: str) -> list[str]:
    """Return the files of a folder whose ending is a mistake."""
    endings = {name: os.path.splitext(name)[1].lower() for name in _listed(folder)}
    return [
        os.path.join(folder, name)
        for name, ending in sorted(endings.items())
        if ending not in _FORMATS and _WRONG_ENDING.fullmatch(ending) and name[0] != "."
    ]


def _subfolders(folder: str) -> list[str]:
    names = [name for name in sorted(_listed(folder)) if not _PUT_ASIDE.match(name)]
    return list(filter(os.path.isdir, (os.path.join(folder, name) for name in names)))


def _other_paths(environ: Mapping[str, str]) -> list[str]:
    """Return where users of other programs, or of old releases of dask, expect configuration."""
    user, xdg = user_folder(), environ.get("XDG_CONFIG_HOME")
    paths = [os.path.join(os.path.expanduser("~"), ".dask"), *(user + each for each in _FORMATS)]
    return [*paths, os.path.join(xdg, "dask")] if xdg else paths


def _is_small_file(path: str) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST
