"""Tasks that run at once share the threads of their worker."""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask.config
import pytest
from distributed import Client, Event, Worker

from dask_backend_config import (
    BaseDaskBackend,
    ComputeResources,
    DaskLocalCluster,
    QueueWorkerResources,
    get_backend,
)
from dask_backend_config.backends.adaptive_internals import WorkerGroup
from dask_backend_config.backends.local.environment import _environment
from dask_backend_config.backends.lost_tasks import LostTaskScheduler
from dask_backend_config.backends.registry import BACKENDS, backend_class
from dask_backend_config.catalogue import shipped
from dask_backend_config.config.resolve import live
from dask_backend_config.core.errors import ConfigValueError
from dask_backend_config.core.keys import lookup

from .conftest import nanny_options

LIMIT = 30
QUEUES = [kind for kind in BACKENDS if kind != "local"]
NAMES = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS",
    "OPENMM_CPU_THREADS", "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip
#: Threads of a worker, tasks per worker, tasks at once, threads of each task.
SHARES = [
    pytest.param(1, None, 1, 1, id="one"),
    pytest.param(4, None, 4, 1, id="a task for each thread"),
    pytest.param(4, 4, 4, 1, id="the same, set"),
    pytest.param(4, 2, 2, 2, id="half"),
    pytest.param(5, 2, 2, 2, id="a remainder is not used"),
    pytest.param(7, 4, 4, 1, id="a large remainder"),
    pytest.param(8, 1, 1, 8, id="all for one task"),
]


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def queue_backend(kind: str, threads: int, **others: Any) -> Any:
    own = {"parallel_environment": "smp"} if kind == "sge" else {}
    resources = QueueWorkerResources(threads, per_thread_memory_limit="1 GB")
    return backend_class(kind)(resources_per_worker=resources, **own, **others)  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", QUEUES)
@pytest.mark.parametrize(("threads", "tasks", "at_once", "share"), SHARES)
def test_a_job_requests_all_threads_and_tells_each_task_its_share(
    kind: str, threads: int, tasks: int | None, at_once: int, share: int
) -> None:
    backend = queue_backend(kind, threads, tasks_per_worker=tasks)
    assert backend._groups[""].job.header() == queue_backend(kind, threads)._groups[""].job.header()
    assert backend.resources_per_worker.number_of_threads == threads
    body = "\n".join(backend._with_configuration()[""].job._body("address", "name"))
    assert f" --nthreads {at_once} --memory-limit {threads * 10**9} " in body
    limits = re.findall(r'"\$\{(\w+):-(\d+)\}" != \2 \] \|\| export \1=(\d+)', body)
    assert limits == [(name, str(threads), str(share)) for name in NAMES]
    (told,) = re.findall(r"_RESOURCES='(.*)'", body)
    assert json.loads(told)[1]["number_of_threads"] == share


