"""What the job that this process runs in was given on this machine, by the scheduler's variables.

Not every scheduler enforces it: a process that takes the whole machine disturbs other jobs, or is
killed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import SCHEDULERS


@dataclass(frozen=True, slots=True)
class Allocation:
    """The share of a job.

    Attributes
    ----------
    title : str
        The name of the scheduler.
    cpus : int, optional
        None if no variable tells.
    memory : int, optional
        Bytes.
    scratch : str, optional
        The job's own folder on a local disk.
    """

    title: str
    cpus: int | None = None
    memory: int | None = None
    scratch: str | None = None


def allocation(environ: Mapping[str, str]) -> Allocation | None:
    """Return the share of the job that has these environment variables, None outside of a job.

    Examples
    --------
    >>> allocation({"SLURM_JOB_ID": "7", "SLURM_CPUS_ON_NODE": "4", "SLURM_MEM_PER_CPU": "1000"})
    Allocation(title='Slurm', cpus=4, memory=4194304000, scratch=None)
    """
    for scheduler in SCHEDULERS.values():
        if scheduler.is_job_environment(environ):
            return Allocation(
                scheduler.title,
                _read(scheduler.cpus_of_job, environ),
                _read(scheduler.memory_of_job, environ),
                next(filter(None, map(environ.get, scheduler.scratch_variables)), None),
            )
    return None


def _read(
    read: Callable[[Mapping[str, str]], int | None], environ: Mapping[str, str]
) -> int | None:
    with contextlib.suppress(ValueError, OSError):
        return read(environ)
    return None
