"""Values with which dask and distributed fail when they are imported or started."""

from __future__ import annotations

from collections.abc import Collection

from ..resolve import Resolution
from . import arguments, dashboard_link, files, logging, modules, tls
from .problem import Problems


def startup_problems(resolution: Resolution, variables: Collection[str]) -> Problems:
    """Yield every value with which dask or distributed fails on this machine.

    It looks for files and modules, but imports and writes nothing. Values of the wrong type are not
    among them: `value_type` judges those.

    Parameters
    ----------
    resolution : Resolution
    variables : collection of str
        The names of the environment variables that are set.
    """
    tree = resolution.tree
    yield from modules.problems(tree)
    yield from files.problems(tree)
    yield from tls.problems(tree)
    yield from logging.problems(tree)
    yield from dashboard_link.problems(tree, variables)
    yield from arguments.problems(tree)
