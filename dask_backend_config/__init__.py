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
    from .config.values import Resolved
    from .core.errors import BackendError, DaskBackendError, TaskProcessError
    from .core.origins import Origin
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


def _is_command_line() -> bool:
    """Return whether this process runs our command, which must work where dask cannot be imported.

    The installed script says so through its entry point. For ``python -m MODULE``, Python sets
    ``sys.argv[0]`` to "-m" until it has found the module, and MODULE is the word before its
    arguments.
    """
    script = sys.modules.get("_dask_backend_config_cli")
    if getattr(script, "is_running", False):
        return True
    arguments = getattr(sys, "argv", [])
    if arguments[:1] != ["-m"]:
        return False
    module = sys.orig_argv[-len(arguments)]
    if module.startswith("-"):  # as in "-mMODULE"
        module = module.partition("m")[2]
    return module in (__name__, f"{__name__}.__main__")


if not _is_command_line():
    merge_defaults()
