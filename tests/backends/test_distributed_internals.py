"""The undocumented parts of distributed that this package uses exist and work as expected."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import pickle
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import dask.config
import distributed
import pytest
from distributed import Client, Scheduler, SpecCluster, Status, Worker
from distributed.deploy.spec import ProcessInterface
from distributed.scheduler import TaskState, WorkerState
from distributed.utils import LoopRunner

from dask_backend_config.backends import distributed_internals as internals
from dask_backend_config.backends.scaled_cluster_internals import ScaledCluster, scaled

CHANGED = "distributed changed: adapt dask_backend_config/backends/distributed_internals.py"
OPTIONS = {"dashboard": False, "host": "127.0.0.1"}
SCHEDULER = {"port": 0, "dashboard_address": ":0", **OPTIONS}


@contextlib.asynccontextmanager
async def running(workers: int) -> AsyncIterator[tuple[SpecCluster, Any]]:
    """Yield a cluster in this process, and a client."""
    worker = {"cls": Worker, "options": {"nthreads": 1, **OPTIONS}}
    scheduler = {"cls": Scheduler, "options": SCHEDULER}
    names = dict.fromkeys(range(workers), worker)
    async with (
        scaled(SpecCluster)(
            names, scheduler, worker=worker, asynchronous=True, silence_logs=False
        ) as made,
        Client(made, asynchronous=True, set_as_default=False) as client,
    ):
        yield made, client


def run(test: Callable[[], Any]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        pytest.param(SpecCluster, "_correct_state", (), id="correct state"),
        pytest.param(SpecCluster, "_correct_state_internal", (), id="correct state at once"),
        pytest.param(SpecCluster, "_update_worker_status", ("op", "msg"), id="worker status"),
        pytest.param(SpecCluster, "_new_worker_name", ("worker_number",), id="worker name"),
        pytest.param(SpecCluster, "_start", (), id="start"),
        pytest.param(SpecCluster, "_close", (), id="close"),
        pytest.param(SpecCluster, "_widget", (), id="widget"),
        pytest.param(LoopRunner, "__init__", ("asynchronous",), id="loop"),
        pytest.param(Scheduler, "transition", ("key", "finish", "stimulus_id"), id="transition"),
        pytest.param(Scheduler, "transitions", ("recommendations", "stimulus_id"), id="several"),
        pytest.param(
            Scheduler, "remove_worker", ("address", "stimulus_id", "expected"), id="remove worker"
        ),
        pytest.param(Scheduler, "coerce_address", ("addr",), id="address"),
        pytest.param(Scheduler, "adaptive_target", ("target_duration",), id="target"),
        pytest.param(Scheduler, "workers_to_close", ("n", "key", "attribute"), id="to close"),
        pytest.param(SpecCluster, "_threads_per_worker", (), id="threads"),
        pytest.param(SpecCluster, "_memory_per_worker", (), id="memory"),
        pytest.param(
            Scheduler,
            "retire_workers",
            ("workers", "close_workers", "remove", "stimulus_id"),
            id="retire workers",
        ),
        pytest.param(
            Scheduler,
            "handle_worker_status_change",
            ("status", "worker", "stimulus_id"),
            id="worker status",
        ),
        pytest.param(Worker, "get_current_task", (), id="current task"),
        pytest.param(
            distributed.utils.silence_logging_cmgr, "__call__", ("level",), id="silence logs"
        ),
    ],
)
def test_methods_have_their_parameters(owner: Any, name: str, parameters: tuple[str, ...]) -> None:
    method = owner if name == "__call__" else getattr(owner, name, None)
    assert method is not None, CHANGED
    assert set(parameters) <= set(inspect.signature(method).parameters), CHANGED


def test_a_scaled_cluster_replaces_what_it_means_to() -> None:
    names = {name for name in vars(ScaledCluster) if not name.startswith("__")}
    replaced = {"scale", "adapt", "_start", "_close"}
    replaced |= {
        "_correct_state",
        "_correct_state_internal",
        "_new_worker_name",
        "_update_worker_status",
    }
    assert names & set(dir(SpecCluster)) == replaced, CHANGED


def test_nannies_ask_for_a_context_of_multiprocessing() -> None:
    for module in (distributed.nanny, distributed.process):
        assert module.get_mp_context is distributed.utils.get_mp_context, CHANGED


@pytest.mark.parametrize(
    ("owner", "used"),
    [
        pytest.param(
            TaskState,
            "suspicious prefix exception exception_text exception_blame state worker_restrictions "
            "host_restrictions resource_restrictions loose_restrictions",
            id="task",
        ),
        pytest.param(WorkerState, "executing processing has_what last_seen address", id="worker"),
    ],
)
def test_attributes_exist(owner: type, used: str) -> None:
    assert [name for name in used.split() if not hasattr(owner, name)] == [], CHANGED


def test_a_task_reaches_its_worker_as_the_pickle_of_our_choice() -> None:
    def pickled(key: Any, task: Any) -> tuple[bytes, list[Any]]:
        buffers: list[Any] = []
        changed = type(task)(key, max, *task.args)
        return pickle.dumps(changed, protocol=5, buffer_callback=buffers.append), buffers

    async def test() -> None:
        async with running(1) as (cluster, client):
            internals.pickle_sent_tasks(cluster.scheduler, pickled)
            assert await client.submit(min, 1, 2, pure=False) == 2, CHANGED

    run(test)


@pytest.mark.parametrize(
    "arguments", [pytest.param((), id="today"), pytest.param((0.5,), id="before 2025.2")]
)
def test_a_message_gets_the_arguments_of_each_release(arguments: tuple[float, ...]) -> None:
    scheduler = SimpleNamespace(_task_to_msg=lambda _, *given: {"arguments": given})
    internals.pickle_sent_tasks(scheduler, lambda _key, _task: (b"", []))
    state = SimpleNamespace(key="a", run_spec=None)
    assert scheduler._task_to_msg(state, *arguments)["arguments"] == arguments


def test_an_unset_number_of_allowed_failures_is_read_from_the_configuration() -> None:
    async def test() -> None:
        with dask.config.set({"distributed.scheduler.allowed-failures": 5}):
            async with Scheduler(allowed_failures=None, **SCHEDULER) as scheduler:
                assert scheduler.allowed_failures == 5, CHANGED

    run(test)


def test_a_forgotten_worker_is_replaced() -> None:
    async def test() -> None:
        worker = {"cls": ProcessInterface, "options": {}}
        scheduler = {"cls": Scheduler, "options": SCHEDULER}
        async with SpecCluster({"a": worker}, scheduler, asynchronous=True) as cluster:
            first = cluster.workers["a"]
            internals.forget_worker(cluster, "a")
            while cluster.workers.get("a") in (None, first):
                await asyncio.sleep(0.01)

    run(test)


def test_adapting_stops() -> None:
    async def test() -> None:
        async with running(0) as (cluster, _):
            cluster.group().stop_adapting()  # harmless before `adapt`
            cluster.adapt(minimum=0, maximum=1, interval="1 hour")
            assert cluster._adaptive.state != "stopped", CHANGED
            cluster.group().stop_adapting()
            assert cluster._adaptive.state == "stopped", CHANGED

    run(test)


def test_workers_are_requested_at_once() -> None:
    async def test() -> None:
        async with running(0) as (cluster, client):
            cluster.adapt(minimum=0, maximum=1, interval="1 hour")
            await asyncio.sleep(0.1)
            future = client.submit(abs, -1)
            while not internals.tasks_wait(cluster.scheduler):
                await asyncio.sleep(0.01)
            await cluster.group().request_workers()
            assert await future == 1, CHANGED
            assert not internals.tasks_wait(cluster.scheduler), CHANGED
            await cluster.group().request_workers()
            assert len(cluster.plan) == 1, "a worker without tasks is not closed"
            cluster.group().stop_adapting()
            await cluster.group().request_workers()

    run(test)


def test_a_cluster_that_closes_gets_no_workers() -> None:
    async def test() -> None:
        async with running(0) as (cluster, _):
            cluster.status = Status.closing
            cluster.group().scale(1)
            assert not cluster.plan
            cluster.status = Status.running

    run(test)


def test_tasks_of_unknown_duration_are_worth_a_thread_each() -> None:
    async def test() -> None:
        async with running(1) as (cluster, client):
            internals.set_unknown_task_duration(cluster.scheduler, 5.0)
            futures = client.map(asyncio.sleep, [1000] * 10, pure=False)
            while len(cluster.scheduler.tasks) < 10:
                await asyncio.sleep(0.01)
            assert cluster.scheduler.adaptive_target("5s") == 10, CHANGED
            await client.cancel(futures)

    run(test)


def test_tasks_wait_if_there_are_more_than_threads() -> None:
    async def test() -> None:
        async with running(1) as (cluster, client):
            ended = distributed.Event(client=client)
            futures = [client.submit(ended.wait, 20, pure=False) for _ in range(2)]
            while not internals.tasks_wait(cluster.scheduler):
                await asyncio.sleep(0.01)
            await ended.set()
            await asyncio.gather(*futures)
            assert not internals.tasks_wait(cluster.scheduler), CHANGED

    run(test)


def test_waiting_tasks_fail_with_the_error() -> None:
    async def test() -> None:
        async with running(0) as (cluster, client):
            future = client.submit(abs, -1)
            while not [*cluster.scheduler.queued, *cluster.scheduler.unrunnable]:
                await asyncio.sleep(0.01)
            internals.fail_waiting_tasks(cluster.scheduler, LookupError("why"), "test", bool)
            with pytest.raises(LookupError, match="why"):
                await future

    run(test)


def test_a_released_task_fails_with_the_error() -> None:
    async def test() -> None:
        async with running(1) as (cluster, client):
            future = client.submit(asyncio.sleep, 60)
            scheduler: Any = cluster.scheduler
            while not any(worker.processing for worker in scheduler.workers.values()):
                await asyncio.sleep(0.01)
            task = scheduler.tasks[future.key]
            internals.release_task(scheduler, task, "test")
            assert internals.is_released(scheduler, task), CHANGED
            internals.fail_released_task(scheduler, task, LookupError("why"), "test")
            with pytest.raises(LookupError, match="why"):
                await future

    run(test)


def test_a_worker_asks_to_be_retired_at_the_end_of_its_lifetime() -> None:
    class Recording(Scheduler):
        async def retire_workers(self, *_: Any, **options: Any) -> Any:
            asked.append(options)
            return {}

    asked: list[dict[str, Any]] = []

    async def test() -> None:
        async with Recording(**SCHEDULER) as scheduler:
            worker = await Worker(scheduler.address, lifetime=0.1, **OPTIONS)
            await worker.finished()
            (options,) = asked
            assert list(options["workers"]) == [worker.address], CHANGED
            assert options["stimulus_id"].startswith(internals.PLANNED_END), CHANGED

    run(test)


def test_a_worker_is_taken_out_of_its_cluster_and_another_has_a_new_name() -> None:
    async def test() -> None:
        async with running(1) as (cluster, _):
            worker = internals.take_out(cluster, 0)
            assert await cluster.group().number_to_replace(1) == 1, "not adaptive"
            cluster.scale(1)
            await cluster
            assert 0 not in cluster.workers and len(cluster.workers) == 1, CHANGED
            assert worker.status.name == "running", CHANGED
            cluster.workers[0] = worker  # so that the cluster closes it

    run(test)


@pytest.mark.parametrize(
    ("minimum", "expected"),
    [pytest.param(0, 0, id="not needed"), pytest.param(2, 2, id="minimum")],
)
def test_an_adaptive_cluster_replaces_the_workers_it_needs(minimum: int, expected: int) -> None:
    async def test() -> None:
        async with running(2) as (cluster, _):
            cluster.adapt(minimum=minimum, maximum=2, interval="1 hour")
            assert await cluster.group().number_to_replace(2) == expected, CHANGED

    run(test)


def test_a_worker_that_takes_no_tasks_ends_the_one_it_runs() -> None:
    async def test() -> None:
        async with running(1) as (cluster, client):
            scheduler: Any = cluster.scheduler
            ended = distributed.Event(client=client)
            running_one = client.submit(ended.wait, 20, pure=False)
            (state,) = scheduler.workers.values()
            while not internals.running_tasks(state):
                await asyncio.sleep(0.01)
            assert [task.key for task in internals.running_tasks(state)] == [running_one.key], (
                CHANGED
            )
            waiting = client.submit(abs, -1, workers=[state.address])
            while len(state.processing) < 2:
                await asyncio.sleep(0.01)
            internals.stop_taking_tasks(scheduler, state, "test")
            assert not scheduler.running, CHANGED
            internals.take_back_waiting_tasks(scheduler, state, "test")
            assert [task.key for task in state.processing] == [running_one.key], CHANGED
            await ended.set()
            assert await running_one and not waiting.done(), CHANGED

    run(test)


@pytest.mark.parametrize("restrictions", [{}, {"workers": [0]}], ids=["none", "of the user"])
def test_a_task_prefers_a_worker_unless_it_is_restricted(restrictions: dict[str, Any]) -> None:
    async def test() -> None:
        async with running(2) as (cluster, client):
            future = client.submit(abs, -1, **restrictions)
            await future
            scheduler: Any = cluster.scheduler
            task, second = scheduler.tasks[future.key], cluster.workers[1].address
            before = set(task.worker_restrictions or ())
            internals.prefer_worker(task, scheduler.workers[second])
            assert task.worker_restrictions == (before or {second}), CHANGED
            assert task.loose_restrictions == (not restrictions)

    run(test)


def test_states_of_a_worker_and_its_tasks() -> None:
    async def test() -> None:
        async with running(1) as (cluster, client):
            worker: Any = cluster.workers[0]
            future = client.submit(asyncio.sleep, 60)
            while worker.state.tasks.get(future.key) is None:
                await asyncio.sleep(0.01)
            assert not internals.is_cancelled(worker, future.key)
            assert not internals.is_closing(worker)
            await future.cancel()
            while future.key in worker.state.tasks:
                if internals.is_cancelled(worker, future.key):
                    break
                await asyncio.sleep(0)
            await worker.close()
            assert internals.is_closing(worker), CHANGED

    run(test)


@pytest.mark.parametrize(
    "call",
    [distributed.get_worker, distributed.get_client, distributed.secede],
    ids=lambda f: f.__name__,
)
def test_messages_outside_of_a_worker(call: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match="found") as caught:
        call()
    assert str(caught.value).startswith(internals.NO_WORKER_MESSAGES), CHANGED
