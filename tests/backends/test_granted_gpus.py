"""The client is warned if jobs are granted GPUs, but not told which."""

from __future__ import annotations

import os

import pytest

from dask_backend_config.backends.gpus import VARIABLES
from dask_backend_config.backends.jobqueue.granted_gpus import gpus_problem

from .conftest import Run
from .stand_in import StandIn

SCRIPT = """
from dask_backend_config import DaskSLURMBackend, QueueWorkerResources

resources = QueueWorkerResources(number_of_gpus=1, per_thread_memory_limit="1 GB")

def told(available_resources):
    return available_resources.number_of_gpus, available_resources.gpu_device_indices

with DaskSLURMBackend(2, 2, resources) as backend:
    backend.wait_for_workers(2, 60)
    for worker in backend.client.scheduler_info(n_workers=-1)["workers"]:
        print(backend.submit_task(told, workers=[worker]).result(30))
"""


@pytest.mark.parametrize(
    ("number", "environ", "words"),
    [
        pytest.param(1, {}, "1 GPU from PBS, but CUDA_VISIBLE_DEVICES is not set", id="unset"),
        pytest.param(
            1,
            {"CUDA_VISIBLE_DEVICES": "NoDevFiles"},
            "CUDA_VISIBLE_DEVICES is 'NoDevFiles' in it, which makes 0 GPUs visible",
            id="none",
        ),
        pytest.param(
            2,
            {"ROCR_VISIBLE_DEVICES": "3"},
            "2 GPUs from PBS, but ROCR_VISIBLE_DEVICES is '3' in it, which makes 1 GPU visible",
            id="too-few",
        ),
        pytest.param(1, {"CUDA_VISIBLE_DEVICES": "3"}, None, id="told"),
        pytest.param(2, {"CUDA_VISIBLE_DEVICES": "MIG-a,MIG-b"}, None, id="mig"),
        pytest.param(1, {"ZE_AFFINITY_MASK": "0.1"}, None, id="intel"),
        pytest.param(1, {"CUDA_VISIBLE_DEVICES": "0,1"}, None, id="more"),
    ],
)
def test_a_job_that_is_not_told_its_gpus_is_a_problem(
    number: int, environ: dict[str, str], words: str | None
) -> None:
    found = gpus_problem("PBS", number, environ)
    assert words in found if words and found else found is words
    assert found is None or "\n" not in found


def test_the_client_is_warned_once(
    slurm: StandIn, run_script: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    done = run_script(SCRIPT)
    assert done.stdout.splitlines() == ["(1, None)", "(1, None)"], done.stderr
    assert done.stderr.count("each job requests 1 GPU from Slurm, but") == 1, done.stderr
    done = run_script(SCRIPT, CUDA_VISIBLE_DEVICES="3")
    assert done.stdout.splitlines() == ["(1, '0')", "(1, '0')"], done.stderr
    assert "GPU" not in done.stderr
    assert os.listdir(slurm.folder / "jobs")
