"""A task whose workers died fails with an error that names workers, hosts and jobs."""

from __future__ import annotations

import os
import pickle
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.config
import pytest
from distributed import KilledWorker

from dask_backend_config import BackendError, DaskLocalCluster, DaskSLURMBackend, TaskLostError
from dask_backend_config.backends import lost_tasks
from dask_backend_config.backends.lost_tasks import LostWorker
from dask_backend_config.backends.worker_logs import end_of_process

from .conftest import wait_until
from .stand_in import StandIn

LIMIT = 40
BOTH_KEYS = {"backends.local.allowed-failures": 0, "distributed.scheduler.allowed-failures": 7}


def die(note: str | None = None) -> None:
    if note:
        os.write(2, f"{note}\n".encode())
    os.kill(os.getpid(), 9)


def die_once(mark: str) -> str:
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return "second"
    die()
    raise AssertionError


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskLocalCluster]:
    folder = tmp_path_factory.mktemp("logs")
    with (
        pytest.MonkeyPatch.context() as patch,
        DaskLocalCluster(1, allowed_failures=1, log_directory=str(folder)) as made,
    ):
        patch.setenv("HOME", str(folder))
        yield made


def lost(future: Any) -> TaskLostError:
    with pytest.raises(TaskLostError) as caught:
        future.result(LIMIT)
    return caught.value


def test_the_error_describes_the_workers(backend: DaskLocalCluster) -> None:
    error = lost(backend.submit_task(die, "out of something", key="deadly"))
    first, second = error.workers
    assert (error.task, error.allowed_failures) == ("deadly", 1)
    assert error.last_worker.name == "local-0"
    assert first.process != second.process
    assert (first.name, first.host, first.job) == ("local-0", "127.0.0.1", None)
    assert first.log is not None
    assert Path(first.log).name == f"local-0-{first.process}.log"
    words = str(error)
    summary, *lines = words.splitlines()
    assert summary.startswith(
        "task 'deadly' failed: its worker died 2 times (allowed-failures is 1) ("
    )
    for part in ("backends.local.allowed-failures", "raise memory-limit"):
        assert part in summary
    for worker, line in zip((first, second), lines, strict=True):
        place = f"  local-0 on 127.0.0.1 (process {worker.process}): log {worker.log} ends with: "
        assert line.startswith(place)
        assert "out of something" in line


def test_the_error_is_a_killed_worker_and_can_be_pickled(backend: DaskLocalCluster) -> None:
    error = lost(backend.submit_task(die))
    assert isinstance(error, KilledWorker)
    assert isinstance(error, BackendError)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is TaskLostError
    assert (str(again), again.workers, again.task) == (str(error), error.workers, error.task)
    assert again.hint == error.hint


def test_dependent_tasks_fail_with_the_same_error(backend: DaskLocalCluster) -> None:
    future = backend.submit_task(die, key="first")
    below = backend.submit_task(str, backend.submit_task(str, future))
    assert lost(below).task == "first"


def test_a_task_is_tried_again(backend: DaskLocalCluster, tmp_path: Path) -> None:
    future = backend.submit_task(die_once, str(tmp_path / "mark"))
    assert future.result(LIMIT) == "second"
    waiting = [backend.submit_task(abs, -n) for n in range(20)]
    assert backend.client.gather(waiting) == list(range(20))


def test_tasks_that_raise_are_tried_again_with_retries(
    backend: DaskLocalCluster, tmp_path: Path
) -> None:
    def fail(folder: Path) -> int:
        tries = len(list(folder.iterdir()))
        (folder / str(tries)).touch()
        if tries < 2:
            raise ValueError
        return tries

    assert backend.submit_task(fail, tmp_path, retries=2).result(LIMIT) == 2


def test_our_key_overrides_dask_s_key_and_without_logs_the_process_is_named() -> None:
    with dask.config.set(BOTH_KEYS), DaskLocalCluster(1) as backend:
        process = backend.submit_task(os.getpid).result(LIMIT)
        error = lost(backend.submit_task(die))
    assert error.allowed_failures == 0
    (worker,) = error.workers
    assert worker == LostWorker("local-0", "127.0.0.1", process)
    assert str(error).splitlines()[1].startswith("  local-0 on 127")


def test_a_worker_that_used_too_much_memory_is_told_from_others_without_a_log() -> None:
    with DaskLocalCluster(1, memory_limit="400 MiB", allowed_failures=1) as backend:
        error = lost(backend.submit_task(use_memory))
        other = lost(backend.submit_task(die))
    for line in str(error).splitlines()[1:]:
        assert re.search(r": it used \d+\.\d+ MiB of memory; its memory limit is 400.00 MiB$", line)
    assert len(error.workers) == 2
    assert "of memory" not in str(other)


