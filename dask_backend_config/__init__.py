"""dask's configuration, from files and variables to each worker, with the origin of every value.

Importing this package merges its defaults into ``dask.config``; see docs/layers.md.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .backends import BaseDaskBackend, DaskLocalCluster, current_resources, get_backend
    from .errors import BackendConfigError
    from .explanations import Explanation, explain, show
    from .origins import Origin
    from .resolve import Resolved
    from .resources import ComputeResources, GPUPrecision, GPUToolkit, QueueWorkerResources

__version__ = "0.1.0"
__all__ = [
    "BackendConfigError",
    "BaseDaskBackend",
    "ComputeResources",
    "DaskLocalCluster",
    "Explanation",
    "GPUPrecision",
    "GPUToolkit",
    "Origin",
    "QueueWorkerResources",
    "Resolved",
    "current_resources",
    "explain",
    "get_backend",
    "show",
]

#: Where each public name lives; the module is imported when the name is first asked for.
_HOMES = {
    "BackendConfigError": ".errors",
    "BaseDaskBackend": ".backends",
    "ComputeResources": ".resources",
    "DaskLocalCluster": ".backends",
    "Explanation": ".explanations",
    "GPUPrecision": ".resources",
    "GPUToolkit": ".resources",
    "Origin": ".origins",
    "QueueWorkerResources": ".resources",
    "Resolved": ".resolve",
    "current_resources": ".backends",
    "explain": ".explanations",
    "get_backend": ".backends",
    "show": ".explanations",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOMES[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _merge_defaults() -> None:
    try:
        import dask.config
    except Exception as error:
        from .doctor import refusal

        reason = refusal()
        if reason is None:
            raise
        raise reason from error
    from .layer import install

    install(dask.config)


def _is_command_line(arguments: list[str]) -> bool:
    """Whether this process was started as our command, which has to run where dask cannot."""
    words = iter(arguments[1:])
    for word in words:
        if word in ("-W", "-X", "--check-hash-based-pycs"):
            next(words, None)
        elif word.startswith("-") and not word.startswith("--") and "m" in word:
            module = word.partition("m")[2] or next(words, "")
            return module in (__name__, f"{__name__}.__main__")
        elif word == "-c" or not word.startswith("-"):
            script = word.replace("\\", "/").rpartition("/")[2]
            return script in ("dask-backend-config", "dask-backend-config.exe")
    return False


if not _is_command_line(sys.orig_argv):
    _merge_defaults()
