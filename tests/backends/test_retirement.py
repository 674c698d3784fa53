"""Workers whose planned end is near are replaced; their results move, their tasks may end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import pickle
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import dask.config
import pytest
from distributed import Client, SpecCluster, Worker

from dask_backend_config import TaskLostError
from dask_backend_config.backends.jobqueue import planned_ends
from dask_backend_config.backends.jobqueue.lifetime_plugin import LifetimePlugin
from dask_backend_config.backends.jobqueue.overruns import Overrun, Overruns
from dask_backend_config.backends.jobqueue.planned_ends import BEGAN, PlannedEnd, due, lead_time
from dask_backend_config.backends.jobqueue.retirement import Retirement
from dask_backend_config.backends.jobqueue.retiring_scheduler import (
    RetiringScheduler,
    WalltimeLimit,
)
from dask_backend_config.backends.lost_tasks import LostWorker
from dask_backend_config.backends.scaled_cluster_internals import scaled

ENDS = [PlannedEnd(name, 0, planned) for name, planned in (("a", 30), ("b", 39), ("c", 300))]


@pytest.mark.parametrize(
    ("now", "lead", "leaving", "planned", "expected"),
    [
        pytest.param(10, 5, (), 3, "", id="early"),
        pytest.param(26, 5, (), 3, "a", id="one"),
        pytest.param(26, 15, (), 3, "ab", id="two that end soon after each other"),
        pytest.param(35, 15, ("a",), 3, "b", id="the second"),
        pytest.param(26, 15, (), 1, "a", id="no more than planned"),
        pytest.param(26, 900, ("a",), 1, "", id="a successor is not replaced before it is needed"),
        pytest.param(31, 900, ("a",), 1, "b", id="but when its predecessor has ended"),
        pytest.param(0, 900, (), 3, "abc", id="a queue that is slower than a worker's life"),
        pytest.param(50, 5, ("a", "b"), 1, "", id="all leave"),
    ],
)
def test_successors_are_requested_in_time(
    now: float, lead: float, leaving: tuple[str, ...], planned: int, expected: str
) -> None:
    assert due(ENDS, leaving, planned, now, lead) == list(expected)


@pytest.mark.parametrize(
    ("waits", "least", "most"),
    [
        pytest.param([], 1, 10, id="unknown"),
        pytest.param([4, 2], 5, 15, id="quick"),
        pytest.param([30, 3600], 3601, 7200, id="the longest counts"),
    ],
)
def test_the_time_in_the_queue_is_learned(waits: list[float], least: float, most: float) -> None:
    assert least <= lead_time(waits) <= most


@pytest.mark.parametrize(
    ("parts", "counted"),
    [
        pytest.param([0.3, 0.4, 0.1], 0, id="may have started late"),
        pytest.param([0.9], 1, id="long"),
        pytest.param([0.2, 0.8, 0.3], 2, id="long once"),
    ],
)
def test_only_tasks_that_are_too_long_count(parts: list[float], counted: int) -> None:
    overruns = Overruns()
    worker = LostWorker("a", "host", 17)
    for part in parts:
        found = overruns.add("key", Overrun(worker, 10, part))
    assert (len(found), overruns.number("key"), overruns.number("other")) == (
        counted,
        len(parts),
        0,
    )
    overruns.keep_only({"other"})
    assert overruns.number("key") == 0


class Recorded:
    """A fake worker of a `LifetimePlugin`."""

    name = "w"

    def __init__(self, lifetime: float | None) -> None:
        self.lifetime = lifetime
        self.events: list[dict[str, Any]] = []
        self.timers: list[float] = []
        self.loop = self

    def log_event(self, topic: str, event: dict[str, Any]) -> None:
        self.events.append(event)

    def call_later(self, seconds: float, *_: Any, **__: Any) -> None:
        self.timers.append(seconds)

    async def close_gracefully(self, reason: str) -> None: ...


@pytest.mark.parametrize(
    ("lifetime", "latest_end", "age", "expected"),
    [
        pytest.param(None, 100, 5, None, id="no lifetime"),
        pytest.param(60, None, 5, (60, None), id="no walltime"),
        pytest.param(60, 100, 5, (60, 95), id="both"),
        pytest.param(60, 100, 70, (30, 30), id="restarted by its nanny"),
        pytest.param(60, 100, 130, (0, 0), id="too late"),
    ],
)
def test_a_worker_reports_its_end(
    monkeypatch: pytest.MonkeyPatch,
    lifetime: float | None,
    latest_end: float | None,
    age: float,
    expected: tuple[float, float | None] | None,
) -> None:
    monkeypatch.setenv(BEGAN, f"{time.time() - age}")
    worker = Recorded(lifetime)
    LifetimePlugin(latest_end).setup(worker)
    if expected is None:
        assert worker.events == worker.timers == []
        return
    (event,) = worker.events
    assert (event["planned"], event["latest"]) == pytest.approx(expected, abs=2)
    end = PlannedEnd.of_event(event, 1000)
    assert end.planned == pytest.approx(1000 + expected[0], abs=2)
    assert end.latest == pytest.approx(
        math.inf if expected[1] is None else 1000 + expected[1], abs=2
    )
    assert bool(worker.timers) == (event["planned"] < (lifetime or 0))


RUNS: list[Any] = []
GO_ON = threading.Event()


def run(number: Any, seconds: float) -> Any:
    RUNS.append(number)
    if seconds:
        GO_ON.wait(seconds)
    return number


Start = Callable[..., contextlib.AbstractAsyncContextManager[tuple[Any, Any, Any]]]


@contextlib.asynccontextmanager
async def campaign(
    workers: int, lifetime: float, latest: float, attempts: int = 3
) -> AsyncIterator[tuple[Any, Any, Retirement]]:
    """Yield a cluster in this process, a client and the retirement of its workers."""
    options = {"dashboard": False, "host": "127.0.0.1"}
    worker = {"cls": Worker, "options": {"nthreads": 1, "lifetime": lifetime, **options}}
    retirement: list[Retirement] = []
    scheduler_options = {
        "port": 0,
        "dashboard_address": ":0",
        "allowed_failures": 0,
        "describe": lambda state: LostWorker(str(state.name), state.host, state.pid, "Slurm job 7"),
        "hint": "",
        "planned_end": lambda address: retirement[0].planned_end(address),
        "on_planned_end": lambda name: retirement[0].leave(name),
        "walltime": lambda _: WalltimeLimit("00:01:00", attempts, "Raise KEY, or split the task"),
        **options,
    }
    scheduler = {"cls": RetiringScheduler, "options": scheduler_options}
    names = dict.fromkeys(map(str, range(workers)), worker)
    jobs: Any = SimpleNamespace(failure=None, by_name={}, waits=[])
    async with scaled(SpecCluster)({}, scheduler, worker=worker, asynchronous=True) as cluster:
        cluster._new_worker_name = str
        retirement.append(Retirement(cluster.group(), jobs))
        await retirement[0].start_checks()
        async with Client(cluster, asynchronous=True, set_as_default=False) as client:
            await client.register_plugin(LifetimePlugin(latest))
            cluster.worker_spec.update(names)
            await cluster
            try:
                yield cluster, client, retirement[0]
            finally:
                GO_ON.set()
                cluster.scheduler.ends = True
                await retirement[0].close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a test with short times; fail if it takes too long."""
    RUNS.clear()
    GO_ON.clear()
    monkeypatch.delenv(BEGAN, raising=False)
    monkeypatch.setattr(planned_ends, "_SLACK", 1.0)

    def run_test(test: Awaitable[None]) -> None:
        async def limited() -> None:
            await asyncio.wait_for(test, 60)

        with dask.config.set({"distributed.deploy.lost-worker-timeout": "100ms"}):
            asyncio.run(limited())

    return run_test


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("adaptive", [True, False], ids=["adaptive", "fixed"])
def test_results_and_tasks_survive_planned_ends(quick: Any, workers: int, adaptive: bool) -> None:
    async def test() -> None:
        async with campaign(workers, lifetime=2, latest=20) as (cluster, client, retirement):
            if adaptive:
                cluster.adapt(minimum=workers, maximum=workers, interval="100 ms")
            first = set(cluster.plan)
            numbers = list(range(25 * workers))
            futures = client.map(run, numbers, seconds=0.1)
            most = 0
            while not all(future.done() for future in futures):
                most = max(most, len(cluster.scheduler.workers))
                await asyncio.sleep(0.02)
            await until(lambda: not first & {w.name for w in cluster.scheduler.workers.values()})
            assert await client.gather(futures) == numbers
            assert sorted(RUNS) == numbers
            assert len(cluster.plan) == workers and not first & cluster.plan
            assert most <= 3 * workers
            await until(lambda: not first & (cluster.workers.keys() | retirement._leaving.keys()))

    quick(test())


