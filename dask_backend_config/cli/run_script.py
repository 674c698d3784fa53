"""Run a Python program in this process, as ``python SCRIPT`` or ``python -m MODULE`` does."""

from __future__ import annotations

import gc
import importlib.abc
import importlib.util
import os
import pkgutil
import runpy
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType

from ..doctor.startup import merge_defaults
from ..tracing import hooks

_PACKAGE = sys.modules[__name__.partition(".")[0]]
_PACKAGE_SPEC = _PACKAGE.__spec__
_DASK = "dask.config"
_INTERRUPTED = 130
#: Files whose frames a traceback of the program does not show.
_HIDDEN_FILES = (__file__, hooks.__file__, runpy.__file__, "<frozen runpy>", "<frozen importlib")


def run(
    name: str, arguments: Sequence[str], is_module: bool, on_dask_import: Callable[[], None]
) -> int:
    """Run a program and print the traceback if it fails.

    Until the program imports this package, it counts as not imported, so that our defaults have no
    effect on a program that does not use them.

    Parameters
    ----------
    name : str
        A script, a folder or archive with a ``__main__.py``, or a module.
    arguments : sequence of str
    is_module : bool
    on_dask_import : callable
        Called when ``dask.config`` is imported, before the program can use it.

    Returns
    -------
    int
        The exit status, unless the program raises SystemExit.
    """
    gc.enable()
    sys.argv[:] = [name, *arguments]
    sys.orig_argv[:] = [sys.executable, *(["-m"] if is_module else []), *sys.argv]
    sys.meta_path.insert(0, _ImportHook(on_dask_import))
    del sys.modules[_PACKAGE.__name__]
    try:
        _execute(name, is_module)
    except (Exception, KeyboardInterrupt) as error:
        shown = _frames_of_program(error.__traceback__)
        if shown is None and isinstance(error, ImportError):
            sys.exit(f"{sys.executable}: {error}")
        sys.excepthook(type(error), error.with_traceback(shown), shown)
        return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    finally:
        sys.modules.setdefault(_PACKAGE.__name__, _PACKAGE)
    return 0


def _execute(name: str, is_module: bool) -> None:
    path = os.path.abspath(name)
    if is_module:
        sys.path[0] = os.getcwd()
        names = runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        if pkgutil.get_importer(path):
            del sys.path[0]  # runpy inserts the folder or archive
        else:
            sys.path[0] = os.path.dirname(os.path.realpath(path))
        names = runpy.run_path(path, run_name="__main__")
    # Exit handlers, and threads that still run, look up the names of the program in __main__.
    vars(sys.modules["__main__"]).update(names)


def _frames_of_program(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of this package and of the import system."""
    frames = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_HIDDEN_FILES):
            frames.append(traceback)
        traceback = traceback.tb_next
    for frame, following in zip(frames, [*frames[1:], None], strict=False):
        frame.tb_next = following
    return frames[0] if frames else None


class _ImportHook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Report the import of ``dask.config``, and merge our defaults at that of this package."""

    def __init__(self, on_dask_import: Callable[[], None]) -> None:
        self._on_dask_import = on_dask_import

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == _PACKAGE.__name__:
            return ModuleSpec(fullname, self, is_package=True)
        if fullname != _DASK:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            self._report_end_of_import(spec.loader)
        return spec

    def _report_end_of_import(self, loader: importlib.abc.Loader) -> None:
        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            loader.exec_module(module)
            self._on_dask_import()

        loader.exec_module = exec_module  # type: ignore[method-assign]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _PACKAGE

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = _PACKAGE_SPEC
        merge_defaults()
