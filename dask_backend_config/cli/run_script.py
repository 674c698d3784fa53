"""Runs a Python program in this process as ``python SCRIPT`` or ``python -m MODULE`` would."""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import pkgutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType, ModuleType, TracebackType
from typing import Any

from ..core.errors import DaskBackendError
from ..doctor.startup import merge_defaults
from ..tracing import hooks

_PACKAGE = __name__.partition(".")[0]
_DASK = "dask.config"
_INTERRUPTED = 130
_OURSELVES = sys.modules[_PACKAGE]
_SPEC = _OURSELVES.__spec__
#: Files whose frames stand between the program and what it called.
_OUR_FILES = (__file__, hooks.__file__)


@dataclass(frozen=True)
class Program:
    """What is run.

    Attributes
    ----------
    name : str
        A file, a folder or archive with a ``__main__.py``, or a module.
    arguments : sequence of str
    is_module : bool
    """

    name: str
    arguments: Sequence[str]
    is_module: bool

    def check(self) -> None:
        """Raise `DaskBackendError` where there is no such file."""
        if not self.is_module and not os.path.exists(self.name):
            raise DaskBackendError(f"there is no script {self.name}")


def run(program: Program, dask_is_there: Callable[[], None]) -> int:
    """Run a program; what it raises is printed as Python does it.

    Until `restore` is called this package counts as not imported, so that the program's own import
    does what it does in any program.

    Parameters
    ----------
    dask_is_there : callable
        Called when ``dask.config`` is imported, before the program can use it.

    Returns
    -------
    int
        Its exit status.
    """
    finder = _Imports(dask_is_there)
    if _DASK in sys.modules:
        dask_is_there()
    sys.modules.pop(_PACKAGE, None)
    sys.meta_path.insert(0, finder)
    try:
        _execute(program)
    except SystemExit as error:
        return _status(error)
    except BaseException as error:
        _clean(error)
        sys.excepthook(type(error), error, error.__traceback__)
        return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    return 0


def restore() -> None:
    """Have this package imported again, where the program did not."""
    sys.modules.setdefault(_PACKAGE, _OURSELVES)


def _execute(program: Program) -> None:
    arguments = list(program.arguments)
    folder = os.getcwd()
    if program.is_module:
        sys.argv[:] = ["-m", *arguments]
        sys.orig_argv[:] = [sys.executable, "-m", program.name, *arguments]
        _put_first(folder)
        code, module = _module(program.name)
        sys.argv[0] = str(module.__file__)
    else:
        sys.argv[:] = [program.name, *arguments]
        sys.orig_argv[:] = [sys.executable, program.name, *arguments]
        path = os.path.abspath(program.name)
        importer = pkgutil.get_importer(path)
        _put_first(path if importer else os.path.dirname(os.path.realpath(path)))
        code, module = _folder(importer, program.name) if importer else _script(path)
    # multiprocessing, pickle and threads that outlive the script look for it there.
    sys.modules["__main__"] = module
    exec(code, vars(module))  # noqa: S102 - this is what was asked for


def _put_first(folder: str) -> None:
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder


def _script(path: str) -> tuple[CodeType, ModuleType]:
    with io.open_code(path) as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    loader = importlib.machinery.SourceFileLoader("__main__", path)
    return code, _main(__file__=path, __loader__=loader, __package__=None, __cached__=None)


def _folder(importer: Any, name: str) -> tuple[CodeType, ModuleType]:
    """A folder or an archive."""
    spec = importer.find_spec("__main__")
    if spec is None:
        raise SystemExit(f"{sys.executable}: can't find '__main__' module in {name!r}")
    return spec.loader.get_code("__main__"), _main_of(spec)


def _module(name: str) -> tuple[CodeType, ModuleType]:
    found = name
    try:
        spec = importlib.util.find_spec(found)
        if spec is not None and spec.submodule_search_locations is not None:
            found = f"{name}.__main__"
            spec = importlib.util.find_spec(found)
    except ModuleNotFoundError as error:
        if error.name is None or not name.startswith(error.name):
            raise
        spec = None
    loader: Any = spec and spec.loader
    code = loader.get_code(found) if hasattr(loader, "get_code") else None
    if spec is None or code is None:
        raise SystemExit(f"{sys.executable}: No module named {found}")
    return code, _main_of(spec)


def _main_of(spec: importlib.machinery.ModuleSpec) -> ModuleType:
    return _main(
        __file__=spec.origin,
        __loader__=spec.loader,
        __package__=spec.parent,
        __cached__=spec.cached,
        __spec__=spec,
    )


def _main(**attributes: Any) -> ModuleType:
    module = ModuleType("__main__")
    vars(module).update(attributes, __builtins__=builtins)
    if sys.version_info < (3, 14):
        module.__annotations__ = {}
    return module


def _status(error: SystemExit) -> int:
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code
    sys.stderr.write(f"{error.code}\n")
    return 1


def _clean(error: BaseException | None, seen: tuple[int, ...] = ()) -> None:
    """Take our frames out of tracebacks, and those of the imports that we stand between."""
    while error is not None and id(error) not in seen:
        entries = []
        entry = error.__traceback__
        while entry is not None:
            entries.append(entry)
            entry = entry.tb_next
        error.__traceback__ = _joined(_foreign(entries))
        seen = (*seen, id(error))
        _clean(error.__cause__, seen)
        error = error.__context__


def _foreign(entries: Sequence[TracebackType]) -> Sequence[TracebackType]:
    names = [entry.tb_frame.f_code.co_filename for entry in entries]
    ours = [name in _OUR_FILES for name in names]
    hidden = list(ours)
    for place in (place for place, own in enumerate(ours) if own):
        for step in (-1, 1):
            other = place + step
            while 0 <= other < len(names) and names[other].startswith("<frozen importlib"):
                hidden[other] = True
                other += step
    return [entry for entry, hide in zip(entries, hidden, strict=True) if not hide]


def _joined(entries: Sequence[TracebackType]) -> TracebackType | None:
    following = None
    for entry in reversed(entries):
        following = TracebackType(following, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return following


class _Imports(importlib.abc.MetaPathFinder):
    """Sees the first imports of dask's configuration and of this package."""

    def __init__(self, dask_is_there: Callable[[], None]) -> None:
        self._dask_is_there = dask_is_there

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == _PACKAGE:
            return importlib.util.spec_from_file_location(
                fullname,
                _OURSELVES.__file__,
                loader=_Own(),
                submodule_search_locations=list(_OURSELVES.__path__),
            )
        if fullname != _DASK:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(fullname, path, target) if find and finder is not self else None
            if spec is not None and spec.loader is not None:
                spec.loader = _Told(spec.loader, self._dask_is_there)
                return spec  # type: ignore[no-any-return]
        return None


class _Told(importlib.abc.Loader):
    """Another loader, after which somebody is told."""

    def __init__(self, inner: Any, then: Callable[[], None]) -> None:
        self._inner = inner
        self._then = then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)  # type: ignore[no-any-return]

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._inner
        if module.__spec__ is not None:
            module.__spec__.loader = self._inner
        self._inner.exec_module(module)
        self._then()


class _Own(importlib.abc.Loader):
    """Imports this package, which is there, as for the first time."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _OURSELVES

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = _SPEC
        merge_defaults()
