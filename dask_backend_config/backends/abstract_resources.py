"""dask's abstract resources of workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .options import BackendOptions
from .worker_arguments import last_value
from .worker_groups import group_resources

_KEY = "distributed.worker.resources"


def abstract_resources(
    options: BackendOptions, group: str, arguments: Sequence[str] = ()
) -> dict[str, float]:
    """Return the resources that each worker of a group will have.

    Parameters
    ----------
    options : BackendOptions
    group : str
        Empty for a backend without groups.
    arguments : sequence of str, optional
        Extra arguments of the worker's command line; they replace the resources of the
        configuration, as they do without a backend.
    """
    configured = options.config.get(_KEY)
    others: Mapping[str, float] = configured if isinstance(configured, Mapping) else {}
    given = last_value(arguments, "--resources", _parsed)
    return group_resources(group, others if given is None else given)


def _parsed(text: str) -> dict[str, float]:
    """Return the resources that an option of ``dask worker`` sets.

    Examples
    --------
    >>> _parsed("GPU=2,MEMORY=1e9")
    {'GPU': 2.0, 'MEMORY': 1000000000.0}
    """
    pairs = (pair.partition("=") for pair in text.replace(",", " ").split())
    return {name: float(amount) for name, _, amount in pairs}
