"""Puts our defaults into this process's ``dask.config``, or says why dask cannot be imported."""

from __future__ import annotations


def merge_defaults() -> None:
    """Import dask and merge our defaults, once.

    Raises
    ------
    DaskBackendError
        Where a file or variable keeps dask from being imported, with the place.
    """
    try:
        import dask.config
    except Exception as error:
        from .run import import_error

        reason = import_error()
        if reason is None:
            raise
        raise reason from error
    from ..config.install import install

    install(dask.config)