def use_memory() -> None:
    used = []
    while True:
        used.append(bytearray(10 * 2**20))
        time.sleep(0.01)


@pytest.fixture
def queue(slurm: StandIn) -> Iterator[Callable[..., DaskSLURMBackend]]:
    made: list[DaskSLURMBackend] = []

    def make(**arguments: Any) -> DaskSLURMBackend:
        made.append(DaskSLURMBackend(adaptive_interval="100ms", **arguments))
        made[-1].start()
        return made[-1]

    yield make
    for backend in made:
        backend.stop()


def test_the_error_has_the_end_and_the_log_of_the_job(
    slurm: StandIn, queue: Callable[..., DaskSLURMBackend], tmp_path: Path
) -> None:
    slurm.answer(
        "squeue", f"if [ -e '{tmp_path}/dead' ]; then echo '1|OUT_OF_MEMORY|OutOfMemory'; exit; fi"
    )

    def kill_job(mark: str) -> None:
        os.write(2, b"slurmstepd: oom-kill event\n")
        os.close(os.open(mark, os.O_CREAT))
        os.killpg(0, 9)

    backend = queue(
        allowed_failures=0, disable_nanny_process=True, log_directory=str(tmp_path / "logs")
    )
    error = lost(backend.submit_task(kill_job, str(tmp_path / "dead")))
    (worker,) = error.workers
    assert worker.job == "Slurm job 1"
    assert "OUT_OF_MEMORY" in worker.words
    assert worker.log == backend.logs[worker.name]
    cause = "slurmstepd: oom-kill event"
    assert f"(Slurm job 1 ended as {worker.words}): {cause}; log {worker.log}" in str(error)
    assert "per-thread-memory-limit" in str(error)


def test_the_error_does_not_wait_long_for_slurm(
    slurm: StandIn, queue: Callable[..., DaskSLURMBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_tasks, "_JOB_END_LIMIT", 0.2)
    backend = queue(allowed_failures=0, disable_nanny_process=True)
    backend.submit_task(abs, -1).result(LIMIT)
    slurm.answer("squeue", "exec sleep 5")
    began = time.monotonic()
    error = lost(backend.submit_task(die))
    assert time.monotonic() - began < 4
    assert [worker.words for worker in error.workers] == [""]
    slurm.answer("squeue", "")


def test_a_task_that_is_cancelled_meanwhile_stays_cancelled(
    slurm: StandIn, queue: Callable[..., DaskSLURMBackend], tmp_path: Path
) -> None:
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "500ms"}):
        backend = queue(allowed_failures=0, disable_nanny_process=True)
        backend.submit_task(abs, -1).result(LIMIT)
        asked = tmp_path / "asked"
        slurm.answer("squeue", f"touch '{asked}'; sleep 0.5")
        future = backend.submit_task(die)
        wait_until(asked.exists, LIMIT)
        future.cancel()
        scheduler: Any = backend.cluster.scheduler
        wait_until(lambda: future.key not in scheduler.tasks, LIMIT)
        assert backend.submit_task(abs, -2).result(LIMIT) == 2


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        pytest.param(
            "distributed.nanny.memory - WARNING - Worker tcp://127.0.0.1:1 (pid=17) exceeded 95% memory "
            "budget. Restarting...", "it used more than 95% of its memory limit", id="memory",
        ),
        pytest.param("Worker tcp://127.0.0.1:1 (pid=18) exceeded 95% memory budget.", "", id="of another"),
        pytest.param(
            "slurmstepd: error: Detected 1 oom_kill event in StepId=1.batch. Some of the step tasks have "
            "been OOM Killed.", "slurmstepd: error: Detected 1 oom_kill event", id="Slurm, memory",
        ),
        pytest.param(
            "slurmstepd: error: *** JOB 1 ON a CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***",
            "slurmstepd: error: *** JOB 1", id="Slurm, time",
        ),
        pytest.param("=>> PBS: job killed: walltime 65 exceeded limit 60", "=>> PBS: job killed", id="PBS"),
        pytest.param("TERM_MEMLIMIT: job killed after reaching LSF memory usage limit.", "TERM_MEMLIMIT", id="LSF"),
        pytest.param("nothing of interest", "", id="nothing"),
    ],
)  # fmt: skip
def test_the_cause_is_found_in_a_log_that_goes_on(tmp_path: Path, line: str, cause: str) -> None:
    log = tmp_path / "log"
    log.write_text(f"# worker\n{line}\n" + "Start worker\n" * 5)
    found = end_of_process(str(log), 17)
    assert found.startswith(cause)
    assert bool(found) == bool(cause)
    worker = LostWorker("a", "host", 17, "Slurm job 1", log=str(log))
    middle = f": {found}; log " if found else ": log "
    assert f"a on host (Slurm job 1){middle}{log}" in str(worker)
