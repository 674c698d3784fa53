"""Configuration of dask with the origin of every value, and backends that pass it to workers.

Importing this package merges its defaults into ``dask.config``; see docs/layers.md.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from .core.version import __version__
from .doctor.startup import merge_defaults

if TYPE_CHECKING:
    from .backends.base import BaseDaskBackend as BaseDaskBackend
    from .backends.client_security import client_security as client_security
    from .backends.jobqueue.backend import BaseDaskJobQueueBackend as BaseDaskJobQueueBackend
    from .backends.jobqueue.by_scheduler import DaskHTCondorBackend as DaskHTCondorBackend
    from .backends.jobqueue.by_scheduler import DaskLSFBackend as DaskLSFBackend
    from .backends.jobqueue.by_scheduler import DaskMoabBackend as DaskMoabBackend
    from .backends.jobqueue.by_scheduler import DaskOARBackend as DaskOARBackend
    from .backends.jobqueue.by_scheduler import DaskPBSBackend as DaskPBSBackend
    from .backends.jobqueue.by_scheduler import DaskSGEBackend as DaskSGEBackend
    from .backends.jobqueue.by_scheduler import DaskSLURMBackend as DaskSLURMBackend
    from .backends.local.backend import DaskLocalCluster as DaskLocalCluster
    from .backends.local.backend import LocalBackend as LocalBackend
    from .backends.lost_tasks import TaskLostError as TaskLostError
    from .backends.registry import get_backend as get_backend
    from .backends.resources import ComputeResources as ComputeResources
    from .backends.resources import GPUPrecision as GPUPrecision
    from .backends.resources import GPUToolkit as GPUToolkit
    from .backends.resources import QueueWorkerResources as QueueWorkerResources
    from .backends.task_outcomes import TaskOutcome as TaskOutcome
    from .backends.task_resources import current_resources as current_resources
    from .config.difference import SnapshotDiff as SnapshotDiff
    from .config.explain import Explanation as Explanation
    from .config.explain import explain as explain
    from .config.explain import show as show
    from .config.interpreter import snapshot as snapshot
    from .config.snapshot_diff import diff as diff
    from .config.snapshots import Snapshot as Snapshot
    from .config.values import Resolved as Resolved
    from .core.errors import BackendError as BackendError
    from .core.errors import ConfigSourceError as ConfigSourceError
    from .core.errors import ConfigValueError as ConfigValueError
    from .core.errors import DaskBackendError as DaskBackendError
    from .core.errors import EditError as EditError
    from .core.errors import FileChangedError as FileChangedError
    from .core.errors import OptionError as OptionError
    from .core.errors import TaskProcessError as TaskProcessError
    from .core.errors import TaskTimeLimitError as TaskTimeLimitError
    from .core.errors import UnknownKeyError as UnknownKeyError
    from .core.errors import WriteError as WriteError
    from .core.origins import Origin as Origin
    from .doctor.examine import examine as examine
    from .tracing import Trace as Trace
    from .tracing import trace as trace

#: Module -> its public names; a module is imported when one of its names is first used.
_PUBLIC_NAMES = {
    ".backends.base": "BaseDaskBackend",
    ".backends.client_security": "client_security",
    ".backends.jobqueue.backend": "BaseDaskJobQueueBackend",
    ".backends.jobqueue.by_scheduler": "DaskHTCondorBackend DaskLSFBackend DaskMoabBackend "
    "DaskOARBackend DaskPBSBackend DaskSGEBackend DaskSLURMBackend",
    ".backends.local.backend": "DaskLocalCluster LocalBackend",
    ".backends.lost_tasks": "TaskLostError",
    ".backends.registry": "get_backend",
    ".backends.resources": "ComputeResources GPUPrecision GPUToolkit QueueWorkerResources",
    ".backends.task_outcomes": "TaskOutcome",
    ".backends.task_resources": "current_resources",
    ".config.difference": "SnapshotDiff",
    ".config.explain": "Explanation explain show",
    ".config.interpreter": "snapshot",
    ".config.snapshot_diff": "diff",
    ".config.snapshots": "Snapshot",
    ".config.values": "Resolved",
    ".core.errors": "BackendError ConfigSourceError ConfigValueError DaskBackendError EditError "
    "FileChangedError OptionError TaskProcessError TaskTimeLimitError UnknownKeyError WriteError",
    ".core.origins": "Origin",
    ".doctor.examine": "examine",
    ".tracing": "Trace trace",
}
_MODULES = {name: module for module, names in _PUBLIC_NAMES.items() for name in names.split()}

__all__ = ["__version__", *_MODULES]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_MODULES[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _is_command_line() -> bool:
    """Return whether this process runs our command, which must work where dask cannot be imported.

    The entry point of the installed script sets a flag. For ``python -m MODULE``, Python sets
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
