"""The options of each worker group."""

from __future__ import annotations

from .options import BackendOptions


def group_options(options: BackendOptions) -> dict[str, BackendOptions]:
    """Return the options of each group by its name."""
    del options
    return {}
