"""Functions for processes that need neither this package nor this version of Python.

Such a function is pickled as its source, which the other process compiles: bytecode, as cloudpickle
sends it, differs between versions of Python. The bytecode goes along for processes that can use it
by the rule of ``.pyc`` files, since 200 simulated workers in one process would compile 200 times.
"""

from __future__ import annotations

import functools
import importlib.util
import marshal
import pickle
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from ..config import interpreter

#: The newest protocol of the oldest supported Python.
PICKLE_PROTOCOL = 4
_EXPRESSION = """exec(
    __import__('marshal').loads(__import__('zlib').decompress(code))
    if __import__('importlib.util').util.MAGIC_NUMBER == magic
    else __import__('zlib').decompress(source),
    scope,
) or scope[name]"""


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
        source = interpreter.program(modules).encode()
        code = marshal.dumps(compile(source, name, "exec", dont_inherit=True))
        self._variables = {
            "source": zlib.compress(source, 9),
            "code": zlib.compress(code, 9),
            "magic": importlib.util.MAGIC_NUMBER,
            "name": name,
            "scope": {"__name__": name},
        }

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, dict[str, Any]]]:
        return eval, (_EXPRESSION, self._variables)


@functools.cache
def pickled_function(modules: tuple[str, ...], name: str) -> bytes:
    """Return a function of a program as another process unpickles it."""
    return pickle.dumps(RemoteFunction(modules, name), PICKLE_PROTOCOL)
