"""The check of what backends refuse; tests/doctor/test_backend_readings.py has the cases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dask_backend_config.doctor.checks import refused_by_backend
from dask_backend_config.doctor.facts import Facts
from dask_backend_config.doctor.run import REFUSED, run_checks
from tests.doctor.checks.conftest import Examine


def test_finds_what_a_constructor_refuses_and_names_the_call(examine: Examine) -> None:
    text = "backends:\n  profiles:\n    big:\n      backend: slurm\n      job-name: a/b\n"
    (finding,) = examine(refused_by_backend, text)
    assert (finding.severity, finding.key) == ("error", "backends.profiles.big.job-name")
    assert finding.message.startswith("backends.profiles.big.job-name is 'a/b': must be letters")
    assert "get_backend('big')" in finding.hint
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (5, 17)


@pytest.mark.parametrize(
    ("text", "check"),
    [
        pytest.param("backends: {slurm: {queue-name: [a]}}\n", "wrong-type", id="type"),
        pytest.param("backends: {slurm: 7}\n", "wrong-type", id="section"),
        pytest.param("jobqueue: {slurm: {worker-command: [a]}}\n", "wrong-type", id="command"),
        pytest.param("jobqueue: {slurm: {job-script-prologue: a}}\n", "list-expected", id="list"),
        pytest.param("jobqueue: {slurm: {walltime: 12:00:00}}\n", "base-60-number", id="number"),
        pytest.param("backends: {profiles: {a: {backend: slrum}}}\n", "undefined-profile", id="kind"),
        pytest.param("backends: {profiles: {a: {}}}\n", "undefined-profile", id="no kind"),
        pytest.param(
            "backends: {pbs: {minimum-number-of-workers: 3, maximum-number-of-workers: 2}}\n",
            "minimum-over-maximum", id="maximum",
        ),
        pytest.param("jobqueue: {lsf: {walltime: 1:00}}\n", "base-60-number", id="else a warning"),
    ],
)  # fmt: skip
def test_a_problem_is_reported_by_one_check(
    facts_of: Callable[..., Facts], text: str, check: str
) -> None:
    found = [(finding.id, finding.severity) for finding in run_checks(facts_of(text))]
    assert found == [(check, "error")]


def test_a_problem_behind_one_of_another_check_is_found(facts_of: Callable[..., Facts]) -> None:
    text = (
        "backends: {pbs: {lifetime-margin: 1x}}\njobqueue: {pbs: {walltime: '0:00', memory: 0}}\n"
    )
    found = {finding.key: finding.id for finding in run_checks(facts_of(text))}
    assert found == {
        "backends.pbs.lifetime-margin": "wrong-type",
        "jobqueue.pbs.walltime": REFUSED,
        "jobqueue.pbs.memory": REFUSED,
    }


def test_a_configuration_that_dask_cannot_read_is_not_judged(examine: Examine) -> None:
    assert examine(refused_by_backend, "jobqueue: {slurm: {memory: 0}\n") == []
