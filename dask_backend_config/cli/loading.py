"""The backend that a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..doctor.startup import merge_defaults

if TYPE_CHECKING:
    from ..backends import BaseDaskBackend


def configured_backend(name: str | None) -> BaseDaskBackend:
    """What ``get_backend`` makes of `name`, with our defaults in place.

    Raises
    ------
    DaskBackendError
        Where dask cannot be imported, or configuration does not describe a backend.
    """
    merge_defaults()
    from ..backends import get_backend

    return get_backend(name)
