"""The YAML files of this package, and those of other packages, which are read without an import.

Another package brings defaults if its module ``config`` passes the content of a YAML file beside it
to ``dask.config.update_defaults``, as distributed does.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any

import yaml

from ..yaml_edit import loaders

OURS = "dask_backend_config"
RECOMMENDED = "recommended.yaml"
BACKENDS = "backends.yaml"
BACKENDS_SCHEMA = "backends-schema.yaml"
_DEPRECATIONS = r"(?ms)^deprecations\b[^{]*(\{.*?^\})"
#: The name of the YAML file in the source of a module ``config``.
_DEFAULTS_FILE = r"""["']([\w.-]+)\.ya?ml["']"""


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """The files of a package that define its keys.

    Attributes
    ----------
    package : str
    defaults : str
        Its default configuration.
    schema : str, optional
        The schema of it, which the package itself does not use.
    deprecations : str, optional
        The source file that lists its renamed keys.
    """

    package: str
    defaults: str
    schema: str | None = None
    deprecations: str | None = None


#: The packages whose keys are known, in the order in which a process gets their defaults.
PACKAGES = (
    PackageFiles("dask", "dask.yaml", "dask-schema.yaml", "config.py"),
    PackageFiles("distributed", "distributed.yaml", "distributed-schema.yaml", "config.py"),
    PackageFiles("dask_jobqueue", "jobqueue.yaml"),
)


@functools.cache
def other_packages() -> tuple[PackageFiles, ...]:
    """Return the other installed packages that bring defaults, such as dask_gateway, by name.

    They are found on ``sys.path``, except in the folder of the script and the working directory,
    which are no place for installed packages. The first of two packages with one name counts, as
    for an import.
    """
    first = 0 if getattr(sys.flags, "safe_path", False) else 1  # of Python 3.11
    mine = {OURS, *(files.package for files in PACKAGES)}
    found = {
        files.package: files
        for folder in reversed(sys.path[first:])
        for files in _packages_in(folder)
        if files.package not in mine
    }
    return tuple(found[name] for name in sorted(found))


def _packages_in(folder: str) -> Iterator[PackageFiles]:
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.name.isidentifier()]
    except OSError:  # an archive, or no folder at all
        return
    for name in names:
        home = os.path.join(folder, name)
        try:
            with open(os.path.join(home, "config.py"), encoding="utf-8") as file:
                source = file.read()
        except (OSError, UnicodeDecodeError):
            continue
        match = re.search(_DEFAULTS_FILE, source) if "update_defaults(" in source else None
        if match and os.path.isfile(os.path.join(home, match[0][1:-1])):
            yield PackageFiles(name, match[0][1:-1], f"{match[1]}-schema.yaml")


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


@functools.cache
def trees() -> Mapping[str, Mapping[str, Any]]:
    """Return package -> its defaults, in the order of `all_packages`, then ours; do not change."""
    return {**{files.package: known(files) for files in all_packages()}, OURS: known_ours()}


def all_packages() -> tuple[PackageFiles, ...]:
    """Return `PACKAGES` and `other_packages`."""
    return (*PACKAGES, *other_packages())


def of_package(files: PackageFiles) -> dict[str, Any] | None:
    """Return the defaults of a package, as new objects; None if it is not installed."""
    text = _text(files.package, files.defaults)
    return None if text is None else loaders.load_known(text) or {}


@functools.cache
def known(files: PackageFiles) -> Mapping[str, Any]:
    """Return the same, parsed once, for reading only; empty if it cannot be read."""
    try:
        found = of_package(files)
    except (yaml.YAMLError, OSError, UnicodeDecodeError):  # its package cannot be imported
        found = None
    return found if isinstance(found, dict) else {}


@functools.cache
def schema_of(files: PackageFiles) -> Mapping[str, Any]:
    """Return the schema of a package, for reading only; empty if there is none."""
    return loaders.load_known(_text(files.package, files.schema) or "") or {}


@functools.cache
def deprecations(files: PackageFiles) -> Mapping[str, str | None]:
    """Return the renamed keys of a package: old -> new, None for a removed one.

    They are only in its source code, as a literal dictionary, which is read without running it.
    """
    found = re.search(_DEPRECATIONS, _text(files.package, files.deprecations) or "")
    if not found:
        return {}
    import ast  # slow to import, and needed only here

    try:
        return ast.literal_eval(found[1])  # type: ignore[no-any-return]
    except (SyntaxError, ValueError):
        return {}


def package_folder(name: str) -> Path | None:
    """Return the folder of an installed package without importing it; None if not installed."""
    spec = util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _text(package: str, file: str | None) -> str | None:
    home = package_folder(package)
    path = home / file if home and file else None
    return path.read_text(encoding="utf-8") if path and path.is_file() else None
