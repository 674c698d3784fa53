"""The workers of each group of a local backend, for its cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributed.system import MEMORY_LIMIT

from .. import task_resources
from ..task_threads import share_of_task
from ..worker_environment import LOOPBACK
from .cluster_entry import LocalGroup
from .environment import thread_variables
from .options import LocalOptions


def local_groups_of_workers(
    groups: Mapping[str, LocalOptions], resources: Mapping[str, Mapping[str, float]], security: Any
) -> list[LocalGroup]:
    """Return the workers of each group; all workers share the memory of the machine or job.

    Parameters
    ----------
    groups : mapping
        The options of each group by its name.
    resources : mapping
        dask's abstract resources of each worker of a group.
    security : distributed.Security, optional
    """
    workers = sum(options.number_of_workers for options in groups.values())
    return [
        LocalGroup(
            name,
            options.number_of_workers,
            options.tasks,
            options.resources.number_of_gpus or 0,
            {
                **_nanny(options, workers, has_threads=len(groups) == 1),
                "resources": resources[name] or None,
                "security": security,
            },
        )
        for name, options in groups.items()
    ]


def _nanny(options: LocalOptions, workers: int, *, has_threads: bool) -> dict[str, Any]:
    """Return the keyword arguments of each ``distributed.Nanny`` of a group.

    Parameters
    ----------
    options : LocalOptions
    workers : int
        Number of all workers.
    has_threads : bool
        Whether the process of the nannies has the variables for the threads of these tasks.
    """
    job, limit = options.job, options.memory_limit
    memory = MEMORY_LIMIT if job is None else min(MEMORY_LIMIT, job.memory or MEMORY_LIMIT)
    share = share_of_task(options.resources, options.tasks)
    return {
        "host": LOOPBACK,
        "dashboard_address": f"{LOOPBACK}:0",
        "nthreads": options.tasks,
        "memory_limit": memory // workers if limit is None else limit,
        "local_directory": options.local_directory,
        "log_directory": options.log_directory,
        "env": {
            **({} if has_threads else thread_variables(share.number_of_threads)),
            task_resources.VARIABLE: task_resources.encoded(share),
        },
    }
