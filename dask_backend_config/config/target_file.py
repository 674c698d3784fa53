"""Choose the file to edit: the one that decides a key, or the one where a user would look."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..catalogue.known_keys import Path, catalogue
from ..catalogue.shipped import OURS
from ..core.keys import hyphenated
from .merge import find
from .search_path import ROOT_FOLDER, ROOT_VARIABLE, is_config_name, user_folder
from .sources import SourceFile, Sources, gather

#: Package -> the usual name of its file.
FILES = {
    "dask": "dask.yaml",
    "distributed": "distributed.yaml",
    "dask_jobqueue": "jobqueue.yaml",
    OURS: "backends.yaml",
}


def file_for(path: Path, sources: Sources, environ: Mapping[str, str]) -> str:
    """Return the file in which to write a key so that it takes effect, as far as a file can.

    Parameters
    ----------
    path : tuple of str
        The key.
    sources : Sources
    environ : mapping

    Returns
    -------
    str
        The highest file that sets the key, unless it is below the user's own folder or file on the
        search path. Otherwise the highest file of the user's folder that has the key's section, or
        the file with the name of its package. The user's folder or file is ``DASK_CONFIG``, or
        ``~/.config/dask`` if that is not set.
    """
    place = environ.get("DASK_CONFIG") or user_folder()
    if os.path.isfile(place) or (is_config_name(place) and not os.path.isdir(place)):
        return place
    usable = [file for file in sources.files if file.status in ("ok", "empty")]
    holders = [file for file in usable if says(file, path)]
    if holders and _rank(holders[-1].path, sources) >= _rank(place, sources):
        return holders[-1].path
    own = [file for file in usable if os.path.dirname(file.path) == place]
    named = os.path.join(place, FILES.get(catalogue().owner(path) or "", f"{path[0]}.yaml"))
    sectioned = [file.path for file in own if says(file, path[:1])]
    return named if not sectioned or named in [file.path for file in own] else sectioned[-1]


def file_in(place: str, path: Path) -> str:
    """Return the file to edit for a key if `place` is a file, or the folder of the file.

    A path that does not exist is a folder if it has no file extension, or ends with a slash.

    Parameters
    ----------
    place : str
    path : tuple of str
        The key.

    Returns
    -------
    str
        An absolute path; ``~`` is expanded.
    """
    absolute = os.path.abspath(os.path.expanduser(place))
    is_new_folder = place.endswith(os.sep) or not os.path.splitext(absolute)[1]
    if not (os.path.isdir(absolute) or (is_new_folder and not os.path.exists(absolute))):
        return absolute
    return file_for(path, gather({}, [absolute]), {"DASK_CONFIG": absolute})


def is_for_all(path: str, environ: Mapping[str, str]) -> bool:
    """Return whether a file is in the folder of all users of a machine, such as ``/etc/dask``."""
    shared = os.path.realpath(environ.get(ROOT_VARIABLE, ROOT_FOLDER))
    real = os.path.realpath(path)
    return shared in (real, os.path.dirname(real))


def says(file: SourceFile, path: Path) -> bool:
    """Return whether a file sets `path`, in either spelling."""
    return find(file.tree(), path) is not None


def _rank(path: str, sources: Sources) -> int:
    """Return the position of a file or folder on the search path; -1 if it is not on it."""
    for candidate in (path, os.path.dirname(path)):
        if candidate in sources.paths:
            return sources.paths.index(candidate)
    return -1


def spelled(path: Path) -> Path:
    """Return `path` in the spelling of the defaults if its key is known."""
    known = catalogue()
    return tuple(map(hyphenated, path)) if known.knows(path) and not known.is_free(path) else path
