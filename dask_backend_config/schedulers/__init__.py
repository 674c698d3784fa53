"""Batch schedulers, one module each: job requests to directives, command output to data."""

from .base import BatchScheduler
from .data_types import JobRequest, JobState, Option, Output, Queue
from .htcondor import HTCondor
from .lsf import LSF
from .moab import Moab
from .oar import OAR
from .pbs import PBS
from .sge import GridEngine
from .slurm import Slurm

#: All schedulers by section name, in the order in which ``backends.default: auto`` tries them.
SCHEDULERS: dict[str, BatchScheduler] = {
    entry.kind: entry for entry in (Slurm(), LSF(), PBS(), GridEngine(), HTCondor(), OAR(), Moab())
}

__all__ = ["SCHEDULERS", "BatchScheduler", "JobRequest", "JobState", "Option", "Output", "Queue"]
