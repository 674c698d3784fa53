"""Local backends in scripts without ``if __name__ == "__main__"``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Run, still_running, wait_until

DOCUMENTED = """
    import logging
    from dask_backend_config import ComputeResources, DaskLocalCluster, GPUToolkit

    worker_resources = ComputeResources(number_of_threads=1, number_of_gpus=0, preferred_gpu_toolkit=GPUToolkit.CUDA)
    with DaskLocalCluster(number_of_workers=1, resources_per_worker=worker_resources) as local_backend:
        local_backend.submit_task(logging.info, "Hello World")
"""
DEFAULT = """
    import sys
    from dask_backend_config import DaskLocalCluster
    from beside import twice

    class Thing:
        def __init__(self, name):
            self.name = name

    def named(name):
        return Thing(name)

    with DaskLocalCluster() as backend:
        assert backend.submit_task(twice, 4).result(20) == 8
        thing = backend.submit_task(named, "a").result(20)
        assert type(thing) is Thing, type(thing)
        print(thing.name, backend.submit_task(lambda: sys.argv[1:]).result(20))
"""
CONFIGURED = """
    import os
    from dask_backend_config import get_backend

    with get_backend() as backend:
        workers = backend.client.run(os.getpid)
        print(len(set(workers.values())), *backend.client.nthreads().values())
"""
#: Prints its descendants, one of which a task has left behind, and waits.
LONG = """
    import os, subprocess, sys, time
    import psutil
    from dask_backend_config import DaskLocalCluster

    def leave():
        return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid

    def descendants():
        return [child.pid for child in psutil.Process().children(recursive=True)]

    backend = DaskLocalCluster(1)
    backend.start()
    backend.submit_task(leave).result(20)
    future = backend.submit_task(time.sleep, 600)
    print(*descendants(), flush=True)
    {end}
"""
FORK = "os.fork() or time.sleep(600)"


def test_the_documented_script_runs_without_output(run_script: Run) -> None:
    done = run_script(DOCUMENTED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_script_needs_neither_arguments_nor_a_guard(run_script: Run, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("def twice(x):\n    return 2 * x\n")
    done = run_script(DEFAULT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a []\n", "")


def test_variables_configure_get_backend(run_script: Run) -> None:
    profile = "{'backend': 'local', 'number-of-workers': 2}"
    done = run_script(
        CONFIGURED, DASK_BACKENDS__DEFAULT="small", DASK_BACKENDS__PROFILES__SMALL=profile
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 1 1\n", "")


def test_an_error_names_an_invalid_variable(run_script: Run) -> None:
    done = run_script(
        CONFIGURED, DASK_BACKENDS__DEFAULT="local", DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS="two"
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS: backends.local.number-of-workers is 'two': "
        "must be a whole number of at least 1, or null"
    )


@pytest.mark.parametrize(
    ("end", "number"),
    [
        pytest.param("time.sleep(600)", signal.SIGINT, id="interrupted"),
        pytest.param(f"{FORK}; time.sleep(600)", signal.SIGKILL, id="killed-after-a-fork"),
        pytest.param("sys.exit()", None, id="exits-without-stop"),
        pytest.param("os._exit(0)", None, id="exits-at-once"),
    ],
)
def test_no_process_outlives_the_client(
    script: Callable[..., list[str]], end: str, number: signal.Signals | None, tmp_path: Path
) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with (tmp_path / "log").open("w") as log:
        client = subprocess.Popen(
            script(LONG.format(end=end)),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environ,
            start_new_session=True,
        )
    try:
        assert client.stdout is not None
        family = [int(pid) for pid in client.stdout.readline().split()]
        assert len(family) >= 3, "nannies, worker and the task's own process"
        if number is not None:
            assert still_running(family) == family
            client.send_signal(number)
        began = time.monotonic()
        wait_until(lambda: not still_running(family), 10)
        assert time.monotonic() - began < 5
    finally:
        os.killpg(client.pid, signal.SIGKILL)
        client.communicate()
