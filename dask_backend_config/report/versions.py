"""The versions that a report or an error message names."""

from __future__ import annotations

import platform
from importlib import metadata

from ..core.version import __version__

_PACKAGES = ("dask", "distributed", "dask-jobqueue")


def versions() -> dict[str, str]:
    """Return the versions of this package, Python, the dask packages and the platform."""
    found = {"dask-backend-config": __version__, "Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return {**found, "platform": platform.platform()}
