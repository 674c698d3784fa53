"""Merge this package's defaults into ``dask.config``, or explain why dask cannot be imported."""

from __future__ import annotations


def merge_defaults() -> None:
    """Import dask and merge this package's defaults, once.

    Raises
    ------
    ConfigSourceError
        If a file or variable makes ``import dask`` fail; its origin is the place.
    """
    try:
        import dask.config
    except Exception as error:
        from .facts import gather_facts
        from .run import dask_import_error

        reason = dask_import_error(gather_facts())
        if reason is None:
            raise
        raise reason from error
    from ..config.install import install

    install(dask.config)
