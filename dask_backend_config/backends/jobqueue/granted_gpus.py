"""Worker plugin: warn the client if a job was granted GPUs, but does not know which."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from distributed import WorkerPlugin

from ...core.strings import count
from ..gpus import VARIABLE, selected_gpus

_UNKNOWN = (
    "gpu_device_indices is None there, and jobs on the same node may use the same GPU. Set the "
    "variable in setup-script-commands, or request whole nodes"
)


class GrantedGPUsPlugin(WorkerPlugin):
    """Sends a warning to the client if a job's environment names fewer GPUs than it requested.

    Python shows the warning once, since it is the same for all jobs.

    Parameters
    ----------
    title : str
        Name of the batch scheduler.
    number : int
        GPUs that each job requests.
    """

    name = "dask-backend-config-granted-gpus"

    def __init__(self, title: str, number: int) -> None:
        self._title = title
        self._number = number

    def setup(self, worker: Any) -> None:
        """Send the warning."""
        if problem := gpus_problem(self._title, self._number, os.environ):
            worker.log_event("warn", problem)


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
