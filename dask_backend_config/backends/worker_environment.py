"""Environment of the processes of all backends: addresses, paths, log level, limits."""

from __future__ import annotations

import logging
import os
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..config.resolve import Resolution

logger = logging.getLogger("dask_backend_config")

LOOPBACK = "127.0.0.1"
#: Open files of a client without workers, and of each worker. A worker needs two; its successor
#: may connect before it is gone.
_FILES, _FILES_PER_WORKER = 256, 4
#: Variables that a nanny sets before it starts its worker.
PRE_SPAWN_ENVIRON = "distributed.nanny.pre-spawn-environ"


def thread_limits_not_set_by_user(resolution: Resolution) -> list[str]:
    """Return OMP_NUM_THREADS and similar variables for which only distributed has a value."""
    return [
        path[-1]
        for path, found in resolution.by_path(PRE_SPAWN_ENVIRON)
        if path[-1].endswith("_NUM_THREADS") and found.origin.kind == "default"
    ]


def has_dashboard() -> bool:
    """Return whether a scheduler can serve a dashboard, which needs bokeh.

    Without bokeh, a scheduler with a dashboard adds a page with that message to the routes in
    ``dask.config`` at each start.
    """
    return find_spec("bokeh") is not None


def default_log_level() -> int | None:
    """Return the log level of scheduler and workers: warnings, None if the user sets it."""
    import dask.config

    keys = ("logging", "logging-file-config")
    values = (dask.config.get(start + key, None) for start in ("", "distributed.") for key in keys)
    return None if any(values) else logging.WARNING


def raise_open_files_limit(workers: int) -> None:
    """Raise this process's limit of open files to what its scheduler needs for `workers`.

    A scheduler that runs out of them logs thousands of errors a second and accepts no connection.
    Log a warning if the hard limit is too low.
    """
    import resource

    needed = _FILES + _FILES_PER_WORKER * workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    limit = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, limit), hard))
    if limit < needed:
        message = "%d workers need %d open files, but the limit is %d; see: ulimit -Hn"
        logger.warning(message, workers, needed, limit)


def on_loopback(address: str | int) -> str:
    """Return an address with a port; without a host, the host is loopback.

    Examples
    --------
    >>> on_loopback(8787), on_loopback(":8787"), on_loopback("0.0.0.0:0")
    ('127.0.0.1:8787', '127.0.0.1:8787', '0.0.0.0:0')
    """
    host, _, port = str(address).rpartition(":")
    return f"{host or LOOPBACK}:{port}"


def expanded_path(path: str) -> str:
    """Return an absolute path with ``~`` and ``$VARIABLES`` expanded on this machine.

    Raises
    ------
    ValueError
        If a variable is not set; the folder would get the variable's name.
    """
    full = os.path.abspath(os.path.expanduser(os.path.expandvars(path)))
    if missing := re.search(r"\$(\w+|\{[^}]*\})", full):
        raise ValueError(f"the variable {missing.group()} is not set here")
    return full
