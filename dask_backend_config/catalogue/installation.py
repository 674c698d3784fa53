"""The installed packages that define keys: those of this process, or those in a snapshot."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from . import installed_modules
from .package_files import (
    PackageFiles,
    find_other_packages,
    installed_path,
    package_folder,
    renamed_keys,
    text_in,
)

_F = TypeVar("_F", bound=Callable[..., Any])


class Installation:
    """The packages of this process that define keys, read from their files without an import.

    A subclass has those of another process. What is known about keys is that of the installation
    in use, see `in_use`.
    """

    #: The version of dask; None for that of this process.
    dask_version: str | None = None

    def __init__(self) -> None:
        self.results: dict[Any, dict[tuple[Any, ...], Any]] = {}

    def other_packages(self) -> tuple[PackageFiles, ...]:
        """Return the packages beside dask, distributed, dask-jobqueue and this one."""
        return find_other_packages(installed_path())

    def text(self, package: str, file: str) -> str | None:
        """Return the text of a file of a package; None if it is not installed."""
        folder = package_folder(package)
        return text_in(folder, file) if folder else None

    def renamed(self, files: PackageFiles) -> Mapping[str, str | None]:
        """Return the renamed keys of a package: old -> new, None for a removed one."""
        source = self.text(files.package, files.deprecations) if files.deprecations else None
        return renamed_keys(source or "")

    def is_importable(self, name: str) -> bool:
        """Return whether a module is found here or in the working directory; it is not imported."""
        return installed_modules.is_importable(name)

    def plugins(self, group: str) -> list[str]:
        """Return the names of the entry points in a group."""
        return installed_modules.plugins(group)

    def own_texts(self) -> tuple[str, ...] | None:
        """Return the default files of this package that it has; None for those of this process."""
        return None

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Make this installation the one whose keys are known, in this thread or task."""
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)


#: The installation of this process.
THIS = Installation()
_CURRENT: ContextVar[Installation] = ContextVar("installation", default=THIS)


def current() -> Installation:
    """Return the installation in use."""
    return _CURRENT.get()


def cached(function: _F) -> _F:
    """Cache the results of a function for each installation; its arguments must be hashable."""

    @functools.wraps(function)
    def wrapper(*arguments: Any) -> Any:
        results = _CURRENT.get().results
        try:
            return results[function][arguments]
        except KeyError:
            result = function(*arguments)
            return results.setdefault(function, {}).setdefault(arguments, result)

    return cast(_F, wrapper)
