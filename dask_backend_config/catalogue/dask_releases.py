"""What differs between releases of dask: how each reads configuration.

Default files, schemas and lists of renamed keys differ, too; they are read from the installed
packages, see `shipped`. dask-keys.yaml has what differs for a single key. dask and distributed are
released together, with the same version.
"""

from __future__ import annotations

import functools
import math
import os
import re
from dataclasses import dataclass

from .installation import current
from .package_files import package_folder

#: The oldest supported release: CI tests it.
OLDEST = "2024.12.0"
#: Each field of `DaskRules` -> the first release of which it is true.
SINCE = {"renames_in_each_layer": "2026.3.0"}


@dataclass(frozen=True)
class DaskRules:
    """How a release of dask reads configuration; all is true of the newest releases.

    Attributes
    ----------
    renames_in_each_layer : bool
        dask renames old keys in each file and in the variables, and merges these from the highest
        to the lowest. So a new name in a higher layer wins over an old name in a lower one, and the
        first of two spellings of a key in one file wins. Before, it merged from the lowest to the
        highest, and renamed old keys in the result: any old name won over the new one, and the last
        of two spellings.
    """

    renames_in_each_layer: bool = True


def rules_of(version: str) -> DaskRules:
    """Return how the release of a version reads configuration.

    Examples
    --------
    >>> rules_of("2025.12.0").renames_in_each_layer, rules_of("2026.3.0").renames_in_each_layer
    (False, True)
    """
    return DaskRules(**{name: not is_before(version, since) for name, since in SINCE.items()})


def is_before(version: str, release: str) -> bool:
    """Return whether a version is older than a release; an unknown version counts as the newest.

    Examples
    --------
    >>> is_before("2025.12.0+3.g0a1b2c3", "2026.1.0"), is_before("unknown", "2026.1.0")
    (True, False)
    """
    return _numbers(version) < _numbers(release)


def installed_rules() -> DaskRules:
    """Return how the installed release reads configuration."""
    return rules_of(installed_version())


def installed_version() -> str:
    """Return the version of the dask in the installation in use; empty if there is none."""
    return current().dask_version or _own_version()


@functools.cache
def _own_version() -> str:
    """Return the version of this process's dask without importing it; empty if there is none."""
    home = package_folder("dask")
    if home is None:
        return ""
    for name in os.listdir(home.parent):
        if found := re.fullmatch(r"dask-(\d.*)\.dist-info", name):
            return found[1]
    from importlib import metadata  # slow to import; an editable install needs it

    return metadata.version("dask")


def _numbers(version: str) -> tuple[float, ...]:
    """Return the numbers of a version such as ``2026.3.0+5.g0a1b2c3``; infinity if unknown."""
    found = re.match(r"[1-9]\d*(\.\d+)*", version)  # without tags, git gives "0+unknown"
    return tuple(map(int, found[0].split("."))) if found else (math.inf,)