def test_a_running_task_may_use_the_rest_of_the_walltime(quick: Any) -> None:
    async def test() -> None:
        async with campaign(1, lifetime=1, latest=20) as (_, client, _retirement):
            long = client.submit(run, "long", seconds=4)
            later = client.map(run, range(5), seconds=0.01)
            assert await long == "long"
            assert await client.gather(later) == list(range(5))
            assert sorted(RUNS, key=str) == [*range(5), "long"]

    quick(test())


def test_a_task_that_outlives_its_workers_is_named_and_fails(
    quick: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        async with campaign(1, lifetime=1, latest=2.5, attempts=2) as (_, client, _retirement):
            future = client.submit(run, "endless", seconds=60, key="endless")
            with pytest.raises(TaskLostError) as caught:
                await future
            error = pickle.loads(pickle.dumps(caught.value))
            first, *lines = str(error).splitlines()
            assert first == (
                "task 'endless' failed: the walltime of its worker (00:01:00) ended before it, 2 times "
                "(walltime-attempts is 2) (Raise KEY, or split the task)"
            )
            assert len(lines) == len(error.workers) == 2
            assert "(Slurm job 7): ran for 00:00:0" in lines[0]
            assert await client.submit(run, 1, seconds=0) == 1

    with caplog.at_level(logging.WARNING, "dask_backend_config"):
        quick(test())
    (line,) = [entry.getMessage() for entry in caplog.records if entry.name.startswith("dask_b")]
    assert line.startswith("task 'endless' ran for ")
    assert line.endswith(
        " s until the walltime of its worker (00:01:00) ended; starting it again (attempt 2 of 2). "
        "Raise KEY, or split the task"
    )
    assert RUNS == ["endless", "endless", 1]


@pytest.mark.parametrize("held", [True, False])
def test_a_worker_without_tasks_is_replaced_only_if_its_results_are_held(
    quick: Any, held: bool
) -> None:
    async def test() -> None:
        async with campaign(1, lifetime=2, latest=20) as (cluster, client, _):
            cluster.adapt(minimum=0, maximum=1, interval="1 hour")
            future = client.submit(run, 1, seconds=0)
            assert await future == 1
            first = set(cluster.scheduler.workers)
            if not held:
                del future
            await until(lambda: not first & cluster.scheduler.workers.keys())
            assert len(cluster.plan) == held
            if held:
                assert await future == 1
            assert RUNS == [1]

    quick(test())


def test_a_worker_that_ends_before_its_time_is_replaced_at_once(quick: Any) -> None:
    async def test() -> None:
        timeout = {"distributed.deploy.lost-worker-timeout": "1 hour"}
        with dask.config.set(timeout):
            async with campaign(1, lifetime=3600, latest=7200) as (cluster, client, _):
                future = client.submit(run, 1, seconds=0)
                await future
                (name,) = cluster.plan
                await cluster.workers[name].close_gracefully()
                assert name not in cluster.plan and len(cluster.plan) == 1
                assert (await future, RUNS) == (1, [1])

    quick(test())
