"""Load the configuration or the backend that a command is about."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from ..config import resolve
from ..config.resolve import Resolution
from ..config.sources import BREAKING
from ..doctor.startup import merge_defaults

if TYPE_CHECKING:
    from ..backends.base import BaseDaskBackend
    from ..config.snapshots import Snapshot


def load_configuration(snapshot: Snapshot | None = None) -> Resolution:
    """Return the configuration of a new process, or that in a snapshot.

    Raises
    ------
    ConfigSourceError
        If ``import dask`` fails in a new process because of a file or variable.
    """
    sources = snapshot.sources if snapshot else resolve.gather()
    found = snapshot.resolution if snapshot else resolve.fresh(sources)
    if found.conflicts or any(file.status in BREAKING for file in sources.files):
        from ..doctor.facts import facts_of, gather_facts
        from ..doctor.run import dask_import_error

        if reason := dask_import_error(facts_of(snapshot) if snapshot else gather_facts()):
            raise reason
    return found


def load_backend(name: str | None) -> BaseDaskBackend:
    """Return the backend that ``get_backend(name)`` makes with our defaults.

    Raises
    ------
    DaskBackendError
        If dask cannot be imported, or the configuration does not describe a backend.
    """
    gc.enable()
    merge_defaults()
    from ..backends.registry import get_backend

    return get_backend(name)


def load_job_script(backend: BaseDaskBackend, group: str | None) -> tuple[str, str]:
    """Return the script of a worker group, and the name of the group; the first one by default.

    Raises
    ------
    DaskBackendError
        If the backend has no jobs or no such group.
    """
    from ..backends.worker_groups import group_named

    groups = backend.worker_groups
    if group is None:
        chosen = next(iter(groups), "")
    else:
        chosen = group_named(groups, group, "option --group")
    return backend.job_script(chosen or None), chosen
