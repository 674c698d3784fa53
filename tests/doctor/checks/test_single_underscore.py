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


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("DASK_DISTRIBUTED__WORKER__DAEMON", id="right"),
        pytest.param("DASK_SCHEDULER_ADDRESS", id="a key of the top level"),
        pytest.param("DASK_TEMPORARY_DIRECTORY", id="another"),
        pytest.param("DASK_CONFIG", id="DASK_CONFIG"),
        pytest.param("DASK_INTERNAL_INHERIT_CONFIG", id="inherited"),
        pytest.param("DASK_LOGGING_LEVEL", id="the user's own"),
        pytest.param("DASK_SCHEDULER_PORT", id="Kubernetes"),
        pytest.param("DASK_SCHEDULER_SERVICE_PORT_TCP_COMM", id="Kubernetes again"),
        pytest.param("DASK_GATEWAY__AUTH__TYPE", id="another package's"),
        pytest.param("DASK_CLOUDPROVIDER_AWS", id="another package's, one underscore"),
        pytest.param("DASK_DISTRIBUTED_UCXX__MULTI_BUFFER", id="near a namespace"),
        pytest.param("DASK_JOBQUEUE__MYSITE__CORES", id="own section"),
        pytest.param("DASK_DISTRIBUTED__WROKER__DAEMON", id="misspelled: unknown-key's"),
        pytest.param("DASK_DISTRIBUTED__WORKER__USE__FILE__LOCKING", id="two where one belongs"),
        pytest.param("DASK_CONNECT_TIMEOUT", id="renamed"),
        pytest.param("DASK_NANNY_SOMETHING", id="no namespace"),
        pytest.param("DASK_", id="no name"),
    ],
)
def test_accepts_everything_else(examine: Examine, name: str) -> None:
    assert examine(single_underscore, variables={name: "1"}) == []
