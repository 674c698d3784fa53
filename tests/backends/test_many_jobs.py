"""Behaviour that matters with thousands of jobs, tested with dozens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from distributed import Worker
from distributed.core import Status

from dask_backend_config import DaskSLURMBackend
from dask_backend_config.backends.jobqueue import jobs
from dask_backend_config.backends.lost_tasks import LostTaskScheduler, LostWorker

from .conftest import wait_until
from .stand_in import StandIn

LIMIT_OF_SITE = 'sh -c "echo QOSMaxSubmitJobPerUserLimit >&2; exit 1" || exit 1'
#: Each submission except the first waits for a file of the test.
SLOW = """
if ! mkdir "$folder/first" 2> /dev/null; then
    until [ -e "$folder/go" ]; do sleep 0.02; done
fi
"""
Make = Callable[..., DaskSLURMBackend]


@pytest.fixture
def make(slurm: StandIn) -> Iterator[Make]:
    """Return a function that makes backends whose jobs wait forever, and stop them at the end."""
    made: list[DaskSLURMBackend] = []
    slurm.hold()

    def make(number: int, **arguments: Any) -> DaskSLURMBackend:
        quick = {"adaptive_interval": "1 hour", "watch_interval": "20ms"}
        made.append(DaskSLURMBackend(minimum_number_of_workers=number, **{**quick, **arguments}))
        return made[-1]

    yield make
    for backend in made:
        backend.stop()


def test_start_waits_for_the_first_job_only(slurm: StandIn, make: Make) -> None:
    slurm.answer("sbatch", SLOW)
    with make(20) as backend:
        assert len(backend.jobs) == 1
        wait_until(lambda: len(slurm.calls("sbatch")) == 9)  # the first, and 8 at the same time
        (slurm.folder / "go").touch()
        wait_until(lambda: len(backend.jobs) == 20)


@pytest.mark.parametrize("minimum", [0, 1])
def test_tasks_request_their_workers_at_once(slurm: StandIn, make: Make, minimum: int) -> None:
    with make(minimum, maximum_number_of_workers=30) as backend:
        futures = [backend.submit_task(abs, -number) for number in range(200)]
        wait_until(lambda: len(backend.jobs) == 30, 60)
        assert len(slurm.calls("sbatch")) == 30
        assert not any(future.done() for future in futures)


def test_stop_does_not_wait_for_submissions(slurm: StandIn, make: Make) -> None:
    slurm.answer("sbatch", SLOW)
    with make(100, command_timeout="500ms"):
        wait_until(lambda: len(slurm.calls("sbatch")) > 1)
    assert len(slurm.calls("sbatch")) <= 9
    assert slurm.states() == {"1": "CANCELLED"}


def limit(number: int) -> str:
    """Return shell code that rejects jobs beyond a number."""
    return f'[ "$(ls "$folder/jobs" | wc -l)" -lt {number} ] || {LIMIT_OF_SITE}'


def test_after_several_rejections_the_other_jobs_are_not_submitted(
    slurm: StandIn, make: Make
) -> None:
    slurm.answer("sbatch", limit(3))
    with make(100) as backend:
        wait_until(lambda: len(known(backend)) == 100 and all(map(is_settled, known(backend))))
        assert len(slurm.calls("sbatch")) < 40


def known(backend: DaskSLURMBackend) -> list[jobs.Job]:
    assert backend._queue is not None
    return list(backend._queue.groups[""].jobs.by_name.values())


def is_settled(job: jobs.Job) -> bool:
    return job.number is not None or job.rejection is not None


def test_rejected_jobs_are_submitted_again_one_at_a_time(
    slurm: StandIn, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dask_backend_config")
    slurm.answer("sbatch", limit(3))
    with make(60) as backend:
        wait_until(lambda: len(known(backend)) == 60 and all(map(is_settled, known(backend))))
        first = len(slurm.calls("sbatch"))
        wait_until(lambda: len(slurm.calls("sbatch")) >= first + 3)
        assert len([job for job in known(backend) if not is_settled(job)]) <= 1
        slurm.answer("sbatch", "")
        wait_until(lambda: len(backend.jobs) == 60)
        wait_until(lambda: "Slurm accepts jobs again" in caplog.messages)
    logged = [r.getMessage() for r in caplog.records if r.name == "dask_backend_config"]
    assert len(logged) == 2, "the reason is logged once"
    assert "rejected the job" in logged[0]


def test_at_the_end_workers_get_no_messages_about_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []

    async def live() -> None:
        def describe(state: Any) -> LostWorker:
            return LostWorker(str(state.name), "", 0)

        quiet = {"dashboard": False, "dashboard_address": ":0"}
        scheduler = LostTaskScheduler(describe=describe, hint="", port=0, host="127.0.0.1", **quiet)
        async with scheduler:
            workers = [Worker(scheduler.address, nthreads=1, dashboard=False) for _ in range(3)]
            await asyncio.gather(*workers)
            monkeypatch.setattr(
                scheduler, "worker_send", lambda _, message: said.append(message["op"])
            )
            await workers[0].close()
            while len(scheduler.workers) == 3:
                await asyncio.sleep(0.01)
            assert said == ["remove-worker"] * 2
            scheduler.ends = True
            await workers[1].close()
            await scheduler.close()
        await asyncio.gather(*(worker.finished() for worker in workers))
        assert scheduler.status == Status.closed

    asyncio.run(asyncio.wait_for(live(), 30))
    assert said == ["remove-worker"] * 2
