"""What differs between releases of dask, as far as this package depends on it.

Default files, schemas and lists of renamed keys differ, too. They are read from the installed
packages (`shipped`), so that no list of them is needed here. dask and distributed are released
together, with the same version.
"""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass, fields

from .installation import current
from .shipped import package_folder

#: The oldest supported release: CI tests it.
OLDEST = "2024.12.0"
#: Each field of `DaskRules` -> the first release of which it is true.
SINCE = {
    "dataframe_needs_query_planning": "2025.1.0",
    "renames_in_each_layer": "2026.3.0",
}


@dataclass(frozen=True)
class DaskRules:
    """What a release of dask does; the newest releases do all of it.

    Attributes
    ----------
    dataframe_needs_query_planning : bool
        ``import dask.dataframe`` fails if ``dataframe.query-planning`` is false. Before, that chose
        the DataFrame without query planning.
    renames_in_each_layer : bool
        dask renames old keys in each file and in the variables, and merges these from the highest
        to the lowest. So a new name in a higher layer wins over an old name in a lower one, and the
        first of two spellings of a key in one file wins. Before, it merged from the lowest to the
        highest, and renamed old keys in the result: any old name won over the new one, and the last
        of two spellings.
    """

    dataframe_needs_query_planning: bool = True
    renames_in_each_layer: bool = True


def rules_of(version: str) -> DaskRules:
    """Return what the release of a version does.

    A version between two releases counts as the earlier one, an unknown one as the newest.

    Examples
    --------
    >>> rules_of("2025.12.0").renames_in_each_layer, rules_of("2026.3.0").renames_in_each_layer
    (False, True)
    """
    release = _release(version)
    if not release:
        return DaskRules()
    names = [field.name for field in fields(DaskRules)]
    return DaskRules(**{name: release >= _release(SINCE[name]) for name in names})


def installed_rules() -> DaskRules:
    """Return what the release of the installation in use does."""
    return rules_of(current().dask_version or installed_version())


@functools.cache
def installed_version() -> str:
    """Return the version of the installed dask without importing it; empty if there is none."""
    home = package_folder("dask")
    if home is None:
        return ""
    for name in os.listdir(home.parent):
        if found := re.fullmatch(r"dask-(\d.*)\.dist-info", name):
            return found[1]
    from importlib import metadata  # slow to import; an editable install needs it

    return metadata.version("dask")


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version such as ``2026.3.0+5.g0a1b2c3``; empty without a year."""
    found = re.match(r"20\d\d(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()
