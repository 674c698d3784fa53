"""Find out from its log why a job ended before its worker connected, and which keys to check."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from ..worker_logs import first_exception, log_end, setup_failure
from .job_script import WorkerJob
from .setup_commands import describe_failure

#: Where workers keep their files, below ``local-directory``.
_WORKER_FOLDER = "dask-scratch-space"
#: (pattern, option): the option to check if no value of the job is part of the error.
_CAUSES = (
    (r"[Tt]imed out .*connect|Connection refused|No route to host", "interface"),
    (r"No such option|unexpected extra argument", "worker-extra-arguments"),
    (r"No module named '(?:distributed|dask\w*)\b", "python"),
    (r"MemoryError|Cannot allocate memory|oom.kill", "per-thread-memory-limit"),
    (_WORKER_FOLDER, "local-directory"),
)


def cause_of_death(job: WorkerJob, path: str) -> tuple[str, str | None]:
    """Return what a log says about a job that ended, and the option to check, if they are known.

    Parameters
    ----------
    job : WorkerJob
    path : str
        The log.
    """
    end = log_end(path)
    quoted = f"its log ends with: {end}" if end else ""
    if failure := setup_failure(path):
        words = f"setup-script-commands failed: {describe_failure(failure, job.setup)}"
        return f"{words}; {quoted}", "setup-script-commands"
    if error := first_exception(path):
        return error, _suspect(job, error)
    return quoted, _suspect(job, end)


def _suspect(job: WorkerJob, error: str) -> str | None:
    """Return the option that may have caused an error: one whose value it quotes, if any."""
    quoted = (
        option
        for option, value in _values(job)
        if re.search(rf"(?:/|\b|(?=-)){re.escape(value.lstrip('/'))}(?![\w-])", error)
    )
    matching = (option for pattern, option in _CAUSES if re.search(pattern, error))
    return next(quoted, None) or next(matching, None)


def _values(job: WorkerJob) -> Iterator[tuple[str, str]]:
    """Yield options and their values; of a path with a variable, the part after it."""
    if job.interface:
        yield "interface", job.interface
    for path in (job.certificates or {}).values():
        if os.path.isabs(path):
            yield "shared-temp-directory", path
    *_, folder = re.split(r"~[\w.-]*|\$\w+|\$\{\w+\}", job.local_directory or "")
    if folder.strip("/."):
        yield "local-directory", folder.rstrip("/")
    for argument in job.arguments:
        for word in re.split(r"[\s=]+", argument.replace("'", " ").replace('"', " ")):
            if len(word) > 1:
                yield "worker-extra-arguments", word
    if "/" in job.python:
        yield "python", job.python.split()[-1].strip("\"'")
