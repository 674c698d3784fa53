"""Find files that look like configuration, but are in no place that dask reads."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping, Sequence

from .search_path import FORMATS, config_files, listed, user_folder

#: Endings that are mistakes. Others, such as .bak and .disabled, keep dask from reading a file.
_WRONG_ENDING = r"|\.|\.(txt|conf|cfg|config|ini|y[aml]{1,4} *|json +)"
#: Folders in which people keep what dask should not read.
_PUT_ASIDE = (
    r"(?i)[._~]|.*(?<![a-z])(bak|backups?|old|orig(inal)?|saved?|disabled|unused|archived?"
    r"|examples?|samples?|templates?|tests?)(?![a-z])"
)
_LARGEST = 1_000_000


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
    endings = {name: os.path.splitext(name)[1].lower() for name in listed(folder)}
    return [
        os.path.join(folder, name)
        for name, ending in sorted(endings.items())
        if ending not in FORMATS and re.fullmatch(_WRONG_ENDING, ending) and name[0] != "."
    ]


def _subfolders(folder: str) -> list[str]:
    paths = (os.path.join(folder, name) for name in sorted(listed(folder)))
    return [
        path
        for path in paths
        if os.path.isdir(path) and not re.match(_PUT_ASIDE, os.path.basename(path))
    ]


def _other_paths(environ: Mapping[str, str]) -> list[str]:
    """Return where users of other programs, or of old releases of dask, expect configuration."""
    user, xdg = user_folder(), environ.get("XDG_CONFIG_HOME")
    paths = [os.path.join(os.path.expanduser("~"), ".dask"), *(user + each for each in FORMATS)]
    return [*paths, os.path.join(xdg, "dask")] if xdg else paths


def _is_small_file(path: str) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST
