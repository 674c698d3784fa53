"""The plugins of the workers in jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from distributed.diagnostics.plugin import WorkerPlugin

from ..worker_groups import group_of_resources
from ..worker_logs import LogHeaderPlugin, SetupFailurePlugin
from .granted_gpus import GrantedGPUsPlugin
from .job_script import WorkerJob
from .lifetime_plugin import LifetimePlugin


class GroupPlugins(WorkerPlugin):
    """Sets up the plugins of the group of each worker.

    Parameters
    ----------
    plugins : mapping
        Plugins of each group by its name; they have no method but ``setup``.
    """

    name = "dask-backend-config-jobs"
    idempotent = True

    def __init__(self, plugins: Mapping[str, Sequence[Any]]) -> None:
        self._plugins = plugins

    def setup(self, worker: Any) -> None:
        """Set up the plugins of the worker's group."""
        for plugin in self._plugins[group_of_resources(self._plugins, worker)]:
            plugin.setup(worker)


def worker_plugins(jobs: Mapping[str, WorkerJob]) -> Iterator[WorkerPlugin]:
    """Yield the plugins that workers need because they are in jobs.

    Parameters
    ----------
    jobs : mapping
        The job of each group by its name.
    """
    yield GroupPlugins({name: list(_plugins_of(job)) for name, job in jobs.items()})


def _plugins_of(job: WorkerJob) -> Iterator[WorkerPlugin]:
    walltime = job.effective.walltime
    yield LifetimePlugin(None if walltime is None else walltime - job.retirement.reserve)
    if job.setup:
        yield SetupFailurePlugin()
    if job.request.log_directory:
        yield LogHeaderPlugin()
    if number := job.resources.number_of_gpus:
        yield GrantedGPUsPlugin(job.scheduler.title, number, job.workers)
