"""The check of options with the prefix of a job script."""

from __future__ import annotations

import dask.config
import pytest

from dask_backend_config import DaskPBSBackend, DaskSLURMBackend
from dask_backend_config.core.errors import ConfigValueError
from dask_backend_config.doctor.checks import prefix_in_option
from dask_backend_config.yaml_edit.patch import Set
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("section", "name", "value", "fixed"),
    [
        pytest.param("backends: {slurm", "extra-script-options", ["#SBATCH --qos=long"],
                     ["--qos=long"], id="slurm"),
        pytest.param("backends: {jobqueue", "extra_script_options", ["-x", "#PBS -q a", "#PBS -V"],
                     ["-x", "-q a", "-V"], id="several"),
        pytest.param("jobqueue: {sge", "job-extra-directives", ["#$ -pe smp 4"], ["-pe smp 4"],
                     id="sge"),
        pytest.param("jobqueue: {slurm", "job-extra", ["# SBATCH -t 5"], ["-t 5"], id="old key"),
        pytest.param("jobqueue: {lsf", "job-extra-directives", ["#BSUB -W 5"], ["-W 5"], id="lsf"),
        pytest.param("backends: {slurm", "gpu-directive", "#SBATCH --gres=gpu:1", "--gres=gpu:1",
                     id="GPUs"),
        pytest.param("backends: {pbs", "resource-spec", "#PBS select=1", "select=1", id="resources"),
        pytest.param("jobqueue: {pbs", "resource-spec", "-l select=1", "select=1", id="-l"),
    ],
)  # fmt: skip
def test_finds_a_prefix_and_leaves_it_out(
    examine: Examine, section: str, name: str, value: list[str] | str, fixed: list[str] | str
) -> None:
    (finding,) = examine(prefix_in_option, f"{section}: {{{name}: {value!r}}}}}\n")
    assert finding.severity == "error"
    assert finding.fix and finding.fix.safe
    (edit,) = finding.fix.edits
    assert isinstance(edit, Set) and edit.value == fixed
    assert (fixed if isinstance(fixed, str) else fixed[-1]) in f"{finding.hint}{fixed}"


def test_a_variable_has_no_fix(examine: Examine) -> None:
    name = "DASK_BACKENDS__SLURM__EXTRA_SCRIPT_OPTIONS"
    (finding,) = examine(prefix_in_option, variables={name: "['#SBATCH -t 5']"})
    assert (str(finding.origin), finding.fix) == (name, None)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("backends: {slurm: {extra-script-options: [--comment='#SBATCH']}}\n", id="inside"),
        pytest.param("backends: {slurm: {skip-script-options: ['#SBATCH -t']}}\n", id="what to skip"),
        pytest.param("backends: {slurm: {setup-script-commands: ['#SBATCH -t']}}\n", id="shell"),
        pytest.param("jobqueue: {htcondor: {job-extra-directives: {a: b}}}\n", id="mapping"),
        pytest.param("jobqueue: {slurm: {job-extra: ['#SBATCHES', '# note', 5]}}\n", id="comments"),
    ],
)  # fmt: skip
def test_accepts_other_options(examine: Examine, text: str) -> None:
    assert examine(prefix_in_option, text) == []


@pytest.mark.parametrize(
    "key", ["jobqueue.slurm.job-extra-directives", "backends.jobqueue.extra-script-options"]
)
def test_the_backend_refuses_it(key: str) -> None:
    with (
        dask.config.set({key: ["-x", "#SBATCH --qos=long"]}),
        pytest.raises(ConfigValueError, match=f"{key} is .*write '--qos=long'"),
    ):
        DaskSLURMBackend()


def test_the_backend_refuses_resources_with_a_prefix() -> None:
    for value in ("-l select=1", "#PBS select=1"):
        with pytest.raises(ConfigValueError, match=r"resource_spec .*write 'select=1'"):
            DaskPBSBackend(resource_spec=value)
