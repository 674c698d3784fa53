"""Read all options of a job-queue backend, for its constructor and for the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...schedulers import BatchScheduler
from ..abstract_resources import abstract_resources
from ..isolation.options import IsolationOptions, isolation_options
from ..options import BackendOptions
from ..task_threads import tasks_per_worker
from ..worker_arguments import last_value
from .job_script import WorkerJob
from .options import ClusterOptions, cluster_options, worker_job


def job_queue_options(
    options: BackendOptions, scheduler: BatchScheduler, own: Mapping[str, Any], group: str = ""
) -> tuple[ClusterOptions, IsolationOptions | None, WorkerJob]:
    """Return everything that a backend with a job queue reads from its options, or from a group's.

    Parameters
    ----------
    options : BackendOptions
    scheduler : BatchScheduler
    own : mapping
        From `scheduler_values`.
    group : str, optional
        Name of the group.

    Raises
    ------
    ConfigValueError
        If a value is invalid, or the batch scheduler has no option for it.
    """
    cluster, isolation = cluster_options(options), isolation_options(options)
    job = worker_job(options, scheduler, own)
    resources = abstract_resources(options, group, job.arguments)
    tasks = _tasks(options, job)
    job = replace(job, tasks=tasks, group=group, abstract_resources=resources)
    return cluster, isolation, job


def _tasks(options: BackendOptions, job: WorkerJob) -> int:
    """Return the tasks that a worker runs at once; an extra argument of its command line counts."""
    granted = job.read_options.get("threads")
    source = granted.text if granted and granted.value == job.effective.threads else None
    tasks = tasks_per_worker(options, job.resources.number_of_threads, source)
    extra = last_value(job.arguments, "--nthreads", int) or 0
    return extra if extra > 0 else tasks
