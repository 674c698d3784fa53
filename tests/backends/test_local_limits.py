"""Options of a local backend, and the limits of the machine, before the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.config
import pytest
from distributed.system import MEMORY_LIMIT

from dask_backend_config import BaseDaskBackend, ComputeResources, DaskLocalCluster
from dask_backend_config.backends.worker_environment import on_loopback
from dask_backend_config.core.errors import BackendError, ConfigValueError

from .conftest import nanny_options


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda number: monkeypatch.setattr("dask.system.CPU_COUNT", number)


@pytest.fixture
def visible_gpus(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda text: monkeypatch.setenv("CUDA_VISIBLE_DEVICES", text)


def made(workers: int | None, threads: int, each: int = 0, **others: Any) -> DaskLocalCluster:
    resources = ComputeResources(number_of_threads=threads, number_of_gpus=each)
    return DaskLocalCluster(workers, resources, **others)


@pytest.mark.parametrize(
    ("cpus", "threads", "workers"),
    [
        pytest.param(8, 1, 8, id="a-worker-a-core"),
        pytest.param(8, 3, 2, id="rounded-down"),
        pytest.param(8, 8, 1, id="one-worker-for-all"),
    ],
)
def test_the_default_number_of_workers_follows_the_cpus(
    cores: Any, cpus: int, threads: int, workers: int
) -> None:
    cores(cpus)
    assert made(None, threads).number_of_workers == workers


def in_job(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in {"SLURM_JOB_ID": "7", **variables}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("cpus", "workers"),
    [("2", 2), ("64", 8), ("", 8)],
    ids=["a share of the machine", "more than there are", "unknown"],
)
def test_in_a_job_a_backend_has_no_more_cpus_than_the_job(
    cores: Any, monkeypatch: pytest.MonkeyPatch, cpus: str, workers: int
) -> None:
    cores(8)
    in_job(monkeypatch, SLURM_CPUS_ON_NODE=cpus)
    assert made(None, 1).number_of_workers == workers
    with pytest.raises(ConfigValueError, match=f"but {workers} are available"):
        made(None, workers + 1)


def test_in_a_job_workers_share_the_memory_of_the_job(
    cores: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cores(8)
    in_job(monkeypatch, SLURM_CPUS_ON_NODE="2", SLURM_MEM_PER_NODE="1000")
    assert nanny_options(made(None, 1))["memory_limit"] == 500 * 2**20
    assert nanny_options(made(None, 1, memory_limit="2 GB"))["memory_limit"] == 2 * 10**9
    in_job(monkeypatch, SLURM_MEM_PER_NODE=str(10**9))
    assert nanny_options(made(None, 1))["memory_limit"] == MEMORY_LIMIT // 2


def test_in_a_job_workers_write_to_the_folder_of_the_job(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_job(monkeypatch, SLURM_TMPDIR=str(tmp_path))
    assert made(1, 1)._options.local_directory == str(tmp_path)
    assert made(1, 1, local_directory="/a")._options.local_directory == "/a"
    with dask.config.set({"temporary-directory": "/b"}):
        assert made(1, 1)._options.local_directory is None
    in_job(monkeypatch, SLURM_TMPDIR=str(tmp_path / "gone"))
    assert made(1, 1)._options.local_directory is None


@pytest.mark.parametrize(
    ("gpus", "each", "workers"),
    [
        pytest.param("0,1,2", 1, 3, id="as-many-as-gpus"),
        pytest.param("0,1,2", 2, 1, id="several-each"),
        pytest.param("0,1,2,3,4,5,6,7,8,9", 1, 8, id="as-many-as-cpus"),
    ],
)
def test_the_default_number_of_workers_follows_the_gpus(
    cores: Any, visible_gpus: Any, gpus: str, each: int, workers: int
) -> None:
    cores(8)
    visible_gpus(gpus)
    assert made(None, 1, each).number_of_workers == workers


def test_workers_of_one_thread_may_outnumber_the_cpus(cores: Any) -> None:
    cores(1)
    assert DaskLocalCluster(64).number_of_workers == 64


@pytest.mark.parametrize(
    ("workers", "threads", "words"),
    [
        pytest.param(None, 3, "is 3: one worker needs 3 CPUs, but 2 are available", id="one"),
        pytest.param(2, 2, "is 2: 2 workers need 4 CPUs, but 2 are available", id="in-all"),
    ],
)
def test_more_threads_than_cpus_are_an_error(
    cores: Any, workers: int | None, threads: int, words: str
) -> None:
    cores(2)
    with pytest.raises(ConfigValueError) as caught:
        made(workers, threads)
    assert str(caught.value).startswith("argument number_of_threads of DaskLocalCluster " + words)
    assert "allow-more-threads-than-cores" in str(caught.value)


def test_more_threads_than_cpus_can_be_allowed(cores: Any) -> None:
    cores(2)
    assert made(2, 2, allow_more_threads_than_cores=True).number_of_workers == 2
    with dask.config.set({"backends.local.allow-more-threads-than-cores": True}):
        assert made(2, 2).number_of_workers == 2


def test_the_error_names_the_key_of_configured_threads(cores: Any) -> None:
    cores(2)
    key = "backends.local.resources-per-worker.number-of-threads"
    with dask.config.set({key: 5}), pytest.raises(ConfigValueError) as caught:
        DaskLocalCluster()
    assert f"{key} is 5: one worker needs 5 CPUs" in str(caught.value)


@pytest.mark.parametrize(
    ("visible", "workers", "each", "words"),
    [
        pytest.param("", 1, 1, "is 1: one worker needs 1 GPU, but 0 are available", id="none"),
        pytest.param(
            "0,1,2", 2, 2, "is 2: 2 workers need 4 GPUs, but 3 are available", id="too-few"
        ),
        pytest.param(
            "0", None, 2, "is 2: one worker needs 2 GPUs, but 1 are available", id="default"
        ),
    ],
)
def test_more_gpus_than_available_are_an_error(
    visible_gpus: Any, visible: str, workers: int | None, each: int, words: str
) -> None:
    visible_gpus(visible)
    with pytest.raises(ConfigValueError) as caught:
        made(workers, 1, each)
    assert str(caught.value).startswith("argument number_of_gpus of DaskLocalCluster " + words)


@pytest.mark.parametrize(
    ("argument", "value", "words"),
    [
        pytest.param("number_of_workers", 0, "must be a whole number of at least 1", id="zero"),
        pytest.param("number_of_workers", "2", "must be a whole number", id="text"),
        pytest.param("allow_more_threads_than_cores", "no", "must be true or false", id="no"),
        pytest.param("memory_limit", "lots", "must be an amount of memory", id="memory"),
        pytest.param("local_directory", "", "must not be empty", id="folder"),
        pytest.param("dashboard_address", "here", "must look like", id="dashboard"),
        pytest.param("task_isolation", "thread", "must be one of none", id="isolation"),
        pytest.param("start_timeout", "soon", "must be a duration", id="timeout"),
        pytest.param("resources_per_worker", 2, "must be a ComputeResources", id="resources"),
    ],
)
def test_an_invalid_argument_and_an_invalid_key_have_the_same_error(
    argument: str, value: Any, words: str
) -> None:
    with pytest.raises(ConfigValueError) as caught:
        DaskLocalCluster(**{argument: value})
    wrong = f" is {value!r}: {words}"
    assert str(caught.value).startswith(f"argument {argument} of DaskLocalCluster{wrong}")
    assert "\n" not in str(caught.value)
    if argument != "resources_per_worker":
        key = f"backends.local.{argument.replace('_', '-')}"
        with dask.config.set({key: value}), pytest.raises(ConfigValueError, match=key) as again:
            DaskLocalCluster()
        assert key + wrong in str(again.value)


@pytest.mark.parametrize(
    ("configured", "address"),
    [
        pytest.param(8787, "127.0.0.1:8787", id="number"),
        pytest.param("8787", "127.0.0.1:8787", id="port"),
        pytest.param(":0", "127.0.0.1:0", id="colon"),
        pytest.param("localhost:8787", "localhost:8787", id="host"),
        pytest.param("0.0.0.0:8787", "0.0.0.0:8787", id="all-interfaces"),
    ],
)
def test_a_dashboard_without_a_host_is_on_loopback(configured: str | int, address: str) -> None:
    assert on_loopback(configured) == address


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda backend: backend.client, id="client"),
        pytest.param(lambda backend: backend.cluster, id="cluster"),
        pytest.param(lambda backend: backend.submit_task(abs, -1), id="submit_task"),
    ],
)
def test_a_backend_must_be_started(use: Any) -> None:
    with pytest.raises(BackendError, match="this DaskLocalCluster is not started") as caught:
        use(DaskLocalCluster())
    assert "\n" not in str(caught.value)


def test_stop_before_start_is_harmless() -> None:
    backend: BaseDaskBackend = DaskLocalCluster()
    backend.stop()
    assert (backend.started, repr(backend)) == (False, "<DaskLocalCluster, not started>")


def test_a_local_backend_has_no_job_script() -> None:
    with pytest.raises(BackendError, match="no job script"):
        DaskLocalCluster().job_script()
