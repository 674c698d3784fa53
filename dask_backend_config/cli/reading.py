"""What commands read before they say anything."""

from __future__ import annotations

from ..config import resolve
from ..config.resolve import Resolution
from ..config.sources import BREAKING


def resolution() -> Resolution:
    """What a new process sees.

    Raises
    ------
    ConfigSourceError
        Where there is no such process, because ``import dask`` fails on a file or variable.
    """
    sources = resolve.gather()
    found = resolve.fresh(sources)
    if found.conflicts or any(file.status in BREAKING for file in sources.files):
        from ..doctor.run import dask_import_error

        reason = dask_import_error()
        if reason is not None:
            raise reason
    return found
