"""Find who calls ``dask.config``: a line of the user's code, and the objects under construction."""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from collections.abc import Iterator
from inspect import CO_OPTIMIZED
from types import FrameType
from typing import Any, NamedTuple

from ..core.origins import tilde
from .dask_internals import ConfigReader, readers_of

#: Packages that are never the user's code, wherever they are installed.
_DASK_PACKAGES = ("dask", "distributed", "dask_jobqueue", "dask_backend_config", "tornado")
_EVENT_LOOP = os.path.join("asyncio", "events.py")


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


def module_of(frame: FrameType) -> str:
    """Return the name of the module whose code runs in `frame`."""
    return str(frame.f_globals.get("__name__", "?"))


def is_user_code(frame: FrameType) -> bool:
    """Return whether the code in `frame` belongs neither to Python nor to an installed package."""
    module, path = module_of(frame).partition(".")[0], frame.f_code.co_filename
    if path.startswith("<"):  # typed at a prompt, or generated, for example by a dataclass
        return module == "__main__"
    return module not in _DASK_PACKAGES and _is_user_file(path)


def user_place(frame: FrameType) -> Place | None:
    """Return the innermost line of the user's code that led to `frame`, None if there is none."""
    for caller in _callers(frame):
        if is_user_code(caller):
            path = caller.f_code.co_filename
            return Place(path if path.startswith("<") else os.path.abspath(path), caller.f_lineno)
    return None


def is_set_by_dask(frame: FrameType) -> bool:
    """Return whether the innermost code on the way to `frame` that is not Python's is dask's."""
    for caller in _callers(frame):
        if is_user_code(caller):
            return False
        if module_of(caller).partition(".")[0] in _DASK_PACKAGES:
            return True
    return True


def place_of_import(package: str) -> Place | None:
    """Return the user's line whose import of `package` is running; None if none is."""
    frame = sys._getframe()
    is_running = any(
        module_of(caller) == package and not caller.f_code.co_flags & CO_OPTIMIZED
        for caller in _callers(frame)
    )
    return user_place(frame) if is_running else None


def active_readers(frame: FrameType) -> Iterator[tuple[Any, ConfigReader, str]]:
    """Yield the objects that keep what the code in `frame` reads, with the method that they are in.

    The innermost object is first.
    """
    for caller in _callers(frame):
        method = caller.f_code.co_name
        for reader in readers_of(module_of(caller), method):
            instance = caller.f_locals.get("self")
            if reader.name in (kind.__name__ for kind in type(instance).__mro__):
                yield instance, reader, method


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield `frame` and its callers up to the event loop, whose callers did not start its tasks."""
    while frame is not None:
        if frame.f_code.co_name == "_run" and frame.f_code.co_filename.endswith(_EVENT_LOOP):
            return
        yield frame
        frame = frame.f_back


@functools.cache
def _is_user_file(name: str) -> bool:
    path, paths = os.path.abspath(name), sysconfig.get_paths()
    folders = [paths[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib")]
    installed = {"site-packages", "dist-packages"} & set(path.split(os.sep))
    return not installed and not path.startswith(tuple(folder + os.sep for folder in folders))
