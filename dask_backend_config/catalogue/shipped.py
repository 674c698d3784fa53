"""The YAML that ships with this package, and what can be read of other packages' defaults without
importing them.
"""

from __future__ import annotations

import functools
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


@dataclass(frozen=True, slots=True)
class Shipped:
    """What a package ships: defaults, their schema, and the source that says what it renamed."""

    package: str
    defaults: str
    schema: str | None = None
    deprecations: str | None = None


#: The packages whose keys are known, in the order in which a process gets their defaults.
PACKAGES = (
    Shipped("dask", "dask.yaml", "dask-schema.yaml", "config.py"),
    Shipped("distributed", "distributed.yaml", "distributed-schema.yaml", "config.py"),
    Shipped("dask_jobqueue", "jobqueue.yaml"),
)


def folder() -> Path:
    """The folder of the shipped YAML: in the package, as a wheel lays it out, or beside it."""
    package = Path(__file__).parents[1]
    inside = package / "defaults"
    return inside if inside.is_dir() else package.parent / "defaults"


def text(name: str) -> str:
    """One of this package's own files, comments and all."""
    return (folder() / name).read_text(encoding="utf-8")


def read(name: str) -> dict[str, Any]:
    """Parse one of this package's own files afresh, so that nobody shares its lists."""
    return loaders.load_known(text(name)) or {}


def ours() -> dict[str, Any]:
    """All defaults of this package: the recommended settings and ``backends.*``."""
    return {**read(RECOMMENDED), **read(BACKENDS)}


@functools.cache
def known_ours() -> Mapping[str, Any]:
    """The same, parsed once and only to be read."""
    return ours()


def package_folder(package: str) -> Path | None:
    """Where `package` is installed, None where it is not. Nothing is imported."""
    spec = util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def of_package(entry: Shipped) -> dict[str, Any] | None:
    """The defaults of a package, None where it is not installed."""
    home = package_folder(entry.package)
    path = home / entry.defaults if home else None
    return _load(path) if path and path.is_file() else None


@functools.cache
def known(entry: Shipped) -> Mapping[str, Any]:
    """The same, parsed once and only to be read; empty where the package is not installed."""
    return of_package(entry) or {}


def schema_of(entry: Shipped) -> dict[str, Any]:
    """The schema that a package ships and does not load itself, empty where it ships none."""
    home = package_folder(entry.package)
    path = home / entry.schema if home and entry.schema else None
    return _load(path) if path and path.is_file() else {}


@functools.cache
def deprecations(entry: Shipped) -> Mapping[str, str | None]:
    """A package's renamed keys, old -> new, None for a removed one.

    They exist only in its source, as a literal named ``deprecations``, which is parsed.
    """
    home = package_folder(entry.package)
    path = home / entry.deprecations if home and entry.deprecations else None
    if not path or not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith("deprecations")]
    for start in starts:
        ends = [n for n, line in enumerate(lines[start:], start) if line.startswith("}")]
        statement = "\n".join(lines[start : ends[0] + 1] if ends else [])
        if (found := _literal(statement)) is not None:
            return found
    return {}


def _literal(statement: str) -> dict[str, str | None] | None:
    import ast  # only readers of deprecations pay for it

    try:
        (node,) = ast.parse(statement).body
        value = ast.literal_eval(node.value)  # type: ignore[attr-defined]
    except (SyntaxError, ValueError, AttributeError):
        return None
    return value if isinstance(value, dict) else None


def _load(path: Path) -> dict[str, Any]:
    return loaders.load_known(path.read_text(encoding="utf-8")) or {}
