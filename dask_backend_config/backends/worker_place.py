"""The job and the log of a worker, found in its own process."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..schedulers import BatchScheduler, JobRequest
from .worker_groups import group_of_resources

#: Worker -> its job, such as ``Slurm job 17``, and the path of its log; None if there is none.
Place = Callable[[Any], tuple[str | None, str | None]]


def place_of_local_worker(folder: str | None, worker: Any) -> tuple[None, str | None]:
    """Return the place of a worker of a local backend.

    Parameters
    ----------
    folder : str, optional
        Folder of the logs.
    worker : distributed.Worker
    """
    from .worker_logs import local_log_path

    return None, folder and local_log_path(folder, str(worker.name), os.getpid())


def place_of_job(
    scheduler: BatchScheduler, requests: Mapping[str, JobRequest], folder: str, worker: Any
) -> tuple[str | None, str | None]:
    """Return the place of a worker that is a batch job.

    Parameters
    ----------
    scheduler : BatchScheduler
    requests : mapping
        The `JobRequest` of each group by its name.
    folder : str
        The working directory of the submission.
    worker : distributed.Worker
    """
    from .worker_logs import find_log

    values = (os.environ.get(name, "") for name in scheduler.job_variables)
    matches = (re.match(scheduler.variable_number, value) for value in values)
    found = next(filter(None, matches), None)
    if found is None:
        return None, None
    request = requests[group_of_resources(requests, worker)]
    patterns = scheduler.log_paths(request, found[0], glob.escape(folder))
    return f"{scheduler.title} job {found[0]}", find_log(patterns)
