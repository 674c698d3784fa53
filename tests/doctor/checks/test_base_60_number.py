"""The check of unquoted numbers with colons."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import base_60_number
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("jobqueue.slurm.walltime", "12:00:00", "error", "43200, which Slurm takes as minutes",
     "quote it: walltime: '12:00:00'"),
    ("jobqueue.slurm.walltime", "5:59", "error", "359, which Slurm takes as minutes", "'5:59:00'"),
    ("jobqueue.lsf.walltime", "5:59", "warning", "LSF takes as minutes: the same", "'5:59'"),
    ("jobqueue.lsf.walltime", "12:00:00", "error", "LSF takes as minutes", "walltime: '12:00'"),
    ("jobqueue.pbs.walltime", "12:00:00", "warning", "PBS takes as seconds: the same", "'12:00:00'"),
    ("jobqueue.sge.walltime", "1:00:00", "warning", "Grid Engine takes as seconds", "'1:00:00'"),
    ("jobqueue.oar.walltime", "2:00", "error", "120, which OAR takes as hours", "'2:00'"),
    ("jobqueue.mine.walltime", "12:00:00", "error", "read as 43200", "quote it"),
    ("jobqueue.slurm.account", "12:30.5", "error", "read as 750.5", "account: '12:30.5'"),
    ("jobqueue.slurm.cores", "1:30", "error", "read as 90", "a number"),
    ("distributed.worker.lifetime.duration", "1:00:00", "warning", "3600, in seconds", '"3600s"'),
    ("distributed.nanny.environ.T", "12:30", "error", "read as 750", "T: '12:30'"),
    ("backends.jobqueue.resources-per-worker.wallclock-time-limit", "12:00:00", "error", "43200",
     "quote it: wallclock-time-limit: '12:00:00'"),
    ("backends.profiles.gpu.lifetime-margin", "2:00", "warning", "120, in seconds", '"120s"'),
    ("backends.jobqueue.minimum-number-of-workers", "1:30", "error", "90", "whole number"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "text", "severity", "message", "hint"),
    [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in FOUND],
)
def test_finds_numbers_in_base_60(
    examine: Examine, key: str, text: str, severity: str, message: str, hint: str
) -> None:
    (finding,) = examine(base_60_number, nested(key, text))
    assert (finding.severity, finding.key) == (severity, key)
    assert f"{text} is read as" in finding.message
    assert message in finding.message
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.line == key.count(".") + 1


@pytest.mark.parametrize(
    ("key", "text"),
    [
        pytest.param("jobqueue.slurm.walltime", "'12:00:00'", id="quoted"),
        pytest.param("jobqueue.slurm.walltime", "00:30:00", id="leading zero"),
        pytest.param("jobqueue.slurm.walltime", "1-12:00:00", id="days"),
        pytest.param("jobqueue.slurm.walltime", "43200", id="a number without colons"),
        pytest.param("jobqueue.slurm.walltime", "12:99", id="no minutes"),
        pytest.param("distributed.scheduler.contact-address", "tcp://1.2.3.4:8786", id="address"),
        pytest.param("kubernetes.walltime", "12:00:00", id="other package"),
        pytest.param("jobqueue.slurm.wall-time", "12:00:00", id="unknown key"),
        pytest.param("distributed.worker.memory.spill", "1:30", id="a fraction"),
    ],
)
def test_silent_on_texts_and_plain_numbers(examine: Examine, key: str, text: str) -> None:
    assert examine(base_60_number, nested(key, text)) == []


def test_silent_on_a_variable(examine: Examine) -> None:
    assert examine(base_60_number, variables={"DASK_JOBQUEUE__SLURM__WALLTIME": "12:00:00"}) == []


def test_a_secret_is_not_shown(examine: Examine) -> None:
    (finding,) = examine(base_60_number, nested("distributed.nanny.environ.MY_TOKEN", "12:34"))
    assert "12:34" not in finding.message + finding.hint
    assert "754" not in finding.message + finding.hint
