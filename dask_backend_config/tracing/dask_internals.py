"""Private details of dask, distributed and dask-jobqueue: who reads which key when, and keeps it.

A later ``dask.config.set`` has no effect on a value that was kept. Read in the sources of
distributed 2026.8.0 and dask-jobqueue 0.9.0; tests/tracing/test_dask_internals.py compares this
module with the installed versions.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..catalogue.dask_keys import inherited
from ..core.keys import hyphenated
from .values import MISSING, within


@dataclass(frozen=True, slots=True)
class ConfigReader:
    """A class and its methods that read configuration and keep the values.

    Attributes
    ----------
    module : str
        The module that defines the methods.
    name : str
        The class, or a base class of the object.
    methods : tuple of str
    hands_over : tuple of str
        Those of `methods` that pass the complete configuration to worker processes.
    """

    module: str
    name: str
    methods: tuple[str, ...]
    hands_over: tuple[str, ...] = ()


#: Of a backend: in the thread of its caller, or in the event loop.
_START_METHODS = ("start", "_start", "_start_cluster")
#: The classes that a trace looks for among the callers of ``dask.config.get``.
CONFIG_READERS = (
    ConfigReader("distributed.client", "Client", ("__init__", "_start")),
    ConfigReader("distributed.scheduler", "Scheduler", ("__init__", "start_unsafe")),
    ConfigReader("distributed.worker", "Worker", ("__init__", "start_unsafe")),
    ConfigReader(
        "distributed.nanny", "Nanny", ("__init__", "start_unsafe", "instantiate"), ("__init__",)
    ),
    ConfigReader("distributed.deploy.cluster", "Cluster", ("__init__",)),
    ConfigReader("distributed.deploy.local", "LocalCluster", ("__init__",)),
    ConfigReader(
        "distributed.deploy.spec", "SpecCluster", ("__init__", "_start", "_correct_state_internal")
    ),
    ConfigReader("distributed.deploy.adaptive", "Adaptive", ("__init__",)),
    ConfigReader("distributed.deploy.ssh", "Worker", ("start",), ("start",)),
    ConfigReader("distributed.deploy.ssh", "Scheduler", ("start",), ("start",)),
    ConfigReader("dask_jobqueue.core", "JobQueueCluster", ("__init__",)),
    ConfigReader("dask_backend_config.backends.base", "BaseDaskBackend", ("__init__",)),
    ConfigReader(
        "dask_backend_config.backends.lifecycle", "Lifecycle", _START_METHODS, _START_METHODS
    ),
)

#: Functions of ``dask.config`` -> the parameter that holds the configuration.
CONFIG_CHANGERS = {
    "update_defaults": "config",
    "refresh": "config",
    "update": "old",
    "rename": "config",
    "pop": "config",
}
CONFIG_PARAMETERS = {"get": "config", "serialize": "data", **CONFIG_CHANGERS}

#: Read by nannies as well, if these run outside of this process.
READ_BY_NANNIES = ("distributed.nanny", "distributed.worker")

#: Keys that distributed itself changes without the functions of ``dask.config``.
CHANGED_IN_PLACE = ("distributed.scheduler.http.routes", "get")

#: Keys that are read only when a module is imported -> that module. Worker processes import it
#: before they receive the configuration.
READ_AT_IMPORT = {
    "distributed.admin.pdb-on-err": "distributed.core",
    "distributed.admin.tick.limit": "distributed.core",
    "distributed.comm.offload": "distributed.comm.utils",
    "distributed.comm.shard": "distributed.comm.tcp",
    "distributed.comm.websockets.shard": "distributed.comm.ws",
    "distributed.dashboard.export-tool": "distributed.dashboard.components.scheduler",
    "distributed.diagnostics.cudf": "distributed.worker",
    "distributed.logging": "distributed.config",
    "distributed.logging-file-config": "distributed.config",
    "logging": "distributed.config",
    "logging-file-config": "distributed.config",
}


@functools.cache
def readers_of(module: str, method: str) -> tuple[ConfigReader, ...]:
    """Return the classes of `module` that keep what they read in `method`."""
    return tuple(
        reader for reader in CONFIG_READERS if reader.module == module and method in reader.methods
    )


def is_read_by_workers(key: str, nannies_too: bool) -> bool:
    """Return whether worker processes, or nannies outside of this process, read `key`."""
    by_nannies = nannies_too and within(key, READ_BY_NANNIES)
    return by_nannies or bool(inherited(key, "kept-by-workers"))


def module_that_read(key: str) -> str | None:
    """Return the module whose import is the only reader of `key`, None for other keys."""
    modules = (module for section, module in READ_AT_IMPORT.items() if within(key, (section,)))
    return next(modules, None)


def assigned_values(set_object: Any, arguments: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return what a ``dask.config.set`` assigned, which is less than it was given if it failed.

    Parameters
    ----------
    set_object : dask.config.set
    arguments : mapping
        The arguments that it was created with: ``arg``, and ``kwargs`` by their names.

    Returns
    -------
    list of tuple
        Key, value and previous value; renamed keys by their new names.
    """
    from dask.config import deprecations

    given = list((arguments.get("arg") or {}).items())
    given += [(name.replace("__", "."), new) for name, new in arguments.get("kwargs", {}).items()]
    return [
        (deprecations.get(hyphenated(key)) or key, value, old if step == "replace" else MISSING)
        for (key, value), (step, _, old) in zip(given, set_object._record, strict=False)
    ]
