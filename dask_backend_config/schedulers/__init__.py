"""Batch schedulers, one module each: job requests to directives, command output to data."""

from .amounts import ceil_divide, clock_seconds, counted
from .base import BatchScheduler
from .data_types import JobRequest, JobState, Option, Output, Queue
from .htcondor import HTCondor
from .lsf import LSF
from .moab import Moab
from .oar import OAR
from .option_values import gpu_directive, one_line, one_word
from .option_words import OptionRule, rule
from .pbs import PBS
from .plugins import added_schedulers
from .sge import GridEngine
from .slurm import Slurm

#: All schedulers by section name, in the order in which ``backends.default: auto`` tries them.
SCHEDULERS: dict[str, BatchScheduler] = {
    entry.kind: entry for entry in (Slurm(), LSF(), PBS(), GridEngine(), HTCondor(), OAR(), Moab())
}
#: The sections of the schedulers that others add -> the names of their backends' classes.
ADDED: dict[str, str] = {}
for _kind, _entry in added_schedulers(SCHEDULERS).items():
    SCHEDULERS[_kind] = _entry
    ADDED[_kind] = f"Dask{type(_entry).__name__}Backend"

__all__ = [
    "ADDED",
    "SCHEDULERS",
    "BatchScheduler",
    "JobRequest",
    "JobState",
    "Option",
    "OptionRule",
    "Output",
    "Queue",
    "ceil_divide",
    "clock_seconds",
    "counted",
    "gpu_directive",
    "one_line",
    "one_word",
    "rule",
]
