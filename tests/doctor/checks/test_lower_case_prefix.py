"""The check of variables whose prefix is not in capitals."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import lower_case_prefix
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("dask_distributed__worker__daemon", "DASK_DISTRIBUTED__WORKER__DAEMON"),
        ("Dask_DISTRIBUTED__WORKER__DAEMON", "DASK_DISTRIBUTED__WORKER__DAEMON"),
        ("dask_distributed_worker_daemon", "DASK_DISTRIBUTED__WORKER__DAEMON"),
        ("dask_distributed__wroker__daemon", "DASK_DISTRIBUTED__WORKER__DAEMON"),
        ("dask_jobqueue__slurm__account", "DASK_JOBQUEUE__SLURM__ACCOUNT"),
        ("dask_backends__local__number_of_workers", "DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS"),
    ],
)
def test_finds_it_and_names_the_right_variable(examine: Examine, name: str, right: str) -> None:
    (finding,) = examine(lower_case_prefix, variables={name: "1"})
    assert (finding.severity, finding.hint) == ("error", f"Did you mean {right}?")
    assert name[:5] in finding.message
    assert finding.origin
    assert (finding.origin.kind, finding.origin.name) == ("variable", name)


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "right": "DASK_DISTRIBUTED__WORKER__DAEMON",
        "the rest in small letters": "DASK_distributed__worker__daemon",
        "the user's own": "dask_home",
        "a name that is a key, and also a good name": "dask_scheduler",
        "another": "dask_scheduler_address",
        "another package's": "dask_gateway__address",
        "another prefix": "daskworker__daemon",
        "no name": "dask_",
    }
    found = {
        name: examine(lower_case_prefix, variables={name: "1"}) for name, name in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}
