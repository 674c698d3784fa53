"""Where an edit takes effect: the file that decides a key, or the one where a user would look."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..catalogue.known_keys import Path, catalogue
from ..catalogue.shipped import OURS
from ..core.keys import canonical_name, hyphenated
from .resolve import Sources, gather
from .search_path import ROOT_FOLDER, ROOT_VARIABLE, is_config_name, user_folder
from .sources import SourceFile

#: Package -> the file in which it has long been configured.
FILES = {
    "dask": "dask.yaml",
    "distributed": "distributed.yaml",
    "dask_jobqueue": "jobqueue.yaml",
    OURS: "backends.yaml",
}


def file_for(path: Path, sources: Sources, environ: Mapping[str, str]) -> str:
    """The file in which to write a key so that it takes effect, as far as a file can.

    Parameters
    ----------
    path : tuple of str
        The key.
    sources : Sources
    environ : mapping

    Returns
    -------
    str
        The highest file that says the key, unless it lies below the user's own place; there, the
        highest file that has the key's section, else the file that is named like its package.
        The user's own place is what ``DASK_CONFIG`` names, else ``~/.config/dask``.
    """
    place = environ.get("DASK_CONFIG") or user_folder()
    if os.path.isfile(place) or (is_config_name(place) and not os.path.isdir(place)):
        return place
    usable = [file for file in sources.files if file.status in ("ok", "empty")]
    holders = [file for file in usable if says(file, path)]
    if holders and _rank(holders[-1].path, sources) >= _rank(place, sources):
        return holders[-1].path
    own = [file.path for file in usable if os.path.dirname(file.path) == place]
    named = os.path.join(place, FILES.get(catalogue().owner(path) or "", f"{path[0]}.yaml"))
    sectioned = [file.path for file in usable if file.path in own and says(file, path[:1])]
    return named if named in own or not sectioned else sectioned[-1]


def file_in(place: str, path: Path) -> str:
    """The file to edit for a key where `place` is a file, or the folder that it is in.

    What does not exist is a folder where its name has no ending, or a slash behind it.

    Parameters
    ----------
    place : str
    path : tuple of str
        The key.

    Returns
    -------
    str
        Absolute, with the home folder for ``~``.
    """
    whole = os.path.abspath(os.path.expanduser(place))
    is_new_folder = place.endswith(os.sep) or not os.path.splitext(whole)[1]
    if not (os.path.isdir(whole) or (is_new_folder and not os.path.exists(whole))):
        return whole
    return file_for(path, gather({}, [whole]), {"DASK_CONFIG": whole})


def is_for_all(path: str, environ: Mapping[str, str]) -> bool:
    """Whether a file lies in the folder of all users of a machine, such as ``/etc/dask``."""
    shared = os.path.realpath(environ.get(ROOT_VARIABLE, ROOT_FOLDER))
    real = os.path.realpath(path)
    return shared in (real, os.path.dirname(real))


def says(file: SourceFile, path: Path) -> bool:
    """Whether a file holds something at `path`, in either spelling."""
    value = file.document.root if file.document and file.status == "ok" else None
    for name in path:
        items = value.items if value else None
        entry = items.get(canonical_name(name, items)) if items else None
        if entry is None:
            return False
        value = entry.value
    return True


def _rank(path: str, sources: Sources) -> int:
    """The position on the search path of a file or folder; -1 for one that is not on it."""
    for candidate in (path, os.path.dirname(path)):
        if candidate in sources.paths:
            return sources.paths.index(candidate)
    return -1


def spelled(path: Path) -> Path:
    """`path` in the spelling of the defaults, where its key is known."""
    known = catalogue()
    return tuple(map(hyphenated, path)) if known.knows(path) and not known.is_free(path) else path
