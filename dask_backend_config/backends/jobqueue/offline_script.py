"""The script of a job without a cluster, to read and to compare."""

from __future__ import annotations

import os
from dataclasses import replace

from ...config.resolve import live
from ...schedulers import BatchScheduler
from ..certificates import configured_security
from ..options import BackendOptions
from ..task_threads import thread_limits
from . import config_transport
from .certificates import worker_options
from .job_script import WorkerJob, certificate_options
from .options import scheduler_values
from .reading import job_queue_options

#: Placeholder for the private folder of a started backend.
_FOLDER = "<private-folder>"


def offline_script(job: WorkerJob, is_secure: bool) -> str:
    """Return the script of a job, with placeholders for what only a running cluster has.

    Parameters
    ----------
    job : WorkerJob
        With its configuration.
    is_secure : bool
        Whether connections are encrypted.
    """
    if config_transport.size(job.configuration) > config_transport.LIMIT:
        lines = [config_transport.sourced(os.path.join(_FOLDER, config_transport.SNIPPET))]
        job = replace(job, configuration=lines)
    if is_secure:
        security = configured_security()
        files = worker_options(security) if security else certificate_options(_FOLDER)
        job = replace(job, certificates=files)
    return job.script()


def group_script(options: BackendOptions, scheduler: BatchScheduler) -> str:
    """Return the script of the jobs of a worker group.

    Parameters
    ----------
    options : BackendOptions
        Of the group.
    scheduler : BatchScheduler

    Raises
    ------
    ConfigValueError
        If a value is invalid, or cannot be sent to workers.
    """
    own = scheduler_values(options, scheduler)
    cluster, _, job = job_queue_options(options, scheduler, own)
    return offline_script(with_configuration(job), cluster.security)


def with_configuration(job: WorkerJob) -> WorkerJob:
    """Return a job with the current configuration of this process.

    distributed renames keys when it is imported, as in a process that starts a cluster.
    """
    import distributed  # noqa: F401

    resolution = live()
    tree = config_transport.configuration_for_workers(resolution)
    lines = config_transport.shell_lines(tree, os.environ)
    return replace(job, configuration=lines, thread_limits=thread_limits(resolution))
