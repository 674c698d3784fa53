"""The log of a worker: where it lies, what stands at its head, and how output comes into it.

All output of the worker's process is taken at the level of file descriptors, so that libraries in
C and processes that a task starts write there, too.
"""

from __future__ import annotations

import glob
import logging
import os
import platform
import socket
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import dask
import distributed
from distributed.diagnostics.plugin import SchedulerPlugin, WorkerPlugin

import dask_backend_config

from ..storage.files import open_to_append

if TYPE_CHECKING:
    from distributed import Scheduler, Worker

    from .jobqueue.job_script import WorkerJob

_PACKAGES: tuple[Any, ...] = (dask, distributed, dask_backend_config)
_SIZE = 4096
_LINES = 3


class HeadOfLog(WorkerPlugin):
    """Writes the head when a worker comes whose output a batch scheduler puts into a file."""

    name = "dask-backend-config-log"

    def setup(self, worker: Worker) -> None:
        """Begin the log."""
        begin(str(worker.name))


class KnownLogs(SchedulerPlugin):
    """Notes where the logs of local workers lie.

    Parameters
    ----------
    folder : str

    Attributes
    ----------
    paths : dict
        By the name of the worker; that of the latest process.
    """

    name = "dask-backend-config-logs"

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.paths: dict[str, str] = {}

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:
        """Note the log of a worker that comes."""
        state = scheduler.workers[worker]
        self.paths[str(state.name)] = path_of(self._folder, str(state.name), state.pid)


def path_of(folder: str, worker: str, pid: int) -> str:
    """Where the log of a local worker lies."""
    return os.path.join(folder, f"{worker}-{pid}.log")


def redirect(path: str) -> None:
    """Have everything that this process and its children write go to the end of a file.

    Raises
    ------
    WriteError
        Where it cannot be written.
    """
    file = open_to_append(path)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    for descriptor in (1, 2):
        os.dup2(file, descriptor)
    os.close(file)


def begin(worker: str, job: str | None = None) -> None:
    """Write the head, and have each line of tasks arrive when it is written.

    What tasks log from the level INFO on arrives as well, unless something else is configured.

    Parameters
    ----------
    worker : str
        Its name.
    job : str, optional
        Its number, where no line above says it.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a user's preload may have put something else there
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    os.write(2, head(worker, job).encode(errors="replace"))
    if not logging.getLogger().handlers:
        form = dask.config.get("distributed.admin.log-format")
        logging.basicConfig(level=logging.INFO, format=form)


def head(worker: str, job: str | None = None) -> str:
    """What stands at the head of a log: worker, host, process and versions."""
    of_job = f", job {job}" if job else ""
    versions = (f"{package.__name__} {package.__version__}" for package in _PACKAGES)
    return (
        f"# worker {worker} on {socket.gethostname()}{of_job}, process {os.getpid()}\n"
        f"# python {platform.python_version()}, {', '.join(versions)}\n"
    )


def log_patterns(job: WorkerJob, number: str) -> list[str]:
    """Where a job's output lies that was submitted here, as `glob.glob` reads it."""
    return job.scheduler.log_paths(job.request, number, glob.escape(os.getcwd()))


def found(patterns: Iterable[str]) -> str | None:
    """The first of a job's files that is there, else the first whose name is known.

    Parameters
    ----------
    patterns : iterable of str
        From `Scheduler.log_paths`.
    """
    patterns = list(patterns)
    there = (path for pattern in patterns for path in sorted(glob.glob(pattern)))
    return next(there, None) or next((path for path in patterns if "*" not in path), None)


def log_end(path: str) -> str:
    """The last lines of a log in one line, empty where it cannot be read."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _SIZE))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-_LINES:])
