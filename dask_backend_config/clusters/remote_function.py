"""Functions for processes that need neither this package nor this version of Python.

Such a function is pickled as its source, which the other process compiles: bytecode, as cloudpickle
sends it, differs between versions of Python.
"""

from __future__ import annotations

import functools
import pickle
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from ..config import interpreter

#: The newest protocol of the oldest supported Python.
PICKLE_PROTOCOL = 4
_EXPRESSION = "exec(__import__('zlib').decompress(source), scope) or scope[name]"


class RemoteFunction:
    """A function of a program; a process that unpickles it gets the function itself.

    Parameters
    ----------
    modules : sequence of str
        Of the program, see `config.interpreter.program`.
    name : str
        Of the function, which the log of the process shows.
    """

    def __init__(self, modules: Sequence[str], name: str) -> None:
        source = zlib.compress(interpreter.program(modules).encode(), 9)
        self._variables = {"source": source, "name": name, "scope": {"__name__": name}}

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, dict[str, Any]]]:
        return eval, (_EXPRESSION, self._variables)


@functools.cache
def pickled_function(modules: tuple[str, ...], name: str) -> bytes:
    """Return a function of a program as another process unpickles it."""
    return pickle.dumps(RemoteFunction(modules, name), PICKLE_PROTOCOL)
