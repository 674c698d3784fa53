"""The check of environment variables that override job scripts."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import environment_overrides_script
from tests.doctor.checks.conftest import Examine

SLURM = "backends:\n  default: slurm\n  slurm: {queue-name: a}\n"
MEMORY = "jobqueue:\n  slurm: {memory: 2 GB, cores: 1}\n"


@pytest.mark.parametrize(
    ("text", "name", "value", "severity", "words"),
    [
        pytest.param(SLURM, "SBATCH_PARTITION", "b", "info", "sets --partition itself", id="queue"),
        pytest.param(SLURM, "SBATCH_TIMELIMIT", "5", "info", "sets --time itself", id="walltime"),
        pytest.param(SLURM, "SBATCH_ACCOUNT", "b", "info", "adds --account=b", id="account"),
        pytest.param(SLURM, "SBATCH_MEM_PER_NODE", "500", "warning", "adds --mem=500", id="memory"),
        pytest.param(MEMORY, "SBATCH_MEM_PER_CPU", "5", "info", "sets", id="another kind of memory"),
        pytest.param(SLURM, "SBATCH_GPUS", "1", "warning", "adds --gpus=1", id="GPUs"),
        pytest.param(SLURM, "SBATCH_ARRAY_INX", "1-3", "warning", "--array=1-3", id="array"),
        pytest.param("jobqueue: {slurm: {job-extra-directives: ['-q x']}}\n", "SBATCH_QOS", "y",
                     "info", "sets --qos itself", id="an extra option"),
        pytest.param("jobqueue: {pbs: {cores: 1}}\n", "PBS_DPREFIX", "x", "info", "PBS", id="PBS"),
        pytest.param("jobqueue: {lsf: {cores: 1}}\n", "BSUB_QUIET", "Y", "info", "LSF", id="LSF"),
    ],
)  # fmt: skip
def test_finds_variables_of_the_scheduler(
    examine: Examine, text: str, name: str, value: str, severity: str, words: str
) -> None:
    (finding,) = examine(environment_overrides_script, text, {name: value})
    assert (finding.severity, str(finding.origin)) == (severity, name)
    assert words in finding.message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(SLURM, "SBATCH_EXPORT", id="what jobs do not set"),
        pytest.param(SLURM, "SBATCH_QOS", id="quality of service"),
        pytest.param(SLURM, "SLURM_CONF", id="not of the script"),
        pytest.param(SLURM, "PBS_DPREFIX", id="of another scheduler"),
        pytest.param("distributed: {worker: {daemon: true}}\n", "SBATCH_PARTITION", id="no queue"),
        pytest.param("backends: {default: local}\n", "SBATCH_PARTITION", id="local"),
    ],
)
def test_accepts_variables_that_do_not_matter(examine: Examine, text: str, name: str) -> None:
    assert examine(environment_overrides_script, text, {name: "1"}) == []
