"""The plugins of the workers in jobs."""

from __future__ import annotations

from collections.abc import Iterator

from distributed.diagnostics.plugin import WorkerPlugin

from ..worker_logs import LogHeaderPlugin, SetupFailurePlugin
from .granted_gpus import GrantedGPUsPlugin
from .job_script import WorkerJob
from .lifetime_plugin import LifetimePlugin


def worker_plugins(job: WorkerJob) -> Iterator[WorkerPlugin]:
    """Yield the plugins that the worker of a job needs because it is in a job."""
    walltime = job.effective.walltime
    yield LifetimePlugin(None if walltime is None else walltime - job.retirement.reserve)
    if job.setup:
        yield SetupFailurePlugin()
    if job.request.log_directory:
        yield LogHeaderPlugin()
    if number := job.resources.number_of_gpus:
        yield GrantedGPUsPlugin(job.scheduler.title, number)
