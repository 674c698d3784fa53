"""What reads a key once and keeps the value, so that a later ``dask.config.set`` has no effect.

Read in the sources of distributed 2026.8.0 and dask-jobqueue 0.9.0;
tests/tracing/test_dask_internals.py holds
the tables against what is installed.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..catalogue.dask_keys import inherited
from ..core.keys import hyphenated


@dataclass(frozen=True, slots=True)
class ConfigReader:
    """Methods in which an object reads what it keeps.

    Attributes
    ----------
    module : str
        Where the methods are defined.
    name : str
        The class, or one above that of the object.
    methods : tuple of str
    hands_over : tuple of str
        Those of `methods` in which other processes are given the whole configuration.
    """

    module: str
    name: str
    methods: tuple[str, ...]
    hands_over: tuple[str, ...] = ()


#: What a trace looks for among the callers of ``dask.config.get``.
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
    ConfigReader(
        "dask_backend_config.backends.base", "BaseDaskBackend", ("__init__", "start"), ("start",)
    ),
)

#: What nannies read as well, where these are in a process of their own.
READ_BY_NANNIES = ("distributed.nanny", "distributed.worker")

#: What distributed itself changes past the functions of dask.
CHANGED_IN_PLACE = ("distributed.scheduler.http.routes", "get")

#: What only the import of a module reads -> that module. Worker processes import it before they are
#: given anything.
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


def overlap(one: str, other: str) -> bool:
    """Whether a key is the other, or one is a section that holds the other.

    Examples
    --------
    >>> overlap("distributed.worker", "distributed.worker.daemon"), overlap("a.b", "a.bc")
    (True, False)
    """
    one, other = hyphenated(one), hyphenated(other)
    return one == other or one.startswith(other + ".") or other.startswith(one + ".")


def within(key: str, sections: tuple[str, ...]) -> bool:
    """Whether a key is one of `sections` or lies in one."""
    key = hyphenated(key)
    return any(key == section or key.startswith(section + ".") for section in sections)


def is_read_by_workers(key: str, nannies_too: bool) -> bool:
    """Whether worker processes, or nannies that are in a process of their own, read `key`."""
    if nannies_too and within(key, READ_BY_NANNIES):
        return True
    return bool(inherited(key, "kept-by-workers"))


def module_that_read(key: str) -> str | None:
    """The module whose import reads `key`, which nothing else does; None for any other key."""
    for section, module in READ_AT_IMPORT.items():
        if within(key, (section,)):
            return module
    return None
