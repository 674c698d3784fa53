"""The check of jobs with more processes than cores."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import more_processes_than_cores
from tests.doctor.checks.conftest import Examine


def _file(section: str, text: str) -> str:
    return f"jobqueue:\n  {section}: {{{text}}}\n"


@pytest.mark.parametrize("section", ["slurm", "mycluster"])
def test_finds_more_processes_than_cores(examine: Examine, section: str) -> None:
    (finding,) = examine(more_processes_than_cores, _file(section, "cores: 4, processes: 8"))
    assert (finding.severity, finding.key) == ("error", f"jobqueue.{section}.processes")
    assert finding.message.startswith("8 processes on 4 cores")
    assert "processes to 4" in finding.hint
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (2, len(section) + 27)


def test_the_values_in_effect_count(examine: Examine) -> None:
    variables = {"DASK_JOBQUEUE__SLURM__CORES": "2"}
    text = _file("slurm", "cores: 8, processes: 4")
    (finding,) = examine(more_processes_than_cores, text, variables)
    assert finding.message.startswith("4 processes on 2 cores")


def test_accepts_jobs_that_can_start(examine: Examine) -> None:
    cases = {
        "as many": "cores: 4, processes: 4",
        "fewer": "cores: 4, processes: 1",
        "no cores": "processes: 8",
        "no processes": "cores: 1",
        "another type": "cores: '4', processes: 8",
        "no cores at all": "cores: 0, processes: 8",
    }
    found = {
        name: examine(more_processes_than_cores, _file("slurm", text))
        for name, text in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_sections_are_not_mixed(examine: Examine) -> None:
    text = "jobqueue:\n  slurm: {cores: 1}\n  pbs: {processes: 8}\n  sge: 5\n"
    assert examine(more_processes_than_cores, text) == []
