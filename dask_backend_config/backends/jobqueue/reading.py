"""Read all options of a job-queue backend, for its constructor and for the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...schedulers import BatchScheduler
from ..isolation.options import IsolationOptions, isolation_options
from ..options import BackendOptions
from .job_script import WorkerJob
from .options import ClusterOptions, cluster_options, worker_job


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
    return cluster, isolation, worker_job(options, scheduler, own)
