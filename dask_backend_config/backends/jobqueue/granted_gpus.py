"""Worker plugin: divide the GPUs of a job, and warn the client if it does not know them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from distributed import WorkerPlugin

from ...core.strings import count
from ..gpus import VARIABLE, divide, selected_gpus

_UNKNOWN = (
    "gpu_device_indices is None there, and jobs on the same node may use the same GPU. Set the "
    "variable in setup-script-commands, or request whole nodes"
)


class GrantedGPUsPlugin(WorkerPlugin):
    """Gives each worker of a job its own GPUs.

    It sends a warning to the client if a job's environment names fewer GPUs than it requested.
    Python shows the warning once, since it is the same for all jobs.

    Parameters
    ----------
    title : str
        Name of the batch scheduler.
    number : int
        GPUs of each worker.
    workers : int
        Workers of each job.
    """

    name = "dask-backend-config-granted-gpus"

    def __init__(self, title: str, number: int, workers: int = 1) -> None:
        self._title = title
        self._number = number
        self._workers = workers

    def setup(self, worker: Any) -> None:
        """Select the worker's GPUs, or send the warning."""
        if problem := gpus_problem(self._title, self._number * self._workers, os.environ):
            worker.log_event("warn", problem)
        elif self._workers > 1:
            os.environ.update(share_of_gpus(str(worker.name), self._workers, os.environ))


def share_of_gpus(worker: str, workers: int, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variable that selects the GPUs of one of the workers of a job.

    Parameters
    ----------
    worker : str
        Its name, which ends with its number in the job.
    workers : int
        Workers of the job.
    environ : mapping
        Environment variables of the job.
    """
    selected = selected_gpus(environ)
    if selected is None:
        return {}
    shares = divide(selected.names, workers, len(selected.names) // workers)
    return {selected.variable: shares[int(worker.rpartition("-")[2])]}


def gpus_problem(title: str, number: int, environ: Mapping[str, str]) -> str | None:
    """Return what is wrong if the environment of a job names fewer than `number` GPUs, else None.

    Parameters
    ----------
    title : str
        Name of the batch scheduler.
    number : int
        GPUs that the job requested.
    environ : mapping
        Environment variables of the job.
    """
    selected = selected_gpus(environ)
    granted = f"each job requests {count(number, 'GPU')} from {title}, but"
    if selected is None:
        return f"{granted} {VARIABLE} is not set in it: {_UNKNOWN}"
    if len(selected.names) < number:
        value = environ[selected.variable]
        visible = count(len(selected.names), "GPU")
        return f"{granted} {selected.variable} is {value!r} in it, which makes {visible} visible"
    return None
