"""Each row of the tables on the page about openff-evaluator holds."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.config
import dask.system
import pytest

import dask_backend_config
from dask_backend_config import (
    BackendError,
    BaseDaskBackend,
    BaseDaskJobQueueBackend,
    ComputeResources,
    ConfigValueError,
    DaskLocalCluster,
    DaskLSFBackend,
    DaskPBSBackend,
    DaskSLURMBackend,
    GPUToolkit,
    QueueWorkerResources,
    current_resources,
    get_backend,
)
from dask_backend_config.backends import gpus, task_resources
from tests.docs.pages import DOCS, table_rows

LIMIT = 60
NAMES = (
    "ComputeResources QueueWorkerResources BaseDaskBackend BaseDaskJobQueueBackend "
    "DaskLocalCluster DaskLSFBackend DaskPBSBackend DaskSLURMBackend"
)
QUEUES = (DaskSLURMBackend, DaskPBSBackend, DaskLSFBackend)
#: First cell of a row -> what it claims about the started backend of this module, or in general.
ROWS: dict[str, Callable[[DaskLocalCluster], None]] = {}


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskLocalCluster]:
    """One worker of two threads and a GPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_VISIBLE_DEVICES", "5")
        with DaskLocalCluster(
            1,
            ComputeResources(2, 1),
            allow_more_threads_than_cores=True,
            log_directory=str(tmp_path_factory.mktemp("logs")),
        ) as made:
            yield made


def row(first_cell: str) -> Callable[[Any], Any]:
    """Add a check of the row with this first cell."""

    def add(check: Callable[[DaskLocalCluster], None]) -> None:
        ROWS[first_cell] = check

    return add


def script(kind: Any = DaskSLURMBackend, /, *args: Any, **kwargs: Any) -> str:
    text: str = kind(*args, **kwargs).job_script()
    return text


def scripts(resources: QueueWorkerResources) -> list[str]:
    return [script(kind, resources_per_worker=resources) for kind in QUEUES]


@row("`openff.evaluator.backends.dask`")
def _(backend: DaskLocalCluster) -> None:
    assert set(NAMES.split()) <= set(dask_backend_config.__all__)
    assert {"start", "stop", "started", "submit_task", "__enter__"} <= set(dir(backend))


@row("`CalculationBackend`")
def _(backend: DaskLocalCluster) -> None:
    assert isinstance(backend, BaseDaskBackend)
    assert issubclass(BaseDaskJobQueueBackend, BaseDaskBackend)


@row("`DaskKubernetesBackend`, `PodResources`")
def _(_: DaskLocalCluster) -> None:
    assert not {"DaskKubernetesBackend", "PodResources"} & set(dask_backend_config.__all__)


@row("`resource_line` of `DaskPBSBackend`")
def _(_: DaskLocalCluster) -> None:
    line = "select=1:ncpus=1:ngpus=1"
    assert f"#PBS -l {line}\n" in script(DaskPBSBackend, resource_spec=line)
    values = [1, 1, None, None, None, None, None, None, line]
    assert f"#PBS -l {line}\n" in script(DaskPBSBackend, *values)
    with pytest.raises(TypeError, match="resource_line: renamed resource_spec"):
        DaskPBSBackend(resource_line=line)  # type: ignore[call-arg]


@row("`cluster_type` of `BaseDaskJobQueueBackend`")
def _(_: DaskLocalCluster) -> None:
    assert type(get_backend("slurm")) is DaskSLURMBackend
    with pytest.raises(TypeError, match="use the class of the scheduler, or call get_backend"):
        DaskSLURMBackend(cluster_type="slurm")  # type: ignore[call-arg]


@row("`adaptive_class`")
def _(_: DaskLocalCluster) -> None:
    with pytest.raises(TypeError, match="adaptive_class: remove it"):
        DaskSLURMBackend(adaptive_class=None)  # type: ignore[call-arg]


@row("`logger_path`, files in `worker-logs/`")
def _(backend: DaskLocalCluster) -> None:
    (log,) = backend.logs.values()
    assert Path(log).is_file()


@row("`number_of_workers`")
def _(_: DaskLocalCluster) -> None:
    assert DaskLocalCluster().number_of_workers == dask.system.CPU_COUNT


@row("`queue_name`")
def _(_: DaskLocalCluster) -> None:
    assert "#BSUB -q" not in script(DaskLSFBackend)
    with dask.config.set({"jobqueue.lsf.queue": "short"}):
        assert "#BSUB -q short\n" in script(DaskLSFBackend)


@row("`per_thread_memory_limit`")
def _(_: DaskLocalCluster) -> None:
    assert "--mem=" not in script()
    with dask.config.set({"jobqueue.slurm.memory": "8 GiB"}):
        assert "--mem=8192M\n" in script(DaskSLURMBackend, 1, 1, QueueWorkerResources(2))
    for memory in ("4 GB", 4 * 10**9):
        made = QueueWorkerResources(per_thread_memory_limit=memory)
        assert made.per_thread_memory_limit == 4 * 10**9


@row("`wallclock_time_limit`")
def _(_: DaskLocalCluster) -> None:
    assert "--time=00:30:00\n" in script()
    with dask.config.set({"jobqueue.slurm.walltime": "02:00:00"}):
        assert "--time=02:00:00\n" in script()


@row("`preferred_gpu_toolkit` of `QueueWorkerResources`")
def _(_: DaskLocalCluster) -> None:
    assert QueueWorkerResources().preferred_gpu_toolkit is GPUToolkit.auto


