"""A backend as a dask cluster: in event loops, for clients, scaled, adapted and forgotten."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

import dask.config
import distributed
import pytest
from distributed.core import Status

from dask_backend_config import ComputeResources, DaskLocalCluster, DaskSLURMBackend, get_backend
from dask_backend_config.core.errors import BackendError
from tests.backends.conftest import Run, run_script, script, slurm, wait_until  # noqa: F401
from tests.backends.stand_in import StandIn

LIMIT = 60
QUICK = {"adaptive_interval": "100ms", "watch_interval": "20ms", "python": sys.executable}


def make_slurm(**options: Any) -> DaskSLURMBackend:
    limits = {"minimum_number_of_workers": 0, "maximum_number_of_workers": 4}
    return DaskSLURMBackend(**{**limits, **QUICK, **options})  # type: ignore[arg-type]


def make_local(**options: Any) -> DaskLocalCluster:
    return DaskLocalCluster(1, **options)


@pytest.fixture(params=[make_local, make_slurm], ids=["local", "slurm"])
def make(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return a function that makes a backend, of a laptop or of a stand-in of Slurm."""
    if request.param is make_slurm:
        request.getfixturevalue("slurm")
    return request.param  # type: ignore[no-any-return]


def number_of_workers(cluster: Any) -> int:
    return len(cluster.scheduler_info["workers"])


def in_loop(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(main())


def test_a_backend_lives_in_the_event_loop_of_its_caller(make: Callable[..., Any]) -> None:
    """Like a web server does: started with the server, used by many requests at a time."""

    async def main() -> None:
        async with make(asynchronous=True) as backend:
            assert (backend.asynchronous, backend.started) == (True, True)
            assert backend.loop.asyncio_loop is asyncio.get_running_loop()
            await backend.scale(1)
            requests = [backend.submit_task(pow, number, 2) for number in range(5)]
            assert await asyncio.gather(*requests) == [0, 1, 4, 9, 16]
            await backend.wait_for_workers(1, f"{LIMIT} s")
            while number_of_workers(backend) > 1:  # a worker that leaves has no logs any more
                await asyncio.sleep(0.05)
            assert {"Cluster", "Scheduler"} < set(await backend.get_logs())
            elsewhere = await asyncio.to_thread(lambda: backend.submit_task(abs, -1).result(LIMIT))
            assert elsewhere == 1
            for blocking in (backend.map_tasks, backend.task_outcomes):
                with pytest.raises(BackendError, match="asynchronous"):
                    blocking(abs, [1])
            assert await asyncio.to_thread(lambda: list(backend.map_tasks(abs, [-1, -2]))) == [1, 2]
        assert (backend.status, backend.started) == (Status.closed, False)

    in_loop(main)


def test_await_starts_once_and_close_is_stop(make: Callable[..., Any]) -> None:
    async def main() -> None:
        backend = make(asynchronous=True)
        assert (backend.status, backend.scheduler_address) == (Status.created, "<Not Connected>")
        assert backend.scheduler_info == {"workers": {}}
        first, second = await asyncio.gather(backend, backend)
        assert first is second is await backend is backend
        assert backend.status is Status.running
        assert backend.name == type(backend).__name__
        await backend.close()
        await backend.close()
        assert backend.status is Status.closed

    in_loop(main)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_client_starts_a_backend_that_is_not_started(
    make: Callable[..., Any], asynchronous: bool
) -> None:
    async def main() -> None:
        backend = make(asynchronous=True)
        async with distributed.Client(backend, asynchronous=True) as client:
            assert await client.submit(abs, -1) == 1
            assert client.cluster is backend
        await backend.close()

    if asynchronous:
        return in_loop(main)
    backend = make()
    try:
        with distributed.Client(backend) as client:
            assert backend.started
            assert client.submit(abs, -1).result(LIMIT) == 1
            client.wait_for_workers(1)
            assert client.dashboard_link == backend.dashboard_link
    finally:
        backend.stop()
    with pytest.raises(RuntimeError, match="closed"):
        distributed.Client(backend)
    return None


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_client_gets_the_error_of_a_start_that_fails(
    slurm: StandIn,  # noqa: F811
    asynchronous: bool,
) -> None:
    slurm.answer("sbatch", "echo 'invalid partition' >&2; exit 1")
    backend = make_slurm(minimum_number_of_workers=1, asynchronous=asynchronous)

    async def main() -> None:
        await distributed.Client(backend, asynchronous=True)

    with pytest.raises(BackendError, match=r"Slurm rejected the job: .*invalid partition"):
        in_loop(main) if asynchronous else distributed.Client(backend)
    assert not backend.started
    with pytest.raises(ValueError, match="No clients found"):
        distributed.default_client()


@pytest.mark.parametrize("on", ["backend", "cluster"])
def test_scale_holds_until_adapt(make: Callable[..., Any], on: str) -> None:
    with make() as backend:
        scaled = backend if on == "backend" else backend.cluster
        scaled.scale(2)
        backend.wait_for_workers(2, LIMIT)
        adaptive = scaled.adapt(minimum=0, maximum=1, interval="50ms")
        assert (adaptive.minimum, adaptive.maximum) == (0, 1)
        wait_until(lambda: number_of_workers(backend) == 0, LIMIT)
        assert backend.submit_task(abs, -1).result(LIMIT) == 1
        scaled.scale(1)
        backend.wait_for_workers(1, LIMIT)
        waiting = [backend.submit_task(time.sleep, 0.05) for _ in range(20)]
        backend.client.gather(waiting)
        assert (number_of_workers(backend), len(backend.plan)) == (1, 1)
        assert backend.status is Status.running


def test_scale_in_a_loop_keeps_results(make: Callable[..., Any]) -> None:
    async def main() -> None:
        async with make(asynchronous=True) as backend:
            await backend.scale(2)
            await backend.wait_for_workers(2)
            names = sorted(backend.observed)
            made = [backend.submit_task(time.monotonic_ns, workers=[name]) for name in names]
            before = await asyncio.gather(*made)
            await backend.scale(1)
            await asyncio.to_thread(wait_until, lambda: number_of_workers(backend) == 1, LIMIT)
            assert await asyncio.gather(*made) == before

    in_loop(main)


def test_a_worker_that_is_lost_after_scale_is_replaced(slurm: StandIn) -> None:  # noqa: F811
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "100ms"}),
        make_slurm() as backend,
    ):
        backend.cluster.scale(1)
        backend.wait_for_workers(1, LIMIT)
        ((worker, number),) = backend.jobs.items()
        os.killpg(slurm.pid(number), signal.SIGKILL)
        wait_until(lambda: backend.jobs.get(worker, number) != number, LIMIT)
        backend.wait_for_workers(1, LIMIT)


