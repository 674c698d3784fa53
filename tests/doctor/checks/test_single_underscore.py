"""The check of variables with one underscore instead of two."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import single_underscore
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("DASK_DISTRIBUTED__WORKER_DAEMON", "DASK_DISTRIBUTED__WORKER__DAEMON"),
        ("DASK_DISTRIBUTED_WORKER__DAEMON", "DASK_DISTRIBUTED__WORKER__DAEMON"),
        ("DASK_DISTRIBUTED_WORKER_DAEMON", "DASK_DISTRIBUTED__WORKER__DAEMON"),
        ("DASK_DISTRIBUTED_WROKER_DAEMON", "DASK_DISTRIBUTED__WORKER__DAEMON"),
        (
            "DASK_DISTRIBUTED__COMM_TIMEOUTS__CONNECT",
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT",
        ),
        ("DASK_ARRAY_CHUNK_SIZE", "DASK_ARRAY__CHUNK_SIZE"),
        ("DASK_JOBQUEUE__SLURM_CORES", "DASK_JOBQUEUE__SLURM__CORES"),
        ("DASK_JOBQUEUE_LSF__PROJECT", "DASK_JOBQUEUE__LSF__PROJECT"),
        ("DASK_BACKENDS_SLURM_QUEUE_NAME", "DASK_BACKENDS__SLURM__QUEUE_NAME"),
        ("DASK_DISTRIBUTED__NANNY_ENVIRON__FOO", "DASK_DISTRIBUTED__NANNY__ENVIRON__FOO"),
    ],
)
def test_finds_it_and_names_the_right_variable(examine: Examine, name: str, right: str) -> None:
    (finding,) = examine(single_underscore, variables={name: "1"})
    assert finding.severity == "error"
    assert finding.hint.endswith(f": {right}")
    assert finding.origin
    assert finding.origin.name == name


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "right": "DASK_DISTRIBUTED__WORKER__DAEMON",
        "a key of the top level": "DASK_SCHEDULER_ADDRESS",
        "another": "DASK_TEMPORARY_DIRECTORY",
        "DASK_CONFIG": "DASK_CONFIG",
        "inherited": "DASK_INTERNAL_INHERIT_CONFIG",
        "the user's own": "DASK_LOGGING_LEVEL",
        "Kubernetes": "DASK_SCHEDULER_PORT",
        "Kubernetes again": "DASK_SCHEDULER_SERVICE_PORT_TCP_COMM",
        "another package's": "DASK_GATEWAY__AUTH__TYPE",
        "another package's, one underscore": "DASK_CLOUDPROVIDER_AWS",
        "near a namespace": "DASK_DISTRIBUTED_UCXX__MULTI_BUFFER",
        "own section": "DASK_JOBQUEUE__MYSITE__CORES",
        "misspelled: unknown-key's": "DASK_DISTRIBUTED__WROKER__DAEMON",
        "two where one belongs": "DASK_DISTRIBUTED__WORKER__USE__FILE__LOCKING",
        "renamed": "DASK_CONNECT_TIMEOUT",
        "no namespace": "DASK_NANNY_SOMETHING",
        "no name": "DASK_",
        "a script's own": "DASK_NB_WORKERS",
        "a script's own version": "DASK_DISTRIBUTED_VERSION",
        "a script's own, as a section": "DASK_DISTRIBUTED_SCHEDULER",
    }
    found = {
        name: examine(single_underscore, variables={name: "1"}) for name, name in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}
