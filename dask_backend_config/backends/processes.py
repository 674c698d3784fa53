"""What the processes of all backends get: addresses, log levels, numbers of threads."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..resolve import Resolution

LOOPBACK = "127.0.0.1"
_THREAD_LIMITS = "distributed.nanny.pre-spawn-environ"


def unsaid_thread_limits(resolution: Resolution) -> list[str]:
    """OMP_NUM_THREADS and its likes, where only distributed's default says something of them."""
    return [
        path[-1]
        for path, found in resolution.by_path(_THREAD_LIMITS)
        if path[-1].endswith("_NUM_THREADS") and found.origin.kind == "default"
    ]


def log_level() -> int | None:
    """What is logged of scheduler and workers: warnings, unless the user says what."""
    import dask.config

    keys = ("logging", "logging-file-config")
    said = [
        dask.config.get(f"{above}{key}", None) for above in ("distributed.", "") for key in keys
    ]
    return None if any(said) else logging.WARNING


def on_loopback(address: str | int) -> str:
    """Put a port that was said without a host on loopback.

    Examples
    --------
    >>> on_loopback(8787), on_loopback(":8787"), on_loopback("0.0.0.0:0")
    ('127.0.0.1:8787', '127.0.0.1:8787', '0.0.0.0:0')
    """
    host, _, port = str(address).rpartition(":")
    return f"{host or LOOPBACK}:{port}"
