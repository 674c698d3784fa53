"""Find who calls ``dask.config``: a line of the user's code, and the objects under construction."""

from __future__ import annotations

import functools
import os
import sysconfig
from collections.abc import Iterator
from types import FrameType
from typing import Any, Literal, NamedTuple

from ..core.origins import tilde
from .dask_internals import ConfigReader, readers_of

#: Packages that are never the user's code, wherever they are installed.
_DASK_PACKAGES = ("dask", "distributed", "dask_jobqueue", "dask_backend_config", "tornado")
_EVENT_LOOP = os.path.join("asyncio", "events.py")

#: "dask" includes its packages, those of `_DASK_PACKAGES` and Python's standard library.
CodeOwner = Literal["dask", "library", "user"]


class Place(NamedTuple):
    """A line of code.

    Attributes
    ----------
    path : str
        Absolute, or a name such as ``<stdin>``.
    line : int
        Counted from 1.
    """

    path: str
    line: int

    def __str__(self) -> str:
        relative = os.path.relpath(self.path) if os.path.isabs(self.path) else self.path
        path = tilde(self.path) if relative.startswith(os.pardir) else relative
        return f"{path}:{self.line}"


class ActiveReader(NamedTuple):
    """An object inside one of the methods in which it keeps the values that it reads."""

    instance: Any
    reader: ConfigReader
    method: str


def module_of(frame: FrameType) -> str:
    """Return the name of the module whose code runs in `frame`."""
    return str(frame.f_globals.get("__name__", "?"))


def owner_of(frame: FrameType) -> CodeOwner:
    """Return who wrote the code in `frame`."""
    module, path = module_of(frame).partition(".")[0], frame.f_code.co_filename
    if module in _DASK_PACKAGES:
        return "dask"
    if path.startswith("<"):  # typed at a prompt, or generated, for example by a dataclass
        return "user" if module == "__main__" else "dask"
    return _owner_of_file(path)


def user_place(frame: FrameType) -> Place | None:
    """Return the innermost line of the user's code, else of another library, else None."""
    of_library = None
    for caller in _callers(frame):
        owner = owner_of(caller)
        if owner != "dask":
            path = caller.f_code.co_filename
            here = Place(path if path.startswith("<") else os.path.abspath(path), caller.f_lineno)
            if owner == "user":
                return here
            of_library = of_library or here
    return of_library


def active_readers(frame: FrameType) -> Iterator[ActiveReader]:
    """Yield the objects that keep what the code in `frame` reads, innermost first."""
    for caller in _callers(frame):
        method = caller.f_code.co_name
        for reader in readers_of(module_of(caller), method):
            instance = caller.f_locals.get("self")
            if reader.name in (kind.__name__ for kind in type(instance).__mro__):
                yield ActiveReader(instance, reader, method)


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield `frame` and its callers up to the event loop, whose callers did not start its tasks."""
    while frame is not None:
        if frame.f_code.co_name == "_run" and frame.f_code.co_filename.endswith(_EVENT_LOOP):
            return
        yield frame
        frame = frame.f_back


@functools.cache
def _owner_of_file(name: str) -> CodeOwner:
    path, paths = os.path.abspath(name), sysconfig.get_paths()

    def is_in(*folders: str) -> bool:
        return any(path.startswith(folder + os.sep) for folder in folders)

    installed = any(
        f"{os.sep}{name}{os.sep}" in path for name in ("site-packages", "dist-packages")
    )
    if installed or is_in(paths["purelib"], paths["platlib"]):
        return "library"
    return "dask" if is_in(paths["stdlib"], paths["platstdlib"]) else "user"
