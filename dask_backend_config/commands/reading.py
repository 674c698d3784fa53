"""What commands read before they say anything."""

from __future__ import annotations

from .. import resolve
from ..resolve import Resolution
from ..sources import BREAKING


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
        from ..doctor import refusal  # every check, which only this case needs

        reason = refusal()
        if reason is not None:
            raise reason
    return found
