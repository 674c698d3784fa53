"""task_outcomes: what became of each task, as it ends."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.config
import pytest

from dask_backend_config import (
    DaskLocalCluster,
    DaskSLURMBackend,
    TaskLostError,
    TaskProcessError,
)

from .conftest import wait_until
from .stand_in import StandIn


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskLocalCluster]:
    folder = tmp_path_factory.mktemp("logs")
    with DaskLocalCluster(
        2, task_isolation="process", allowed_failures=0, log_directory=str(folder)
    ) as made:
        yield made


def divide(number: int, divisor: int, gate: Path | None = None) -> float:
    time.sleep(0.01)
    while number == 0 and gate and not gate.exists():
        time.sleep(0.01)
    if divisor == 13:
        os._exit(3)
    return number / divisor


def plugins(backend: DaskLocalCluster) -> set[str]:
    scheduler: Any = backend.cluster.scheduler
    return set(scheduler.plugins)


def test_values_and_errors_come_as_tasks_end(backend: DaskLocalCluster, tmp_path: Path) -> None:
    divisors, gate = [1, 2, 0, 13, 5], tmp_path / "gate"
    found = {}
    for outcome in backend.task_outcomes(divide, range(5), divisors, gate=gate):
        found[outcome.index] = outcome
        if len(found) == 4:
            gate.touch()
    assert list(found)[-1] == 0
    assert {index: found[index].value for index in (0, 1, 4)} == {0: 0.0, 1: 0.5, 4: 0.8}
    assert [type(found[index].error) for index in range(5)] == [
        type(None), type(None), ZeroDivisionError, TaskProcessError, type(None),
    ]  # fmt: skip
    for index, outcome in found.items():
        assert outcome.arguments == (index, divisors[index])
        assert outcome.job is None
        assert outcome.worker in backend.logs
        assert outcome.log == backend.logs[outcome.worker]
        assert outcome.seconds is not None
        assert 0.01 <= outcome.seconds < 60


def test_a_second_run_needs_only_the_tasks_that_failed(
    backend: DaskLocalCluster, tmp_path: Path
) -> None:
    def touch_then_read(name: str) -> str:
        path = tmp_path / name
        if name == "bad" and not path.exists():
            path.touch()
            raise OSError(name)
        return name

    items = ["good", "bad", "fine"]
    failed = [o for o in backend.task_outcomes(touch_then_read, items) if o.error]
    assert [o.arguments for o in failed] == [("bad",)]
    assert list(backend.map_tasks(touch_then_read, [o.arguments[0] for o in failed])) == ["bad"]


@pytest.mark.parametrize("how", ["closed", "dropped", "dropped-unused"])
def test_the_end_of_the_iterator_cancels_later_tasks(backend: DaskLocalCluster, how: str) -> None:
    before = plugins(backend)
    outcomes = backend.task_outcomes(divide, range(1000), [1] * 1000)
    if how != "dropped-unused":
        next(outcomes)
    if how == "closed":
        outcomes.close()
    del outcomes
    gc.collect()
    wait_until(lambda: not backend.client.futures)
    assert plugins(backend) == before


def test_a_task_whose_worker_died_names_its_job_and_log(slurm: StandIn, tmp_path: Path) -> None:
    def die(_: int) -> None:
        os.kill(os.getpid(), 9)

    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1s"}),
        DaskSLURMBackend(
            log_directory=str(tmp_path / "logs"), allowed_failures=0, disable_nanny_process=True
        ) as backend,
    ):
        (outcome,) = backend.task_outcomes(die, [0])
    assert isinstance(outcome.error, TaskLostError)
    assert outcome.seconds is None
    assert outcome.job in (outcome.log or "")
    assert outcome.worker == outcome.error.workers[0].name


def test_an_iterable_is_needed(backend: DaskLocalCluster) -> None:
    with pytest.raises(TypeError, match="at least one iterable"):
        backend.task_outcomes(abs)
