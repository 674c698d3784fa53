"""Find the installed packages that define keys of dask, and their files, without importing them.

The program that takes a snapshot contains this source, see `config.snapshot_program`: it must run
with Python 3.8 and later, and import nothing but the standard library.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import util
from pathlib import Path
from typing import Any, NamedTuple

OURS = "dask_backend_config"
#: The files with the defaults of this package.
OUR_FILES = ("recommended.yaml", "backends.yaml")
_DEPRECATIONS = r"(?ms)^deprecations\b[^{]*(\{.*?^\})"
#: The name of the YAML file in the source of a module ``config``.
_DEFAULTS_FILE = r"""["']([\w.-]+)\.ya?ml["']"""


class PackageFiles(NamedTuple):
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


def find_other_packages(path: Sequence[str]) -> tuple[PackageFiles, ...]:
    """Return the other packages in folders like ``sys.path`` that bring defaults, by name.

    Another package brings defaults if its module ``config`` passes the content of a YAML file
    beside it to ``dask.config.update_defaults``, as distributed does. The first of two packages
    with one name counts, as for an import.
    """
    mine = {OURS, *(files.package for files in PACKAGES)}
    found = {
        files.package: files
        for folder in reversed(path)
        for files in _packages_in(folder)
        if files.package not in mine
    }
    return tuple(found[name] for name in sorted(found))


def installed_path() -> list[str]:
    """Return ``sys.path`` without the folder of the script, which is no place for packages."""
    return sys.path[0 if getattr(sys.flags, "safe_path", False) else 1 :]  # of Python 3.11


def _packages_in(folder: str) -> Iterator[PackageFiles]:
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.name.isidentifier()]
    except OSError:  # an archive, or no folder at all
        return
    for name in names:
        home = os.path.join(folder, name)
        source = text_in(home, "config.py") or ""
        match = re.search(_DEFAULTS_FILE, source) if "update_defaults(" in source else None
        if match and os.path.isfile(os.path.join(home, match.group()[1:-1])):
            yield PackageFiles(name, match.group()[1:-1], f"{match.group(1)}-schema.yaml")


def package_folder(name: str) -> Path | None:
    """Return the folder of an installed package without importing it; None if not installed."""
    spec = util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def text_in(folder: Path | str, name: str) -> str | None:
    """Return the content of a file, None if it cannot be read."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


def renamed_keys(source: str) -> dict[str, Any]:
    """Return the renamed keys in the source of a package: old -> new, None for a removed one.

    They are only in its code, as a literal dictionary, which is read without running it.
    """
    found = re.search(_DEPRECATIONS, source)
    try:
        return ast.literal_eval(found.group(1)) if found else {}
    except (SyntaxError, ValueError):
        return {}
