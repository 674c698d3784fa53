"""Batch schedulers: one file for each, pure functions on text."""

from .base import BatchScheduler, JobRequest, JobState, Output, Queue
from .htcondor import HTCondor
from .lsf import LSF
from .moab import Moab
from .oar import OAR
from .option_values import Option
from .pbs import PBS
from .sge import GridEngine
from .slurm import Slurm

#: Every scheduler, by the name of its section; the order in which they are asked for answers.
SCHEDULERS: dict[str, BatchScheduler] = {
    entry.kind: entry for entry in (Slurm(), LSF(), PBS(), GridEngine(), HTCondor(), OAR(), Moab())
}

__all__ = ["SCHEDULERS", "BatchScheduler", "JobRequest", "JobState", "Option", "Output", "Queue"]
