"""The check of names of backends and profiles."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import undefined_profile
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("text", "key", "line", "hint"),
    [
        pytest.param("default: slrum", "default", 2, "Did you mean slurm?", id="misspelled backend"),
        pytest.param("profiles: {gpu: {backend: pbs}}\n  default: gpus", "default", 3,
                     "Did you mean gpu?", id="misspelled profile"),
        pytest.param("default: nobody", "default", 2, "Available: local, lsf", id="other name"),
        pytest.param("profiles: {gpu: {queue-name: x}}", "profiles.gpu", 2, "one of local, lsf",
                     id="no backend"),
        pytest.param("profiles: {gpu: {backend: null}}", "profiles.gpu", 2, "one of local, lsf",
                     id="null backend"),
        pytest.param("profiles: {gpu: null}", "profiles.gpu", 2, "one of local, lsf", id="null"),
        pytest.param("profiles: {gpu: {backend: Slurm}}", "profiles.gpu.backend", 2,
                     "Did you mean slurm?", id="capital letter"),
        pytest.param("profiles: {gpu: {backend: auto}}", "profiles.gpu.backend", 2,
                     "Available: local, lsf", id="auto in a profile"),
    ],
)  # fmt: skip
def test_finds_unknown_names(examine: Examine, text: str, key: str, line: int, hint: str) -> None:
    (finding,) = examine(undefined_profile, f"backends:\n  {text}\n")
    assert (finding.severity, finding.key) == ("error", f"backends.{key}")
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.line == line


def test_finds_it_in_a_variable(examine: Examine) -> None:
    (finding,) = examine(undefined_profile, variables={"DASK_BACKENDS__DEFAULT": "gpu"})
    assert finding.origin
    assert finding.origin.name == "DASK_BACKENDS__DEFAULT"


def test_profiles_of_all_files_count(examine: Examine) -> None:
    files = {
        "a.yaml": "backends:\n  default: gpu-a100\n",
        "b.yaml": "backends:\n  profiles:\n    gpu_a100: {backend: slurm}\n",
    }
    assert examine(undefined_profile, files) == []


def test_silent_on_names_that_exist_and_on_other_checks_values(examine: Examine) -> None:
    cases = {
        "auto": "default: auto",
        "local": "default: local",
        "a job queue": "default: htcondor",
        "another type": "default: 5",
        "a reference": "default: $BACKEND",
        "no profiles": "profiles: {}",
        "another type of profile": "profiles: {gpu: 5}",
        "another type of backend": "profiles: {gpu: {backend: [pbs]}}",
        "other keys": "slurm: {queue-name: x}",
    }
    found = {
        name: examine(undefined_profile, f"backends:\n {text}\n") for name, text in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}
