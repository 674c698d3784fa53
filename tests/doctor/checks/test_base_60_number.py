"""The check of unquoted numbers with colons."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import base_60_number
from dask_backend_config.yaml_edit.patch import Set
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("jobqueue.slurm.walltime", "12:00:00", "error", "12:00:00"),
    ("jobqueue.slurm.walltime", "5:59", "error", None),
    ("jobqueue.lsf.walltime", "5:59", "warning", "5:59"),
    ("jobqueue.lsf.walltime", "12:00:00", "error", "12:00"),
    ("jobqueue.pbs.walltime", "12:00:00", "warning", "12:00:00"),
    ("jobqueue.oar.walltime", "2:00", "error", None),
    ("jobqueue.mine.walltime", "12:00:00", "info", "12:00:00"),
    ("jobqueue.slurm.account", "12:30.5", "error", None),
    ("jobqueue.slurm.cores", "1:30", "error", None),
    ("distributed.worker.lifetime.duration", "1:00:00", "warning", None),
    ("distributed.nanny.environ.T", "12:30", "error", "12:30"),
    ("backends.jobqueue.resources-per-worker.wallclock-time-limit", "12:00:00", "error",
     "12:00:00"),
    ("backends.profiles.gpu.lifetime-margin", "2:00", "warning", None),
    ("backends.jobqueue.minimum-number-of-workers", "1:30", "error", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "text", "severity", "fixed"),
    [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in FOUND],
)
def test_finds_numbers_in_base_60(
    examine: Examine, key: str, text: str, severity: str, fixed: str | None
) -> None:
    (finding,) = examine(base_60_number, nested(key, text))
    assert (finding.severity, finding.key) == (severity, key)
    edits = (Set(tuple(key.split(".")), fixed),) if fixed else None
    assert (finding.fix.edits if finding.fix else None) == edits
    assert finding.origin
    assert finding.origin.line == key.count(".") + 1


def test_silent_on_texts_and_plain_numbers(examine: Examine) -> None:
    cases = {
        "quoted": ("jobqueue.slurm.walltime", "'12:00:00'"),
        "leading zero": ("jobqueue.slurm.walltime", "00:30:00"),
        "days": ("jobqueue.slurm.walltime", "1-12:00:00"),
        "a number without colons": ("jobqueue.slurm.walltime", "43200"),
        "no minutes": ("jobqueue.slurm.walltime", "12:99"),
        "address": ("distributed.scheduler.contact-address", "tcp://1.2.3.4:8786"),
        "other package": ("kubernetes.walltime", "12:00:00"),
        "unknown key": ("jobqueue.slurm.wall-time", "12:00:00"),
        "a fraction": ("distributed.worker.memory.spill", "1:30"),
    }
    found = {
        name: examine(base_60_number, nested(key, text)) for name, (key, text) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_silent_on_a_variable(examine: Examine) -> None:
    assert examine(base_60_number, variables={"DASK_JOBQUEUE__SLURM__WALLTIME": "12:00:00"}) == []


def test_a_secret_is_not_shown(examine: Examine) -> None:
    (finding,) = examine(base_60_number, nested("distributed.nanny.environ.MY_TOKEN", "12:34"))
    assert "12:34" not in finding.message + finding.hint
    assert "754" not in finding.message + finding.hint
