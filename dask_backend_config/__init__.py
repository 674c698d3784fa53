"""dask's configuration, from files and variables to each worker, with the origin of every value.

Importing this package merges its defaults into ``dask.config``; see docs/layers.md.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from .core.version import __version__
from .doctor.startup import merge_defaults

if TYPE_CHECKING:
    from .backends import BaseDaskBackend, DaskLocalCluster, current_resources, get_backend
    from .backends.jobqueue.backend import BaseDaskJobQueueBackend
    from .backends.jobqueue.htcondor import DaskHTCondorBackend
    from .backends.jobqueue.lsf import DaskLSFBackend
    from .backends.jobqueue.moab import DaskMoabBackend
    from .backends.jobqueue.oar import DaskOARBackend
    from .backends.jobqueue.pbs import DaskPBSBackend
    from .backends.jobqueue.sge import DaskSGEBackend
    from .backends.jobqueue.slurm import DaskSLURMBackend
    from .backends.lost_tasks import TaskLostError
    from .backends.resources import ComputeResources, GPUPrecision, GPUToolkit, QueueWorkerResources
    from .config.explain import Explanation, explain, show
    from .config.resolve import Resolved
    from .core.errors import BackendError, DaskBackendError, TaskProcessError
    from .core.origins import Origin
    from .doctor.examine import examine
    from .tracing import trace


__all__ = [
    "BackendError",
    "BaseDaskBackend",
    "BaseDaskJobQueueBackend",
    "ComputeResources",
    "DaskBackendError",
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
    "__version__",
    "current_resources",
    "examine",
    "explain",
    "get_backend",
    "show",
    "trace",
]

#: Where each public name lives; the module is imported when the name is first asked for.
_HOMES = {
    "DaskBackendError": ".core.errors",
    "BackendError": ".core.errors",
    "BaseDaskBackend": ".backends",
    "BaseDaskJobQueueBackend": ".backends.jobqueue.backend",
    "ComputeResources": ".backends.resources",
    "DaskHTCondorBackend": ".backends.jobqueue.htcondor",
    "DaskLSFBackend": ".backends.jobqueue.lsf",
    "DaskLocalCluster": ".backends",
    "DaskMoabBackend": ".backends.jobqueue.moab",
    "DaskOARBackend": ".backends.jobqueue.oar",
    "DaskPBSBackend": ".backends.jobqueue.pbs",
    "DaskSGEBackend": ".backends.jobqueue.sge",
    "DaskSLURMBackend": ".backends.jobqueue.slurm",
    "Explanation": ".config.explain",
    "GPUPrecision": ".backends.resources",
    "GPUToolkit": ".backends.resources",
    "Origin": ".core.origins",
    "QueueWorkerResources": ".backends.resources",
    "Resolved": ".config.resolve",
    "TaskLostError": ".backends.lost_tasks",
    "TaskProcessError": ".core.errors",
    "current_resources": ".backends",
    "examine": ".doctor.examine",
    "explain": ".config.explain",
    "get_backend": ".backends",
    "show": ".config.explain",
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
