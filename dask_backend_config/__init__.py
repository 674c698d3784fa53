"""dask's configuration, from files and variables to each worker, with the origin of every value.

Importing this package merges its defaults into ``dask.config``; see docs/layers.md.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from .start import merge_defaults

if TYPE_CHECKING:
    from .backends import BaseDaskBackend, DaskLocalCluster, current_resources, get_backend
    from .backends.htcondor import DaskHTCondorBackend
    from .backends.jobqueue import BaseDaskJobQueueBackend
    from .backends.lost_tasks import TaskLostError
    from .backends.lsf import DaskLSFBackend
    from .backends.moab import DaskMoabBackend
    from .backends.oar import DaskOARBackend
    from .backends.pbs import DaskPBSBackend
    from .backends.sge import DaskSGEBackend
    from .backends.slurm import DaskSLURMBackend
    from .errors import BackendConfigError, BackendError, TaskProcessError
    from .explanations import Explanation, explain, show
    from .origins import Origin
    from .resolve import Resolved
    from .resources import ComputeResources, GPUPrecision, GPUToolkit, QueueWorkerResources
    from .tracing import trace

__version__ = "0.1.0"
__all__ = [
    "BackendConfigError",
    "BackendError",
    "BaseDaskBackend",
    "BaseDaskJobQueueBackend",
    "ComputeResources",
    "DaskHTCondorBackend",
    "DaskLSFBackend",
    "DaskLocalCluster",
    "DaskMoabBackend",
    "DaskOARBackend",
    "DaskPBSBackend",
    "DaskSGEBackend",
    "DaskSLURMBackend",
    "Explanation",
    "GPUPrecision",
    "GPUToolkit",
    "Origin",
    "QueueWorkerResources",
    "Resolved",
    "TaskLostError",
    "TaskProcessError",
    "current_resources",
    "explain",
    "get_backend",
    "show",
    "trace",
]

#: Where each public name lives; the module is imported when the name is first asked for.
_HOMES = {
    "BackendConfigError": ".errors",
    "BackendError": ".errors",
    "BaseDaskBackend": ".backends",
    "BaseDaskJobQueueBackend": ".backends.jobqueue",
    "ComputeResources": ".resources",
    "DaskHTCondorBackend": ".backends.htcondor",
    "DaskLSFBackend": ".backends.lsf",
    "DaskLocalCluster": ".backends",
    "DaskMoabBackend": ".backends.moab",
    "DaskOARBackend": ".backends.oar",
    "DaskPBSBackend": ".backends.pbs",
    "DaskSGEBackend": ".backends.sge",
    "DaskSLURMBackend": ".backends.slurm",
    "Explanation": ".explanations",
    "GPUPrecision": ".resources",
    "GPUToolkit": ".resources",
    "Origin": ".origins",
    "QueueWorkerResources": ".resources",
    "Resolved": ".resolve",
    "TaskLostError": ".backends.lost_tasks",
    "TaskProcessError": ".errors",
    "current_resources": ".backends",
    "explain": ".explanations",
    "get_backend": ".backends",
    "show": ".explanations",
    "trace": ".tracing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOMES[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


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
    merge_defaults()
