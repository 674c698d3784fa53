"""Values with which dask and distributed fail when they are imported or started."""

from __future__ import annotations

from collections.abc import Collection

from ..resolve import Resolution
from . import arguments, dashboard_link, files, logging, modules, tls
from .problem import Problems

#: What depends on the files and modules of a machine.
_OF_MACHINES = ("missing-file", "missing-module")


def startup_problems(
    resolution: Resolution, variables: Collection[str], is_here: bool = True
) -> Problems:
    """Yield every value with which dask or distributed fails on this machine.

    It looks for files and modules, but imports and writes nothing. Values of the wrong type are not
    among them: `value_type` judges those.

    Parameters
    ----------
    resolution : Resolution
    variables : collection of str
        The names of the environment variables that are set.
    is_here : bool
        Whether the process runs on this machine. Otherwise files and modules are not looked for.
    """
    tree = resolution.tree
    if is_here:
        yield from modules.problems(tree)
        yield from files.problems(tree)
    yield from tls.problems(tree, is_here)
    for problem in logging.problems(tree):
        if is_here or problem.kind not in _OF_MACHINES:
            yield problem
    yield from dashboard_link.problems(tree, variables)
    yield from arguments.problems(tree)
