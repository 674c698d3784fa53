"""Log files of workers: paths, header, and redirection of output.

The output of a worker process is redirected at the level of file descriptors, so that C libraries
and the processes that tasks start write to the log, too.
"""

from __future__ import annotations

import glob
import logging
import os
import platform
import re
import socket
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import dask
import distributed
from distributed.diagnostics.plugin import SchedulerPlugin, WorkerPlugin

import dask_backend_config

from ..storage.files import open_to_append
from .jobqueue.setup_commands import MARK, VARIABLE

if TYPE_CHECKING:
    from .jobqueue.job_script import WorkerJob

_PACKAGES: tuple[Any, ...] = (dask, distributed, dask_backend_config)
#: Bytes and lines at the end of a log that a message shows.
_END_SIZE, _END_LINES = 4096, 3
#: Bytes in which the end of a worker's process is searched.
_SEARCHED_SIZE = 2**17
#: What Slurm, PBS and LSF write into the log of a job that they end.
_SCHEDULERS_WORDS = (
    r"slurmstepd.*(CANCELLED AT|oom.kill|OOM)|PBS: job killed|\bTERM_[A-Z]+: job killed"
)

#: A traceback and its exception; how another one begins that followed from it.
_TRACEBACK = r"(?m)^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(?P<error>\S.*)"
_CHAINED = r"The above exception was the direct cause|During handling of the above exception"


class SetupFailurePlugin(WorkerPlugin):
    """Reports a failed setup command of the worker's job to the scheduler."""

    name = "dask-backend-config-setup-failure"

    def setup(self, worker: distributed.Worker) -> None:
        """Report it."""
        if failure := os.environ.get(VARIABLE):
            worker.log_event(MARK, {"name": str(worker.name), "failure": failure})


class LogHeaderPlugin(WorkerPlugin):
    """Writes the header into the log of a worker whose output the batch scheduler redirects."""

    name = "dask-backend-config-log"

    def setup(self, worker: distributed.Worker) -> None:
        """Write the header."""
        start_log(str(worker.name))


class LogPathsPlugin(SchedulerPlugin):
    """Records where the logs of local workers are.

    Parameters
    ----------
    folder : str
        Folder of the logs.

    Attributes
    ----------
    paths : dict
        Name of each worker -> log of its latest process.
    """

    name = "dask-backend-config-logs"

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.paths: dict[str, str] = {}

    def add_worker(self, scheduler: distributed.Scheduler, worker: str) -> None:
        """Record the log of a worker that connected."""
        state = scheduler.workers[worker]
        self.paths[str(state.name)] = local_log_path(self._folder, str(state.name), state.pid)


def local_log_path(folder: str, worker: str, pid: int) -> str:
    """Return the path of the log of a local worker process."""
    return os.path.join(folder, f"{worker}-{pid}.log")


def redirect_output(path: str) -> None:
    """Append all output of this process, and of processes that it starts, to a file.

    Raises
    ------
    WriteError
        If the file cannot be written.
    """
    file = open_to_append(path)
    for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
        stream.flush()
        os.dup2(file, descriptor)
    os.close(file)


def start_log(worker: str) -> None:
    """Write the header of a log, and from then on each line of output without delay.

    Unless logging is configured, log records of tasks from level INFO on are written, too.

    Parameters
    ----------
    worker : str
        Name of the worker.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a preload script may have replaced the stream
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    versions = (f"{package.__name__} {package.__version__}" for package in _PACKAGES)
    header = (
        f"# worker {worker} on {socket.gethostname()}, process {os.getpid()}\n"
        f"# python {platform.python_version()}, {', '.join(versions)}\n"
    )
    os.write(2, header.encode(errors="replace"))
    if not logging.getLogger().handlers:
        log_format = dask.config.get("distributed.admin.log-format")
        logging.basicConfig(level=logging.INFO, format=log_format)


def log_patterns(job: WorkerJob, number: str) -> list[str]:
    """Return `glob.glob` patterns for the output files of a job that was submitted here."""
    return job.scheduler.log_paths(job.request, number, glob.escape(os.getcwd()))


def find_log(patterns: Iterable[str]) -> str | None:
    """Return the first file that exists, or else the first pattern that is a plain path.

    Parameters
    ----------
    patterns : iterable of str
        Patterns of `log_patterns`.
    """
    patterns = list(patterns)
    existing = (path for pattern in patterns for path in sorted(glob.glob(pattern)))
    return next(existing, None) or next((path for path in patterns if "*" not in path), None)


def log_end(path: str) -> str:
    """Return the last lines of a log in one line; empty if it cannot be read."""
    lines = [line for line in _last_lines(path, _END_SIZE) if not line.startswith(MARK.strip())]
    return " | ".join(lines[-_END_LINES:])


def end_of_process(path: str, process: int) -> str:
    """Return what a log says about the end of a worker's process; empty if it says nothing.

    A log may go on after that: a nanny starts another process, and a batch scheduler adds its own
    words about the job.

    Parameters
    ----------
    path : str
    process : int
        Process id of the worker.
    """
    lines = _last_lines(path, _SEARCHED_SIZE)
    for line in lines:
        if match := re.search(rf"\(pid={process}\) exceeded (\d+)% memory budget", line):
            return f"it used more than {match[1]}% of its memory limit"
    return next((line for line in reversed(lines) if re.search(_SCHEDULERS_WORDS, line)), "")


def first_exception(path: str) -> str:
    """Return the first exception of the last chain of tracebacks in a log; empty if there is none.

    The exceptions after it tell what became of it, such as "Nanny failed to start".
    """
    text = _end(path, _SEARCHED_SIZE)
    tracebacks = list(re.finditer(_TRACEBACK, text))
    while tracebacks:
        last = tracebacks.pop()
        between = text[tracebacks[-1].end() : last.start()] if tracebacks else ""
        if not re.search(_CHAINED, between):
            return " ".join(last["error"].split())
    return ""


def setup_failure(path: str) -> str:
    """Return the last failure of a setup command that a log reports; empty if there is none."""
    found = re.findall(rf"(?m)^{MARK}(.*)", _end(path, _SEARCHED_SIZE))
    return found[-1].strip() if found else ""


def _last_lines(path: str, size: int) -> list[str]:
    """Return the lines at the end of a file that have text; none if it cannot be read."""
    return [line.strip() for line in _end(path, size).splitlines() if line.strip()]


def _end(path: str, size: int) -> str:
    """Return the end of a file; empty if it cannot be read."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - size))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
