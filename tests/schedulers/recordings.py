"""Recorded output of schedulers, unchanged except for the names of hosts, users and folders.

Files in ``recorded/<kind>/``: the command behind ``$``, its exit code, its two streams. Slurm 22.05,
OpenPBS 23.06, Grid Engine 8.1.9, OAR 2.5.9, OpenLava, HTCondor 25.14 and Flux 0.88 were asked. Moab's are
written after their manuals and source code, because we could not run them.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from dask_backend_config.schedulers import SCHEDULERS, Output

FOLDER = Path(__file__).parent / "recorded"
_FORM = re.compile(r"\$ (.*?)\nexit (\d+)\n--- stdout\n(.*?)--- stderr\n(.*)", re.DOTALL)

#: Variables that jobs of each scheduler have, among others.
JOB_ENVIRONMENTS = {
    "slurm": {"SLURM_JOB_ID": "4", "SLURM_JOBID": "4", "SLURM_JOB_PARTITION": "main"},
    "lsf": {"LSB_JOBID": "4", "LSB_QUEUE": "normal", "LSB_HOSTS": "node1"},
    "pbs": {"PBS_JOBID": "4.node1", "PBS_ENVIRONMENT": "PBS_BATCH", "PBS_QUEUE": "workq"},
    "sge": {"JOB_ID": "4", "SGE_TASK_ID": "undefined", "SGE_ROOT": "/var/lib/gridengine"},
    "htcondor": {"_CONDOR_JOB_AD": "/scratch/dir_4/.job.ad", "_CONDOR_SLOT": "slot1"},
    "oar": {"OAR_JOB_ID": "4", "OAR_JOBID": "4", "OAR_NODEFILE": "/var/lib/oar/4"},
    "moab": {"MOAB_JOBID": "4", "PBS_JOBID": "4.node1", "PBS_ENVIRONMENT": "PBS_BATCH"},
}


def recorded(kind: str, name: str) -> Output:
    """Return a recorded output."""
    path = FOLDER / kind / f"{name}.txt"
    match = _FORM.fullmatch(path.read_text())
    assert match, f"{path} has another form"
    command, exit_code, stdout, stderr = match.groups()
    return Output(tuple(shlex.split(command)), int(exit_code), stdout, stderr)


def names(kind: str, prefix: str) -> list[str]:
    """Return the names of a scheduler's recordings that begin with `prefix`."""
    return sorted(path.stem for path in (FOLDER / kind).glob(f"{prefix}*.txt"))


def probe(kind: str, by: str | None = None) -> Output:
    """Return the answer to the probe of `kind` from the scheduler `by` (default: `kind`)."""
    return recorded(by or kind, "probe" if by in (None, kind) else f"probe_of_{kind}")


def queues(kind: str) -> list[Output]:
    """Return the recorded outputs of all commands that list queues."""
    return [recorded(kind, f"queues_{n}") for n in range(len(SCHEDULERS[kind].queue_commands))]
