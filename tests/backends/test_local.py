"""A running local backend: worker processes on this machine, their tasks, and their end."""

from __future__ import annotations

import atexit
import copy
import functools
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.config
import distributed
import psutil
import pytest

from dask_backend_config import (
    ComputeResources,
    DaskLocalCluster,
    GPUPrecision,
    GPUToolkit,
    current_resources,
)
from dask_backend_config.core.errors import BackendError, ConfigValueError

from .conftest import still_running, wait_until

LIMIT = 20
GPUS = "4,5,GPU-6,7"
#: Values of the client: distributed's default where ours differs, and a value of no file.
SET_BY_CLIENT = {
    "distributed.comm.timeouts.connect": "30s",
    "distributed.comm.retry.count": 7,
    "distributed.worker.daemon": False,
}


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskLocalCluster]:
    """Two workers of two threads and two GPUs each, shared by the tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("DASK", "OMP_", "MKL_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home-of-backend")))
        patch.setenv("CUDA_VISIBLE_DEVICES", GPUS)
        resources = ComputeResources(2, 2, GPUToolkit.CUDA, GPUPrecision.mixed)
        made = DaskLocalCluster(2, resources, allow_more_threads_than_cores=True)
        environ, config = dict(os.environ), copy.deepcopy(dask.config.config)
        with dask.config.set(SET_BY_CLIENT):
            made.start()
        try:
            assert dict(os.environ) == environ, "start does not change the environment"
            yield made
        finally:
            made.stop()
    assert dask.config.config == config, "start and stop do not change the configuration"


def on_all(backend: DaskLocalCluster, function: Any, **kwargs: Any) -> list[Any]:
    return list(backend.client.run(function, **kwargs).values())


def descendants() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def processing(backend: DaskLocalCluster) -> list[Any]:
    return list(backend.client.processing().values())


def test_a_logging_function_can_be_a_task(backend: DaskLocalCluster) -> None:
    assert backend.submit_task(logging.info, "Hello World").result(LIMIT) is None


def test_workers_are_processes_with_the_requested_threads(
    backend: DaskLocalCluster,
) -> None:
    assert list(backend.client.nthreads().values()) == [2, 2]
    assert len({os.getpid(), *on_all(backend, os.getpid)}) == 3
    assert backend.client.run(os.getpid, nanny=True).keys() == backend.client.nthreads().keys()


def test_two_tasks_run_at_the_same_time_in_one_worker(backend: DaskLocalCluster) -> None:
    def meet(name: str) -> int:
        barrier = sys.modules.setdefault("a barrier", threading.Barrier(2))  # type: ignore[call-overload,arg-type]
        return int(barrier.wait(10)) + len(name)

    futures = [backend.submit_task(meet, name, workers=["local-0"]) for name in "ab"]
    assert sorted(backend.client.gather(futures)) == [1, 2]


def test_variables_of_thread_limits_follow_the_threads(backend: DaskLocalCluster) -> None:
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    seen = on_all(backend, lambda: [os.environ[name] for name in names])
    assert seen == [["2", "2", "2"]] * 2


def test_everything_listens_on_loopback_only(backend: DaskLocalCluster) -> None:
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    before_6 = not hasattr(psutil.Process, "net_connections")
    ask = psutil.Process.connections if before_6 else psutil.Process.net_connections
    sockets = [socket for process in processes for socket in ask(process)]
    listening = [socket.laddr for socket in sockets if socket.status == psutil.CONN_LISTEN]
    ports = {address.port for address in listening}
    workers = backend.client.scheduler_info(n_workers=-1)["workers"]
    assert {int(address.rpartition(":")[2]) for address in workers} < ports
    assert int(backend.cluster.scheduler_address.rpartition(":")[2]) in ports
    assert {address.ip for address in listening} <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_that_a_task_starts_have_its_environment(
    backend: DaskLocalCluster, method: str
) -> None:
    def start() -> str:
        with multiprocessing.get_context(method).Pool(1) as pool:
            return pool.apply_async(os.getenv, ["CUDA_VISIBLE_DEVICES"]).get(LIMIT)

    for worker, devices in (("local-0", "4,5"), ("local-1", "GPU-6,7")):
        assert backend.submit_task(start, workers=[worker]).result(LIMIT) == devices


@pytest.mark.parametrize(
    ("method", "forked"),
    [pytest.param(None, True, id="default"), pytest.param("spawn", False, id="user's")],
)
def test_workers_are_forks_unless_the_user_sets_how_they_start(
    method: str | None, forked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if method:
        monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD", method)
    early = {"distributed.nanny.pre-spawn-environ.PYTHONUTF8": 1}

    def command() -> tuple[list[str], bool]:
        return psutil.Process().cmdline(), bool(sys.flags.utf8_mode)

    with dask.config.set(early), DaskLocalCluster(1) as backend:
        ((words, early_enough),) = on_all(backend, command)
        ((nanny, _),) = on_all(backend, command, nanny=True)
    assert early_enough, "the interpreter of a worker sees pre-spawn-environ"
    assert (words == nanny) == (forked and sys.platform == "linux")


def test_functions_registered_with_atexit_run_when_a_worker_ends(tmp_path: Path) -> None:
    with DaskLocalCluster(1) as backend:
        backend.submit_task(atexit.register, (tmp_path / "ended").touch).result(LIMIT)
    assert (tmp_path / "ended").exists()


def test_each_call_is_a_task_of_its_own(backend: DaskLocalCluster) -> None:
    futures = [backend.submit_task(time.monotonic_ns) for _ in range(3)]
    assert len(set(backend.client.gather(futures))) == 3


def test_keywords_of_dask_are_accepted(backend: DaskLocalCluster) -> None:
    future = backend.submit_task(abs, -1, key="named", priority=1, retries=1)
    assert (future.key, future.result(LIMIT)) == ("named", 1)


def test_a_task_sees_its_worker_s_resources(backend: DaskLocalCluster) -> None:
    def named(available_resources: ComputeResources) -> Any:
        return available_resources, current_resources(), os.environ["CUDA_VISIBLE_DEVICES"]

    futures = [backend.submit_task(named, workers=[name]) for name in ("local-0", "local-1")]
    first, second = backend.client.gather(futures)
    whole = functools.partial(ComputeResources, 2, 2, GPUToolkit.CUDA, GPUPrecision.mixed)
    assert first == (whole(gpu_device_indices="4,5"),) * 2 + ("4,5",)
    assert second == (whole(gpu_device_indices="GPU-6,7"),) * 2 + ("GPU-6,7",)


def test_a_child_of_a_task_sees_the_same_resources(backend: DaskLocalCluster) -> None:
    def ask() -> str:
        program = "import dask_backend_config as d; print(d.current_resources())"
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environ)
        return done.stdout.decode().strip() or done.stderr.decode()

    seen = backend.submit_task(ask, workers=["local-0"]).result(LIMIT)
    assert seen == backend.submit_task(
        lambda: str(current_resources()), workers=["local-0"]
    ).result(LIMIT)


@pytest.mark.parametrize("where", ["scheduler", "nanny", "worker"])
def test_the_configuration_of_the_client_reaches(backend: DaskLocalCluster, where: str) -> None:
    def seen() -> dict[str, Any]:
        import dask_backend_config

        assert dask_backend_config.__version__, "the import adds our defaults, at the latest now"
        return {key: dask.config.get(key) for key in SET_BY_CLIENT}

    if where == "scheduler":
        with dask.config.set(SET_BY_CLIENT):
            assert backend.client.run_on_scheduler(seen) == SET_BY_CLIENT
    else:
        assert on_all(backend, seen, nanny=where == "nanny") == [SET_BY_CLIENT, SET_BY_CLIENT]


def test_a_killed_worker_is_replaced(backend: DaskLocalCluster) -> None:
    def addresses() -> dict[str, str]:
        workers = backend.client.scheduler_info(n_workers=-1)["workers"]
        return {worker["name"]: address for address, worker in workers.items()}

    before = addresses()
    gone = backend.submit_task(os.getpid, workers=["local-1"]).result(LIMIT)
    os.kill(gone, 9)
    wait_until(lambda: addresses().get("local-1", before["local-1"]) != before["local-1"])
    assert backend.submit_task(os.getpid, workers=["local-1"]).result(LIMIT) != gone
    assert addresses()["local-0"] == before["local-0"]
    devices = backend.submit_task(lambda: os.environ["CUDA_VISIBLE_DEVICES"], workers=["local-1"])
    assert devices.result(LIMIT) == "GPU-6,7"


def test_a_second_start_is_an_error(backend: DaskLocalCluster) -> None:
    with pytest.raises(BackendError, match="this DaskLocalCluster is already started"):
        backend.start()
    assert backend.submit_task(abs, -1).result(LIMIT) == 1
    assert (backend.started, repr(backend)) == (True, "<DaskLocalCluster, started>")


def test_the_client_is_distributed_s(backend: DaskLocalCluster) -> None:
    assert isinstance(backend.client, distributed.Client)
    assert backend.client.cluster is backend.cluster


def test_stop_ends_all_processes_and_a_new_start_works(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def leave_children() -> list[int]:
        child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
        child.start()
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        assert child.pid is not None
        return [child.pid, other.pid]

    backend = DaskLocalCluster(1, local_directory=str(tmp_path / "of workers"))
    before = descendants()
    try:
        backend.start()
        children = backend.submit_task(leave_children).result(LIMIT)
        assert still_running(children) == children
        assert os.listdir(tmp_path / "of workers")
        family = descendants() - before
        assert set(children) < family
        began = time.monotonic()
        backend.stop()
        assert time.monotonic() - began < 3
        wait_until(lambda: not still_running(family), 1)
        backend.stop()
        with pytest.raises(BackendError, match="not started"):
            backend.submit_task(abs, -1)
        assert capfd.readouterr() == ("", "")
        backend.start()
        assert backend.submit_task(abs, -1).result(LIMIT) == 1
        busy = backend.submit_task(time.sleep, 600)
        wait_until(lambda: any(busy.key in keys for keys in processing(backend)))
        began = time.monotonic()
        backend.stop()
        assert time.monotonic() - began < 3, "it does not wait for the task"
    finally:
        backend.stop()


def test_workers_that_cannot_start_are_an_error_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    backend = DaskLocalCluster(2, local_directory=str(tmp_path / "file" / "below"))
    with pytest.raises(
        BackendError, match=r"the workers did not start: NotADirectoryError: .*file"
    ):
        backend.start()
    assert not backend.started


def test_required_encryption_is_respected() -> None:
    with dask.config.set({"distributed.comm.require-encryption": True}):
        backend = DaskLocalCluster(1)
        with pytest.raises(ConfigValueError, match=r"require-encryption: true .* no certificate"):
            backend.start()
    assert not backend.started


def test_workers_have_a_time_limit_to_start() -> None:
    before = descendants()
    with pytest.raises(BackendError, match=r"timed out after 0.05 s: .*start-timeout"):
        DaskLocalCluster(1, start_timeout="50ms").start()
    wait_until(lambda: not still_running(descendants() - before))


def test_futures_fail_when_the_process_of_the_workers_is_killed() -> None:
    with DaskLocalCluster(1) as backend:
        future = backend.submit_task(time.sleep, 600)
        (nannies,) = on_all(backend, os.getpid, nanny=True)
        workers = on_all(backend, os.getpid)
        os.kill(nannies, 9)
        with pytest.raises(Exception, match="cancelled"):
            future.result(LIMIT)
        wait_until(lambda: still_running(workers) == [])
