"""What kind of value each key of dask, distributed and dask-jobqueue takes.

None of them judges a value before it is used, and the schemas that two of them ship refuse much
that their code accepts. So a kind is read off a key's default, and off the tables below where the
code that reads the key takes more, or other things, than its default shows. They were found in the
sources of dask and distributed 2026.8.0 and dask-jobqueue 0.9.0.

What ``backends.*`` takes is `dask_backend_config.catalogue.backend_schema`'s to say.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.keys import hyphenated, join_path
from .catalogue import MISSING, Catalogue, Path
from .value_types import Kind, Name, is_duration, is_memory

_BOOLEAN = Kind("boolean", (None,))
_NUMBER = Kind("number", (None,))
_LENGTH = Kind("whole number", (None,))  # of a deque: null is no limit
_COUNT = Kind("whole number")  # of a range or a slice
_TEXT = Kind("text", (None,))
_DURATION = Kind("duration", (None,))
_MEMORY = Kind("memory")
_FRACTION = Kind("fraction", (False,))
_COMPRESSION = Kind("choice", (None, False, "auto", "zlib", "lz4", "snappy", "zstd"))
_MEASURE = Kind("choice", ("process", "optimistic", "managed", "managed_total"))
_MODULES = Kind("modules")
_SECTION = Kind("section", (None,))  # where one has a default, dask puts it there
_TLS_VERSION = Kind("choice", (None, 1.2, 1.3))

_BY_KEY = {
    "admin.async-client-fallback": _TEXT,
    "admin.traceback.shorten": Kind("list", (None,)),
    "array.backend": _TEXT,
    "array.query-planning": Kind("boolean", (None,), strict=True),
    "array.rechunk.method": _TEXT,
    "array.slicing.split-large-chunks": _BOOLEAN,
    "dataframe.backend": _TEXT,
    "dataframe.convert-string": _BOOLEAN,
    "dataframe.parquet.minimum-partition-size": _MEMORY,
    "dataframe.query-planning": _BOOLEAN,
    "dataframe.shuffle.compression": _TEXT,
    "dataframe.shuffle.method": _TEXT,
    "num-workers": _NUMBER,
    "optimization.fuse.active": Kind("boolean", (None,), strict=True),
    "optimization.fuse.max-depth-new-edges": _NUMBER,
    "optimization.fuse.max-width": _NUMBER,
    "scheduler-address": _TEXT,
    "temporary-directory": _TEXT,
    "visualization.engine": _TEXT,
    "distributed.adaptive.interval": _DURATION,
    "distributed.adaptive.maximum": Kind("whole number", (math.inf,)),
    "distributed.admin.event-loop": Kind("choice", ("tornado", "asyncio", "uvloop")),
    "distributed.admin.log-format": Kind("text", (None,), expands=True),
    "distributed.admin.log-length": _LENGTH,
    "distributed.admin.low-level-log-length": _LENGTH,
    "distributed.admin.max-error-length": _COUNT,
    "distributed.admin.system-monitor.log-length": _LENGTH,
    "distributed.client.direct-to-workers": _BOOLEAN,
    "distributed.client.preload-argv": Kind("list", (None,)),
    "distributed.client.security-loader": _TEXT,
    "distributed.comm.compression": _COMPRESSION,
    "distributed.comm.offload": Kind("memory", (None, False, True)),
    "distributed.comm.require-encryption": _BOOLEAN,
    "distributed.comm.retry.count": _COUNT,
    "distributed.comm.tls.ca-file": _TEXT,
    "distributed.comm.tls.ciphers": _TEXT,
    "distributed.comm.tls.max-version": _TLS_VERSION,
    "distributed.comm.tls.min-version": _TLS_VERSION,
    "distributed.comm.zstd.level": _COUNT,
    "distributed.comm.zstd.threads": _COUNT,
    "distributed.dashboard.prometheus.namespace": _TEXT,
    "distributed.diagnostics.computations.max-history": _LENGTH,
    "distributed.diagnostics.erred-tasks.max-history": _LENGTH,
    "distributed.nanny.preload-argv": Kind("list", (None,)),
    "distributed.p2p.comm.retry.count": _COUNT,
    "distributed.p2p.threads": _NUMBER,
    "distributed.scheduler.active-memory-manager.measure": _MEASURE,
    "distributed.scheduler.bandwidth": _MEMORY,
    "distributed.scheduler.contact-address": _TEXT,
    "distributed.scheduler.dashboard.tls.ca-file": _TEXT,
    "distributed.scheduler.dashboard.tls.cert": _TEXT,
    "distributed.scheduler.dashboard.tls.key": _TEXT,
    "distributed.scheduler.idle-timeout": _DURATION,
    "distributed.scheduler.locks.lease-timeout": Kind("duration", ("inf",)),
    "distributed.scheduler.no-workers-timeout": _DURATION,
    "distributed.scheduler.preload-argv": Kind("list", (None,)),
    "distributed.scheduler.worker-saturation": Kind("number", ("inf",), strict=True),
    "distributed.scheduler.worker-ttl": _DURATION,
    "distributed.worker.lifetime.duration": _DURATION,
    "distributed.worker.memory.max-spill": Kind("memory", (False,)),
    "distributed.worker.memory.monitor-interval": Kind("duration", strict=True),
    "distributed.worker.memory.pause": _FRACTION,
    "distributed.worker.memory.rebalance.measure": _MEASURE,
    "distributed.worker.memory.rebalance.recipient-max": Kind("fraction"),
    "distributed.worker.memory.rebalance.sender-min": Kind("fraction"),
    "distributed.worker.memory.rebalance.sender-recipient-gap": Kind("fraction"),
    "distributed.worker.memory.spill": _FRACTION,
    "distributed.worker.memory.spill-compression": _COMPRESSION,
    "distributed.worker.memory.target": Kind("fraction", (None, False)),
    "distributed.worker.memory.terminate": _FRACTION,
    "distributed.worker.memory.transfer": _FRACTION,
    "distributed.worker.multiprocessing-method": Kind("choice", ("spawn", "fork", "forkserver")),
    **{
        f"distributed.{role}.preload": _MODULES
        for role in ("client", "nanny", "scheduler", "worker")
    },
    **{
        f"distributed.comm.tls.{role}.{file}": _TEXT
        for role in ("client", "scheduler", "worker")
        for file in ("cert", "key")
    },
}
#: What stands below a map whose names are the user's own.
_BY_PARENT = {
    "distributed.nanny.environ": Kind("anything"),
    "distributed.nanny.pre-spawn-environ": Kind("anything"),
    "distributed.scheduler.default-task-durations": Kind("duration"),
    "distributed.worker.resources": Kind("number"),
    "jobqueue.htcondor.job-extra": Kind("word", (None,), expands=True, script=True),
    "jobqueue.htcondor.job-extra-directives": Kind("word", (None,), expands=True, script=True),
}

_WORD = Kind("word", (None,), filled=True, script=True)
_IN_SHELL = replace(_WORD, expands=True)  # part of the worker's command line in the job script
_SCRIPT_LIST = Kind("list", expands=True, script=True)
_OLD_LIST = replace(_SCRIPT_LIST, takes=(None,))
_SHELL_LINES = replace(_SCRIPT_LIST, strict=True)
_SIZE = replace(_NUMBER, strict=True)
_TEXTS = Kind("list", strict=True, expands=True)
_JOBQUEUE = {
    "account": _WORD,
    "cancel-command-extra": _TEXTS,
    "cores": _SIZE,
    "death-timeout": Kind("duration", (None,), expands=True, script=True),
    "disk": Kind("memory", (None,)),
    "env-extra": replace(_OLD_LIST, strict=True),
    "extra": _OLD_LIST,
    "interface": Kind("text", (None,), script=True),
    "job-cpu": _NUMBER,
    "job-directives-skip": _TEXTS,
    "job-extra": _OLD_LIST,
    "job-extra-directives": _SCRIPT_LIST,
    "job-mem": replace(_IN_SHELL, filled=False),
    "job-script-prologue": _SHELL_LINES,
    "local-directory": _IN_SHELL,
    "log-directory": Kind("text", (None,), filled=True, script=True),
    "lsf-units": Kind("text", (None,), filled=True),
    "mem": _NUMBER,
    "memory": Kind("memory", (None,)),
    "memory-per-core-property-name": _WORD,
    "name": _WORD,
    "ncpus": _NUMBER,
    "processes": _SIZE,
    "project": _WORD,
    "python": _IN_SHELL,
    "queue": _WORD,
    "resource-spec": _IN_SHELL,
    "scheduler-options": _SECTION,
    "shared-temp-directory": Kind("text", (None,), expands=True, script=True),
    "shebang": Kind("word", script=True),
    "submit-command-extra": _TEXTS,
    "use-stdin": _BOOLEAN,
    "walltime": _WORD,
    "worker-command": Kind("word", filled=True, expands=True, script=True),
    "worker-extra-args": _SCRIPT_LIST,
}
#: Where one scheduler's code differs from the others'.
_BY_SCHEDULER = {
    "htcondor.job-extra": Kind("map", (None,)),
    "htcondor.job-extra-directives": _SECTION,
    "htcondor.job-script-prologue": replace(_SHELL_LINES, takes=(None,)),
    "local.job-extra-directives": _OLD_LIST,
    "local.shebang": Kind("word", (None,)),
    "moab.account": replace(_WORD, filled=False),
    "pbs.account": replace(_WORD, filled=False),  # then $PBS_ACCOUNT counts
}


@functools.cache
def kind_of(known: Catalogue, path: Path) -> Kind | None:
    """What the key at `path` takes; None where nobody knows, and below ``backends``.

    Parameters
    ----------
    known : Catalogue
        The keys that there are.
    path : tuple of str
        As written; a renamed key takes what its successor takes.
    """
    key = hyphenated(join_path(path))
    if successor := known.renamed.get(key):
        return kind_of(known, tuple(successor.split(".")))
    parent, _, leaf = key.rpartition(".")
    if found := _BY_PARENT.get(parent) or _BY_KEY.get(key):
        return found
    default = known.default(path)
    if path[0] == "backends" or default is MISSING:
        return None
    if path[0] == "jobqueue" and len(path) == 2 and (*path[:1], leaf) not in known.places(leaf):
        return None  # a value in place of a section: a key gone astray, which is another check's
    if path[0] == "jobqueue" and len(path) == 3:
        section = parent.partition(".")[2]
        return _BY_SCHEDULER.get(f"{section}.{leaf}") or _JOBQUEUE.get(leaf)
    if known.is_free(path) and not isinstance(default, Mapping):
        return None
    return _of_default(default)


def _of_default(default: Any) -> Kind | None:
    if isinstance(default, Mapping):
        return _SECTION
    if isinstance(default, bool):
        return Kind("boolean", () if default else (None,))  # null would switch it off
    if isinstance(default, (int, float)):
        return Kind("number")
    if isinstance(default, list):
        return Kind("list")
    return Kind(_of_text(default)) if isinstance(default, str) else None


def _of_text(default: str) -> Name:
    if not re.match(r"\d", default):
        return "text"
    if is_duration(default):
        return "duration"
    return "memory" if is_memory(default) else "text"
