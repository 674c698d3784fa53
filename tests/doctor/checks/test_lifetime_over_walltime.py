"""The check of lifetimes that end after the walltime."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import lifetime_over_walltime
from tests.doctor.checks.conftest import Examine


def _slurm(arguments: str, walltime: str = "'00:20:00'", more: str = "") -> str:
    return f"jobqueue:\n  slurm: {{walltime: {walltime}, worker-extra-args: {arguments}{more}}}\n"


@pytest.mark.parametrize(
    "arguments",
    ["['--lifetime', '26m']", "['--lifetime 26m']", "[--lifetime=26m]", "['--lifetime \"26 minutes\"']",
     "[--lifetime, 1m, --lifetime, 26m]", "[--lifetime, '1200']",
     "[--lifetime, 18m, --lifetime-stagger, 4m]"],
)  # fmt: skip
def test_finds_workers_that_are_killed_before_they_end(examine: Examine, arguments: str) -> None:
    (finding,) = examine(lifetime_over_walltime, _slurm(arguments))
    assert (finding.severity, finding.key) == ("warning", "jobqueue.slurm.worker-extra-args")
    assert finding.message.endswith("the job ends after 20 min")


def test_the_walltime_that_holds_is_compared(examine: Examine) -> None:
    arguments = "[--lifetime, 26m]"
    assert examine(lifetime_over_walltime, _slurm(arguments, "'1:00:00'")) == []
    option = ", job-extra-directives: [-t 20]"
    (finding,) = examine(lifetime_over_walltime, _slurm(arguments, "'1:00:00'", option))
    assert "26 min" in finding.message
    option = ", job-extra-directives: ['--time=1:00:00']"
    assert examine(lifetime_over_walltime, _slurm(arguments, more=option)) == []


def test_accepts_lifetimes_that_end_in_time(examine: Examine) -> None:
    cases = {
        "shorter": _slurm("[--lifetime, 15m]"),
        "with its stagger": _slurm("[--lifetime, 55m, --lifetime-stagger, 4m]", "'1:00:00'"),
        "restarts": _slurm("[--lifetime-restart]"),
        "a variable": _slurm("['--lifetime', '$LIFETIME']"),
        "nothing follows": _slurm("[--lifetime]"),
        "no walltime": "jobqueue:\n  htcondor: {worker-extra-args: [--lifetime, 26m]}\n",
        "no limit": _slurm("[--lifetime, 26m]", more=", job-extra-directives: [-t 0]"),
    }
    found = {name: examine(lifetime_over_walltime, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}
