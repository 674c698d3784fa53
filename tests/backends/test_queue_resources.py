"""Tasks in a job see its threads, GPUs and thread limits."""

from __future__ import annotations

import os
from typing import Any

import pytest

from dask_backend_config import (
    DaskSLURMBackend,
    GPUToolkit,
    QueueWorkerResources,
    current_resources,
)

from .stand_in import StandIn

LIMIT = 30
NAMES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENMM_CPU_THREADS")


def seen(*_: int, available_resources: QueueWorkerResources) -> Any:
    assert available_resources == current_resources()
    limits = [os.environ[name] for name in NAMES]
    return available_resources, os.environ["CUDA_VISIBLE_DEVICES"], limits


@pytest.mark.parametrize("nanny", [True, False], ids=["nanny", "no-nanny"])
def test_a_task_in_a_job_sees_its_resources(
    nanny: bool, slurm: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")  # as Slurm sets it in the job
    resources = QueueWorkerResources(4, 2, "CUDA", per_thread_memory_limit="1 GB")  # type: ignore[arg-type]
    backend = DaskSLURMBackend(
        resources_per_worker=resources,
        tasks_per_worker=2,
        disable_nanny_process=not nanny,
        adaptive_interval="100ms",
    )
    with backend:
        (found,) = backend.map_tasks(seen, [1])
        assert found == backend.submit_task(seen).result(LIMIT)
    what, devices, limits = found
    assert (what.number_of_threads, what.number_of_gpus) == (2, 2)
    assert what.preferred_gpu_toolkit is GPUToolkit.CUDA
    assert what.per_thread_memory_limit == 10**9
    assert what.visible_gpu_devices == devices == "4,5"
    assert what.gpu_device_indices == "0,1"
    assert limits == ["2"] * len(NAMES)
