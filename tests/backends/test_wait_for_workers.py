"""Waiting for workers requests them, and its errors give the reason."""

from __future__ import annotations

import sys
from typing import Any

import dask.config
import pytest

from dask_backend_config import BaseDaskBackend, DaskLocalCluster, DaskSLURMBackend
from dask_backend_config.core.errors import BackendError, ConfigValueError

from .conftest import wait_until
from .stand_in import StandIn

#: Seconds for workers to connect, on a busy machine.
LIMIT = 120
QUICK = {"adaptive_interval": "100ms", "watch_interval": "20ms"}


def made(**arguments: Any) -> DaskSLURMBackend:
    options = {"minimum_number_of_workers": 0, "maximum_number_of_workers": 3, **QUICK}
    return DaskSLURMBackend(**{**options, **arguments})


def test_missing_workers_are_requested_at_once_and_closed_again_when_idle(slurm: StandIn) -> None:
    with made(python=sys.executable) as backend:
        backend.wait_for_workers(2, f"{LIMIT} s")
        assert len(slurm.calls("sbatch")) == 2, "none was closed while they were waited for"
        wait_until(lambda: backend.jobs == {}, LIMIT)


def test_workers_are_requested_after_scaling_by_hand(slurm: StandIn) -> None:
    slurm.hold()
    with made() as backend:
        backend.cluster.scale(1)
        with pytest.raises(BackendError, match="timed out after 1 s: 0 of 2 workers connected"):
            backend.wait_for_workers(2, timeout=1)
        wait_until(lambda: len(backend.jobs) == 2)
        backend.cluster.scale(4)
        with pytest.raises(BackendError, match="0 of 4 workers connected"):
            backend.wait_for_workers(4, timeout=0)


def test_a_timeout_gives_the_reason_and_ends_the_request(slurm: StandIn) -> None:
    slurm.hold()
    with made() as backend:
        with pytest.raises(BackendError) as caught:
            backend.wait_for_workers(2, timeout=1)
        assert str(caught.value).startswith("timed out after 1 s: 0 of 2 workers connected (Slurm")
        wait_until(lambda: [*slurm.states().values()] == ["CANCELLED"] * 2)


def test_a_rejection_ends_the_wait(slurm: StandIn) -> None:
    slurm.answer("sbatch", "echo 'Invalid account' >&2; exit 1")
    with made() as backend, pytest.raises(BackendError, match=r"Slurm rejected .* Invalid account"):
        backend.wait_for_workers(2)


def reason(backend: DaskSLURMBackend, number: int) -> str:
    with pytest.raises(BackendError) as caught:
        backend.wait_for_workers(number, 0.5)
    return str(caught.value)


def test_a_timeout_names_a_rejection_if_all_others_connected(slurm: StandIn) -> None:
    with made(python=sys.executable, minimum_number_of_workers=1) as backend:
        backend.wait_for_workers(1, LIMIT)
        slurm.answer("sbatch", "echo 'QOSMaxSubmitJobPerUserLimit' >&2; exit 1")
        words = "1 of 2 workers connected (Slurm rejected the job: "
        wait_until(lambda: words in reason(backend, 2), LIMIT)
        assert "QOSMaxSubmitJobPerUserLimit" in reason(backend, 2)


def test_a_timeout_tells_that_the_scheduler_does_not_answer(slurm: StandIn) -> None:
    slurm.hold()
    slurm.answer("sbatch", 'until [ -e "$folder/go" ]; do sleep 0.02; done')
    with made() as backend:
        assert "(Slurm has not accepted 2 jobs yet)" in reason(backend, 2)
        (slurm.folder / "go").touch()
        wait_until(lambda: "Slurm job " in reason(backend, 2), LIMIT)


@pytest.mark.parametrize(
    ("setting", "arguments", "hint"),
    [
        pytest.param(
            {"backends.slurm.maximum-number-of-workers": 2}, {},
            "Set backends.slurm.maximum-number-of-workers (2, code) to 5 or more", id="key",
        ),
        pytest.param(
            {}, {"maximum_number_of_workers": 2},
            "Set argument maximum_number_of_workers (2) to 5 or more", id="argument",
        ),
        pytest.param(
            {}, {"minimum_number_of_workers": 2},
            "Set maximum-number-of-workers in backends.slurm to 5 or more", id="not set",
        ),
    ],
)  # fmt: skip
def test_more_workers_than_the_maximum_are_an_error_at_once(
    slurm: StandIn, setting: dict[str, int], arguments: dict[str, Any], hint: str
) -> None:
    slurm.hold()
    with dask.config.set(setting), DaskSLURMBackend(**QUICK, **arguments) as backend:
        refused(backend, "cannot wait for 5 workers: maximum-number-of-workers is 2", hint)


def test_a_local_backend_has_no_more_workers_than_it_started() -> None:
    with DaskLocalCluster(1) as backend:
        backend.wait_for_workers(1, LIMIT)
        backend.client.wait_for_workers(1, timeout=LIMIT)
        hint = "Set argument number_of_workers (1) to 5 or more"
        refused(backend, "cannot wait for 5 workers: number-of-workers is 1", hint)
        with pytest.raises(ConfigValueError, match="argument timeout is 'soon': must be a dur"):
            backend.wait_for_workers(1, "soon")


def refused(backend: BaseDaskBackend, message: str, hint: str) -> None:
    with pytest.raises(BackendError) as caught:
        backend.wait_for_workers(5)
    assert (caught.value.message, caught.value.hint) == (message, hint)
