"""What the variables of a job tell about its share of the machine."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from dask_backend_config.schedulers.allocation import allocation

MIB = 2**20
SLURM = {"SLURM_JOB_ID": "7", "SLURM_CPUS_ON_NODE": "4"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({}, None, id="no job"),
        pytest.param({"SLURM_CPUS_ON_NODE": "4", "NCPUS": "2"}, None, id="left over"),
        pytest.param(SLURM, ("Slurm", 4, None, None), id="slurm"),
        pytest.param(
            SLURM | {"SLURM_MEM_PER_NODE": "1000", "SLURM_TMPDIR": "/scratch/7"},
            ("Slurm", 4, 1000 * MIB, "/scratch/7"), id="slurm, memory of the node",
        ),
        pytest.param(SLURM | {"SLURM_MEM_PER_CPU": "256"}, ("Slurm", 4, 1024 * MIB, None),
                     id="slurm, memory of a CPU"),
        pytest.param(SLURM | {"SLURM_MEM_PER_NODE": "0"}, ("Slurm", 4, None, None),
                     id="slurm, all memory"),
        pytest.param(SLURM | {"SLURM_MEM_PER_NODE": "lots"}, ("Slurm", 4, None, None),
                     id="slurm, not a number"),
        pytest.param({"PBS_JOBID": "1", "NCPUS": "3", "PBS_JOBFS": "/jobfs/1"},
                     ("PBS", 3, None, "/jobfs/1"), id="pbs"),
        pytest.param({"PBS_JOBID": "1", "MOAB_JOBID": "1", "PBS_NUM_PPN": "2"},
                     ("Moab", 2, None, None), id="moab"),
        pytest.param({"JOB_ID": "1", "SGE_TASK_ID": "undefined", "NSLOTS": "2"},
                     ("Grid Engine", 2, None, None), id="grid engine"),
        pytest.param({"LSB_JOBID": "1", "LSB_DJOB_NUMPROC": "6"}, ("LSF", 6, None, None), id="lsf"),
        pytest.param({"LSB_JOBID": "1"}, ("LSF", None, None, None), id="lsf, unknown"),
        pytest.param({"_CONDOR_SCRATCH_DIR": "/x", "_CONDOR_MACHINE_AD": "ad"},
                     ("HTCondor", 2, 512 * MIB, "/x"), id="htcondor"),
        pytest.param({"_CONDOR_SCRATCH_DIR": "/x", "_CONDOR_MACHINE_AD": "gone"},
                     ("HTCondor", None, None, "/x"), id="htcondor, no file"),
        pytest.param({"OAR_JOB_ID": "4", "OAR_NODEFILE": "nodes"}, ("OAR", 2, None, None), id="oar"),
    ],
)  # fmt: skip
def test_a_job_has_what_its_variables_say(
    environ: dict[str, str], expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ad").write_text("Arch = X86_64\nCpus = 2\nMemory = 512\nTotalCpus = 8\n")
    (tmp_path / "nodes").write_text(f"{socket.gethostname()}\n" * 2 + "other\n")
    monkeypatch.chdir(tmp_path)
    found = allocation(environ)
    assert expected == (found and (found.title, found.cpus, found.memory, found.scratch))
