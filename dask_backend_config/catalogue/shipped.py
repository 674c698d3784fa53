"""The YAML files of this package, and those of the other packages of the installation in use."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..yaml_edit import loaders
from .installation import cached, current
from .package_files import OUR_FILES
from .package_files import OURS as OURS
from .package_files import PACKAGES as PACKAGES
from .package_files import PackageFiles as PackageFiles
from .package_files import package_folder as package_folder

RECOMMENDED, BACKENDS = OUR_FILES
BACKENDS_SCHEMA = "backends-schema.yaml"


@cached
def other_packages() -> tuple[PackageFiles, ...]:
    """Return the other installed packages that bring defaults, such as dask_gateway, by name.

    They are found on ``sys.path``, except in the folder of the script and the working directory,
    which are no place for installed packages.
    """
    return current().other_packages()


def folder() -> Path:
    """Return the folder of this package's YAML: inside the package in a wheel, else beside it."""
    package = Path(__file__).parents[1]
    inside = package / "defaults"
    return inside if inside.is_dir() else package.parent / "defaults"


def text(name: str) -> str:
    """Return one of this package's YAML files with its comments."""
    return (folder() / name).read_text(encoding="utf-8")


def read(name: str) -> dict[str, Any]:
    """Parse one of this package's YAML files; each call returns new objects."""
    return loaders.load_known(text(name)) or {}


def ours() -> dict[str, Any]:
    """Return all defaults of this package as new objects: recommended settings and ``backends``."""
    return {**read(RECOMMENDED), **read(BACKENDS)}


#: The same, parsed once, for reading only.
known_ours = functools.cache(ours)


@cached
def trees() -> Mapping[str, Mapping[str, Any]]:
    """Return package -> its defaults, in the order of `all_packages`, then ours; do not change.

    Ours are missing if this package is not installed.
    """
    found = {files.package: known(files) for files in all_packages()}
    texts = current().own_texts()
    if texts is None:
        return {**found, OURS: known_ours()}
    own = {name: tree for text in texts for name, tree in (loaders.load_known(text) or {}).items()}
    return {**found, OURS: own} if own else found


def all_packages() -> tuple[PackageFiles, ...]:
    """Return `PACKAGES` and `other_packages`."""
    return (*PACKAGES, *other_packages())


def of_package(files: PackageFiles) -> dict[str, Any] | None:
    """Return the defaults of a package, as new objects; None if it is not installed."""
    text = current().text(files.package, files.defaults)
    return None if text is None else loaders.load_known(text) or {}


@cached
def known(files: PackageFiles) -> Mapping[str, Any]:
    """Return the same, parsed once, for reading only; empty if it cannot be read."""
    try:
        found = of_package(files)
    except (yaml.YAMLError, OSError, UnicodeDecodeError):  # its package cannot be imported
        found = None
    return found if isinstance(found, dict) else {}


@cached
def schema_of(files: PackageFiles) -> Mapping[str, Any]:
    """Return the schema of a package, for reading only; empty if there is none."""
    text = current().text(files.package, files.schema) if files.schema else None
    return loaders.load_known(text or "") or {}


@cached
def deprecations(files: PackageFiles) -> Mapping[str, str | None]:
    """Return the renamed keys of a package: old -> new, None for a removed one."""
    return current().renamed(files)