@row("memory of a job")
def _(_: DaskLocalCluster) -> None:
    resources = QueueWorkerResources(1, per_thread_memory_limit="1 GB")
    assert "--memory-limit 3000000000" in script(
        DaskSLURMBackend, 1, 1, resources.replace(number_of_threads=3)
    )


@row('`wallclock_time_limit="05:59"`')
def _(_: DaskLocalCluster) -> None:
    slurm, pbs, lsf = scripts(QueueWorkerResources(wallclock_time_limit="05:59"))
    assert "--time=05:59:00\n" in slurm
    assert "walltime=05:59:00\n" in pbs
    assert "-W 05:59\n" in lsf


@row("`number_of_threads=0`")
def _(_: DaskLocalCluster) -> None:
    with pytest.raises(ConfigValueError, match="number_of_threads"):
        ComputeResources(number_of_threads=0, number_of_gpus=1)


@row("`number_of_gpus`")
def _(_: DaskLocalCluster) -> None:
    slurm, pbs, lsf = scripts(QueueWorkerResources(number_of_gpus=2))
    assert "--gres=gpu:2\n" in slurm
    assert ":ngpus=2\n" in pbs
    assert '-gpu "num=2:' in lsf


@row("attributes that you do not give")
def _(_: DaskLocalCluster) -> None:
    with dask.config.set({"backends.local.resources-per-worker.number-of-threads": 3}):
        assert ComputeResources().number_of_threads == 3


@row("other values")
def _(_: DaskLocalCluster) -> None:
    assert ComputeResources(2).replace(number_of_gpus=2) == ComputeResources(2, 2)


@row("`available_resources`")
def _(backend: DaskLocalCluster) -> None:
    assert backend.submit_task(logging.info, "Hello World").result(LIMIT) is None
    told = backend.submit_task(lambda available_resources: available_resources).result(LIMIT)
    assert told.number_of_gpus == 1


@row("the same call twice")
def _(backend: DaskLocalCluster) -> None:
    twice = [backend.submit_task(abs, -1) for _ in range(2)]
    once = [backend.submit_task(abs, -1, pure=True) for _ in range(2)]
    assert len({future.key for future in twice}) == 2
    assert len({future.key for future in once}) == 1


@row("process of a task")
def _(backend: DaskLocalCluster) -> None:
    (worker,) = backend.client.run(os.getpid).values()
    assert backend.submit_task(os.getpid).result(LIMIT) == worker
    for isolation in ("fresh", "process"):
        assert "isolat" in repr(DaskLocalCluster(1, task_isolation=isolation)._isolation).lower()


@row("tasks of a local worker")
def _(backend: DaskLocalCluster) -> None:
    assert list(backend.client.nthreads().values()) == [2]
    assert backend.submit_task(os.getpid).result(LIMIT) != os.getpid()


@row("`gpu_device_indices` on one machine")
def _(backend: DaskLocalCluster) -> None:
    told = backend.submit_task(current_resources).result(LIMIT)
    assert (told.gpu_device_indices, told.visible_gpu_devices) == ("0", "5")


@row("`gpu_device_indices` in a job")
def _(_: DaskLocalCluster) -> None:
    held = DaskSLURMBackend(resources_per_worker=QueueWorkerResources(number_of_gpus=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(task_resources.VARIABLE, task_resources.encoded(held.resources_per_worker))
        patch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
        assert current_resources().gpu_device_indices == "0,1"
        for name in gpus.VARIABLES:
            patch.delenv(name, raising=False)
        assert current_resources().gpu_device_indices is None
        assert current_resources().number_of_gpus == 2


@row("workers that may die with a task")
def _(_: DaskLocalCluster) -> None:
    key = "distributed.scheduler.allowed-failures"
    before = dask.config.get(key, None)
    assert DaskSLURMBackend(allowed_failures=500)._options.allowed_failures == 500
    assert dask.config.get(key, None) == before


@row("`job_script()` before `start()`")
def _(_: DaskLocalCluster) -> None:
    assert script().startswith("#!")


@row("`start()` a second time")
def _(backend: DaskLocalCluster) -> None:
    with pytest.raises(BackendError) as caught:
        backend.start()
    assert isinstance(caught.value, RuntimeError)


@row("`started` after `stop()`")
def _(_: DaskLocalCluster) -> None:
    with DaskLocalCluster(1) as other:
        assert other.started
    assert not other.started


@row("`setup_script_commands`, `extra_script_options`")
def _(_: DaskLocalCluster) -> None:
    keys = {
        "jobqueue.slurm.job-script-prologue": ["echo theirs"],
        "jobqueue.slurm.job-extra-directives": ["--comment=theirs"],
    }
    with dask.config.set(keys):
        text = script(setup_script_commands=["echo mine"], extra_script_options=["--comment=mine"])
        assert "echo mine\n" in text
        assert "--comment=mine\n" in text
        assert "theirs" not in text
        assert "echo theirs\n" in script()


def test_every_row_of_the_page_is_checked() -> None:
    rows = table_rows(DOCS / "migration.md", "Migrate from openff-evaluator")
    assert {first for first, *_ in rows} == set(ROWS)


@pytest.mark.parametrize("first_cell", ROWS)
def test_a_row_of_the_page_holds(first_cell: str, backend: DaskLocalCluster) -> None:
    ROWS[first_cell](backend)
