"""Undocumented parts of dask_jobqueue that this package uses.

Read in the source of dask-jobqueue 0.9.0; tests/backends/test_dask_jobqueue_internals.py fails if
an installed version differs.
"""

from __future__ import annotations

import importlib
import signal
from typing import TYPE_CHECKING, Any

import dask.config

if TYPE_CHECKING:
    from .jobqueue.jobs import Jobs


def cluster_class(name: str) -> type[Any]:
    """Return a cluster class of dask_jobqueue, such as ``SLURMCluster``.

    dask_jobqueue is imported without two effects of its import: it writes a jobqueue.yaml into the
    user's home, and it makes Ctrl-C end the process with exit code 0. Outside the main thread, the
    latter raises an error.
    """
    ensure_file, set_handler = dask.config.ensure_file, signal.signal
    dask.config.ensure_file = lambda **_: None
    signal.signal = lambda *_: None
    try:
        dask_jobqueue = importlib.import_module("dask_jobqueue")
    finally:
        dask.config.ensure_file, signal.signal = ensure_file, set_handler
    found: type[Any] = getattr(dask_jobqueue, name)
    return type(found.__name__, (found,), {"_dummy_job": property(_job_to_ask)})


def _job_to_ask(cluster: Any) -> Any:
    """Return the job that a cluster asks for its script and its number of processes.

    The base's own needs the scheduler's address, so that a cluster whose scheduler did not start
    cannot close.
    """
    from distributed import Status

    address = cluster.scheduler.address if cluster.status == Status.running else None
    return cluster.job_cls(address, "dummy-name", **cluster._job_kwargs)


def job_class(cluster: type[Any]) -> type[Any]:
    """Return a class of jobs for a cluster of dask_jobqueue, which `Jobs` submits and ends.

    Parameters
    ----------
    cluster : type
        The class of the cluster, such as ``dask_jobqueue.SLURMCluster``.
    """
    from distributed.deploy.spec import ProcessInterface

    base: Any = cluster.job_cls

    class BackendJob(base):  # type: ignore[misc]
        def __init__(self, scheduler: Any = None, name: Any = None, **options: Any) -> None:
            # The base's own __init__ would build another script from the keys of `jobqueue`.
            ProcessInterface.__init__(self)
            self._jobs: Jobs = options["jobs"]
            self.scheduler = scheduler
            self.name = str(name)
            self.job_id: str | None = None
            self.job_name = self._jobs.template.request.name
            self.job_header = "\n".join(self._jobs.template.header())

        def job_script(self) -> str:
            return self._jobs.template.script(self.scheduler, self.name)

        async def start(self) -> None:
            self.job_id = (await self._jobs.submit(self.name, self.scheduler)).number
            await ProcessInterface.start(self)

        async def close(self) -> None:
            await self._jobs.cancel(self.name)
            await ProcessInterface.close(self)

    return BackendJob
