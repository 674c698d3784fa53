"""The YAML files of this package, and those of other packages, which are read without an import."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any

from ..yaml_edit import loaders

OURS = "dask_backend_config"
RECOMMENDED = "recommended.yaml"
BACKENDS = "backends.yaml"
BACKENDS_SCHEMA = "backends-schema.yaml"
_DEPRECATIONS = r"(?ms)^deprecations\b[^{]*(\{.*?^\})"


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
    """Return package -> its defaults, in the order of `PACKAGES`, ours last; for reading only."""
    return {**{files.package: known(files) for files in PACKAGES}, OURS: known_ours()}


def of_package(files: PackageFiles) -> dict[str, Any] | None:
    """Return the defaults of a package, as new objects; None if it is not installed."""
    text = _text(files.package, files.defaults)
    return None if text is None else loaders.load_known(text) or {}


@functools.cache
def known(files: PackageFiles) -> Mapping[str, Any]:
    """Return the same, parsed once, for reading only; empty if the package is not installed."""
    return of_package(files) or {}


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