@pytest.mark.parametrize(("threads", "tasks", "at_once", "share"), SHARES)
def test_a_local_worker_runs_the_tasks_and_tells_each_its_share(
    threads: int, tasks: int | None, at_once: int, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dask.system.CPU_COUNT", 8)
    backend = DaskLocalCluster(1, ComputeResources(threads), tasks_per_worker=tasks)
    nanny = nanny_options(backend)
    assert (nanny["nthreads"], backend._maximum_tasks()) == (at_once, at_once)
    assert json.loads(nanny["env"]["_DASK_BACKEND_RESOURCES"])[1]["number_of_threads"] == share
    assert backend.resources_per_worker.number_of_threads == threads


THREADS = "resources-per-worker.number-of-threads"


@pytest.mark.parametrize(
    ("keys", "name", "words"),
    [
        pytest.param(
            {"backends.local.tasks-per-worker": 2}, "local",
            f"backends.local.tasks-per-worker is 2: must be at most 1, the threads of a worker"
            f" (backends.local.{THREADS})",
            id="local",
        ),
        pytest.param(
            {"backends.jobqueue.tasks-per-worker": 8, "jobqueue.slurm.cores": 4}, "slurm",
            "backends.jobqueue.tasks-per-worker is 8: must be at most 4, the threads of a worker"
            " (jobqueue.slurm.cores)",
            id="cores of dask-jobqueue",
        ),
        pytest.param(
            {"backends.slurm.tasks-per-worker": 4, f"backends.jobqueue.{THREADS}": 8,
             "backends.slurm.extra-script-options": ["-c 3"]}, "slurm",
            "must be at most 3, the threads of a worker (-c 3)",
            id="an option of the site",
        ),
        pytest.param(
            {"backends.slurm.tasks-per-worker": 9, f"backends.jobqueue.{THREADS}": 8,
             "backends.slurm.extra-script-options": ["-c 16"]}, "slurm",
            f"must be at most 8, the threads of a worker (backends.jobqueue.{THREADS})",
            id="an option that requests more",
        ),
        pytest.param(
            {"backends.profiles.x": {"backend": "lsf", "tasks-per-worker": 3,
                                     "resources-per-worker": {"number-of-threads": 2}}}, "x",
            f"backends.profiles.x.tasks-per-worker is 3: must be at most 2, the threads of a worker"
            f" (backends.profiles.x.{THREADS})",
            id="profile",
        ),
        pytest.param({"backends.pbs.tasks-per-worker": 0}, "pbs",
                     "backends.pbs.tasks-per-worker is 0: must be a whole number of at least 1",
                     id="none"),
    ],
)  # fmt: skip
def test_more_tasks_than_threads_are_an_error_with_both_keys(
    keys: dict[str, Any], name: str, words: str
) -> None:
    with dask.config.set(keys), pytest.raises(ConfigValueError) as caught:
        get_backend(name)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_the_error_names_arguments() -> None:
    with pytest.raises(ConfigValueError) as caught:
        queue_backend("slurm", 2, tasks_per_worker=3)
    assert str(caught.value).startswith("argument tasks_per_worker of DaskSLURMBackend is 3: ")
    assert str(caught.value).endswith("(argument number_of_threads)")


@pytest.mark.parametrize(
    ("arguments", "at_once", "share"),
    [
        pytest.param(["--nthreads", "2"], 2, 2, id="fewer"),
        pytest.param(["--nthreads=8"], 8, 1, id="more than threads"),
        pytest.param(["--nthreads 0"], 4, 1, id="automatic"),
        pytest.param(["--resources x=1"], 4, 1, id="another"),
    ],
)
def test_an_argument_of_the_worker_sets_the_number_of_tasks(
    arguments: list[str], at_once: int, share: int
) -> None:
    backend = queue_backend("slurm", 4, worker_extra_arguments=arguments)
    script = backend.job_script()
    assert f"--nthreads {at_once} --memory" in script
    assert f" || export OMP_NUM_THREADS={share}\n" in script
    assert backend._maximum_tasks() == at_once


def test_the_variables_that_distributed_limits_are_known() -> None:
    (distributed,) = (each for each in shipped.PACKAGES if each.package == "distributed")
    names = lookup(shipped.known(distributed), "distributed.nanny.pre-spawn-environ")
    assert {name for name in names if "THREADS" in name} <= {*NAMES}


def test_the_users_own_variables_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    said = {"MKL_NUM_THREADS": 5, "OPENMM_CPU_THREADS": 6, "X": 7}
    with dask.config.set({"distributed.nanny.pre-spawn-environ": said}):
        environ = _environment(2, live())
        body = queue_backend("slurm", 2).job_script()
    assert environ["OMP_NUM_THREADS"] == "3", "the environment"
    assert environ["NUMBA_NUM_THREADS"] == "2"
    assert [environ[name] for name in said] == ["5", "6", "7"], "the configuration"
    exported = re.findall(r"\|\| export (\w+)=", body)
    assert not {"MKL_NUM_THREADS", "OPENMM_CPU_THREADS", "X"} & {*exported}
    assert {"OMP_NUM_THREADS", "NUMBA_NUM_THREADS"} < {*exported}


def told(folder: Path, wanted: int, available_resources: ComputeResources) -> Any:
    """Return what a task is told, and the most tasks that ran at the same time as this one."""
    mine = folder / f"{os.getpid()}-{threading.get_ident()}"
    mine.touch()
    deadline = time.monotonic() + 20
    while (seen := len(list(folder.iterdir()))) < wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    return available_resources.number_of_threads, [os.environ.get(name) for name in NAMES], seen


@pytest.fixture(scope="module")
def backend() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            patch.delenv(name, raising=False)
        resources = ComputeResources(4)
        with DaskLocalCluster(
            1, resources, tasks_per_worker=2, allow_more_threads_than_cores=True,
            task_isolation="process",
        ) as made:  # fmt: skip
            yield made


@pytest.mark.parametrize("isolation", ["none", "process", "fresh"])
def test_two_tasks_at_once_on_four_threads_have_two_each(
    isolation: str, backend: BaseDaskBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isolation == "none":
        monkeypatch.setattr(backend, "_isolation", None)
    elif isolation == "fresh":
        options: Any = backend._isolation
        monkeypatch.setattr(backend, "_isolation", replace(options, fresh=True))
    futures = [backend.submit_task(told, tmp_path, 2) for _ in range(2)]
    assert backend.client.gather(futures) == [(2, ["2"] * len(NAMES), 2)] * 2
    assert list(backend.client.nthreads().values()) == [2]


def test_the_number_of_wanted_workers_follows_the_tasks_of_each() -> None:
    """Before a worker is connected, and after that."""

    async def live() -> list[int]:
        options: Any = {"port": 0, "dashboard": False, "host": "127.0.0.1"}
        scheduler = LostTaskScheduler(
            describe=lambda _: None, hint="", unknown_task_duration=5, **options
        )  # type: ignore[arg-type]
        cluster = SimpleNamespace(scheduler=scheduler, groups={"": None})
        group = WorkerGroup(cluster, spec={}, tasks=4)
        async with (
            scheduler,
            Client(scheduler.address, asynchronous=True, set_as_default=False) as client,
        ):
            nothing = group.target(5)
            futures = client.map(time.sleep, [0] * 9, pure=False)
            while len(scheduler.tasks) < 9:
                await asyncio.sleep(0.01)
            before = group.target(5)
            await client.cancel(futures)
            async with Worker(scheduler.address, nthreads=4, dashboard=False):
                ended = Event(client=client)
                futures = [client.submit(ended.wait, 20, pure=False) for _ in range(9)]
                while len(scheduler.tasks) < 9:
                    await asyncio.sleep(0.01)
                after = group.target(5)
                await ended.set()
                await client.gather(futures)
        return [nothing, before, after]

    assert asyncio.run(asyncio.wait_for(live(), LIMIT)) == [0, 3, 3]
