"""What the processes of all backends get: addresses, log levels, numbers of threads."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..config.resolve import Resolution

logger = logging.getLogger("dask_backend_config")

LOOPBACK = "127.0.0.1"
#: Open files of a client without workers, and for each worker, which come before others have gone.
_FILES, _FILES_EACH = 256, 4
_THREAD_LIMITS = "distributed.nanny.pre-spawn-environ"


def thread_limits_not_set_by_user(resolution: Resolution) -> list[str]:
    """OMP_NUM_THREADS and its likes, where only distributed's default says something of them."""
    return [
        path[-1]
        for path, found in resolution.by_path(_THREAD_LIMITS)
        if path[-1].endswith("_NUM_THREADS") and found.origin.kind == "default"
    ]


def has_dashboard() -> bool:
    """Whether a scheduler can have one.

    Without bokeh it would add a page that says so to the configured routes, in the configuration
    itself, at each start; so it is told not to try.
    """
    return find_spec("bokeh") is not None


def default_log_level() -> int | None:
    """What is logged of scheduler and workers: warnings, unless the user says what."""
    import dask.config

    keys = ("logging", "logging-file-config")
    said = [
        dask.config.get(f"{above}{key}", None) for above in ("distributed.", "") for key in keys
    ]
    return None if any(said) else logging.WARNING


def raise_open_files_limit(workers: int) -> None:
    """Raise this process's limit of open files where so many connected workers would exceed it.

    dask's scheduler has two for each worker, and where they run out it logs thousands of errors a
    second instead of taking connections. Where the hard limit is too low, a warning says so.
    """
    import resource

    needed = _FILES + _FILES_EACH * workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    limit = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, limit), hard))
    if limit < needed:
        logger.warning(
            "%d workers need %d open files, and this machine allows %d: see ulimit -Hn",
            workers,
            needed,
            limit,
        )


def on_loopback(address: str | int) -> str:
    """Put a port that was said without a host on loopback.

    Examples
    --------
    >>> on_loopback(8787), on_loopback(":8787"), on_loopback("0.0.0.0:0")
    ('127.0.0.1:8787', '127.0.0.1:8787', '0.0.0.0:0')
    """
    host, _, port = str(address).rpartition(":")
    return f"{host or LOOPBACK}:{port}"
