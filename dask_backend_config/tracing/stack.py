"""Who called: lines of the user's code, and objects that are being made."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import CO_OPTIMIZED
from types import CodeType, FrameType
from typing import Any, Literal

from ..core.origins import tilde
from .dask_internals import CONFIG_READERS, ConfigReader

#: Packages that are never the user's code, wherever they are installed.
_DASK = ("dask", "distributed", "dask_jobqueue", "dask_backend_config", "tornado")
_ASYNCIO = os.sep + os.path.join("asyncio", "events.py")

#: Of whom a file is: of dask and its kin, or Python itself; of another library; the user's.
Whose = Literal["dask", "library", "user"]
_whose: dict[str, Whose] = {}
_MAKERS_IN = {
    module: tuple(maker for maker in CONFIG_READERS if maker.module == module)
    for module in {maker.module for maker in CONFIG_READERS}
}
#: By the identity of a piece of code, which is kept so that no other gets the same.
_readers: dict[int, tuple[CodeType, tuple[ConfigReader, ...]]] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """A line of code.

    Attributes
    ----------
    path : str
    line : int
        Counted from 1.
    """

    path: str
    line: int

    def __str__(self) -> str:
        inside = os.path.relpath(self.path) if os.path.isabs(self.path) else self.path
        path = tilde(self.path) if inside.startswith(os.pardir) else inside
        return f"{path}:{self.line}"

    def as_json(self) -> dict[str, Any]:
        """Both members."""
        return {"path": self.path, "line": self.line}


@dataclass(frozen=True, slots=True)
class ActiveReader:
    """An object within one of its methods in which it keeps what it reads."""

    made: Any
    maker: ConfigReader
    method: str


def module_of(frame: FrameType) -> str:
    """The module whose code runs in `frame`."""
    return str(frame.f_globals.get("__name__", "?"))


def whose(frame: FrameType) -> Whose:
    """Of whom the code in `frame` is."""
    module = module_of(frame).partition(".")[0]
    if module in _DASK:
        return "dask"
    name = frame.f_code.co_filename
    if name.startswith("<"):  # made by a dataclass and the like, unless somebody types it in
        return "user" if module == "__main__" else "dask"
    found = _whose.get(name)
    if found is None:
        found = _whose[name] = _whose_file(name)
    return found


def is_import(frame: FrameType) -> bool:
    """Whether a module or the body of a class runs in `frame`, and no function."""
    return not frame.f_code.co_flags & CO_OPTIMIZED


def place(frame: FrameType | None) -> Place | None:
    """The innermost line of the user's, else of another library's; None where there is neither.

    What an event loop runs was called by nobody who still waits for it.
    """
    other = None
    for caller in callers(frame):
        owner = whose(caller)
        if owner != "dask":
            name = caller.f_code.co_filename
            here = Place(name if name.startswith("<") else os.path.abspath(name), caller.f_lineno)
            if owner == "user":
                return here
            other = other or here
    return other


def callers(frame: FrameType | None) -> Iterator[FrameType]:
    """`frame` and those that called it, as far as the event loop."""
    while frame is not None:
        if frame.f_code.co_name == "_run" and frame.f_code.co_filename.endswith(_ASYNCIO):
            return
        yield frame
        frame = frame.f_back


def active_readers(frame: FrameType | None) -> list[ActiveReader]:
    """What is being made by `frame` and its callers, innermost first, each object once for each
    method.

    An object that one thread makes while another waits for it is followed to the one that waits.
    """
    found = list(_active_readers(frame))
    if found:
        outermost = found[-1].made
        for other in _other_threads():
            theirs = list(_active_readers(other))
            where = next((n for n, each in enumerate(theirs) if each.made is outermost), None)
            if where is not None:
                return [*found, *theirs[where:]]
    return found


def place_of_making(made: Any, frame: FrameType | None) -> Place | None:
    """The user's line that makes an object, in this thread or in one that waits for it."""
    for thread in [frame, *_other_threads()]:
        for caller in callers(thread):
            if any(making.made is made for making in _active_reader(caller)):
                found = place(caller)
                if found is not None:
                    return found
    return None


def _active_readers(frame: FrameType | None) -> Iterator[ActiveReader]:
    for caller in callers(frame):
        yield from _active_reader(caller)


def _active_reader(frame: FrameType) -> Iterator[ActiveReader]:
    """What one frame makes, if anything; only frames of such methods are looked into."""
    code = frame.f_code
    known = _readers.get(id(code))
    if known is None or known[0] is not code:
        there = _MAKERS_IN.get(module_of(frame), ())
        makers = tuple(maker for maker in there if code.co_name in maker.methods)
        _readers[id(code)] = known = (code, makers)
    if known[1]:
        made = frame.f_locals.get("self")
        names = [kind.__name__ for kind in type(made).__mro__]
        for maker in known[1]:
            if maker.name in names:
                yield ActiveReader(made, maker, code.co_name)


def _other_threads() -> list[FrameType]:
    mine = threading.get_ident()
    return [frame for thread, frame in sys._current_frames().items() if thread != mine]


def _whose_file(name: str) -> Whose:
    path = os.path.abspath(name)
    paths = sysconfig.get_paths()
    installed = [paths["purelib"], paths["platlib"]]
    if any(path.startswith(folder + os.sep) for folder in installed):
        return "library"
    if f"{os.sep}site-packages{os.sep}" in path or f"{os.sep}dist-packages{os.sep}" in path:
        return "library"
    standard = [paths["stdlib"], paths["platstdlib"]]
    return "dask" if any(path.startswith(folder + os.sep) for folder in standard) else "user"