def test_adapting_has_the_limits_of_the_backend() -> None:
    with make_local() as backend:
        adaptive = backend.adapt()
        assert (adaptive.minimum, adaptive.maximum) == (0, 1)
        again = backend.adapt(1, 3)
        assert (again.minimum, again.maximum) == (1, 3)


def test_a_backend_has_no_more_workers_than_its_gpus_suffice_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def devices() -> str:
        return os.environ["CUDA_VISIBLE_DEVICES"]

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    with DaskLocalCluster(1, ComputeResources(1, 1)) as backend:
        backend.scale(2)
        backend.wait_for_workers(2, LIMIT)
        assert sorted(backend.client.run(devices).values()) == ["3", "5"]
        with pytest.raises(BackendError, match="the GPUs of this machine suffice for 2 workers"):
            backend.scale(3)
        assert len(backend.plan) == 2
        assert backend.adapt(maximum=9).maximum == 2


def test_a_backend_that_is_replaced_ends(make: Callable[..., Any]) -> None:
    """As in a cell of a notebook that is run three times."""
    gc.disable()
    clusters = []
    try:
        for _ in range(3):
            backend = make()
            backend.start()
            clusters.append(backend.cluster)
        wait_until(lambda: [c.status for c in clusters[:2]] == [Status.closed] * 2, LIMIT)
        assert backend.submit_task(abs, -1).result(LIMIT) == 1
    finally:
        gc.enable()
        backend.stop()


def test_jobs_of_a_backend_end_with_its_program(slurm: StandIn, run_script: Run) -> None:  # noqa: F811
    slurm.hold()
    done = run_script("""
        import asyncio
        from dask_backend_config import DaskSLURMBackend

        async def main():
            global backend
            backend = await DaskSLURMBackend(asynchronous=True, minimum_number_of_workers=1)

        asyncio.run(main())
    """)
    assert done.returncode == 0, done.stderr
    assert list(slurm.states().values()) == ["CANCELLED"]


def test_get_backend_makes_asynchronous_backends() -> None:
    async def main() -> None:
        async with get_backend("local", number_of_workers=1, asynchronous=True) as backend:
            assert await backend.submit_task(abs, -1) == 1

    in_loop(main)


def test_an_asynchronous_backend_is_not_used_with_with() -> None:
    with pytest.raises(BackendError, match="async with"), make_local(asynchronous=True):
        pass
