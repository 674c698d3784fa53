"""Read all options of a job-queue backend, for its constructor and for the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...schedulers import BatchScheduler
from ..isolation.options import IsolationOptions, isolation_options
from ..options import BackendOptions
from ..task_threads import tasks_per_worker
from .job_script import WorkerJob
from .options import ClusterOptions, cluster_options, worker_job
from .worker_arguments import last_value


def job_queue_options(
    options: BackendOptions, scheduler: BatchScheduler, own: Mapping[str, Any]
) -> tuple[ClusterOptions, IsolationOptions | None, WorkerJob]:
    """Return everything that a backend with a job queue reads from its options.

    Parameters
    ----------
    options : BackendOptions
    scheduler : BatchScheduler
    own : mapping
        From `scheduler_values`.

    Raises
    ------
    ConfigValueError
        If a value is invalid, or the batch scheduler has no option for it.
    """
    cluster, isolation = cluster_options(options), isolation_options(options)
    job = worker_job(options, scheduler, own)
    return cluster, isolation, replace(job, tasks=_tasks(options, job))


def _tasks(options: BackendOptions, job: WorkerJob) -> int:
    """Return the tasks that a worker runs at once; an extra argument of its command line counts."""
    threads, granted = job.effective.threads, job.read_options.get("threads")
    source = granted.text if granted and granted.value == threads else None
    tasks = tasks_per_worker(options, threads, source)
    extra = last_value(job.arguments, "--nthreads", int) or 0
    return extra if extra > 0 else tasks
