"""Isolated tasks: their environment, output and errors, and how their processes end."""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import dask.config
import distributed
import psutil
import pytest

from dask_backend_config import (
    ComputeResources,
    DaskLocalCluster,
    DaskSLURMBackend,
    QueueWorkerResources,
    current_resources,
)
from dask_backend_config.backends.isolation.client import ForkServer, TaskProcess, task_message
from dask_backend_config.backends.isolation.options import IsolationOptions
from dask_backend_config.backends.isolation.pool import IsolatedFunction
from dask_backend_config.core.errors import (
    BackendError,
    ConfigValueError,
    TaskProcessError,
    TaskTimeLimitError,
)

from .conftest import is_running, still_running, wait_until
from .stand_in import StandIn

# A child need not import pytest for the functions below.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

LIMIT = 20
KEPT = IsolationOptions(tasks_per_process=1000)
FRESH = IsolationOptions(fresh=True)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskLocalCluster]:
    """Two workers of two threads with isolated tasks, shared by the tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("DASK", "OMP_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home-of-backend")))
        patch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
        made = DaskLocalCluster(
            2,
            ComputeResources(2, 1),
            allow_more_threads_than_cores=True,
            task_isolation="process",
        )
        with dask.config.set({"distributed.comm.retry.count": 7, "something.of-mine": [1]}):
            made.start()
        try:
            yield made
        finally:
            made.stop()


def run_with(
    backend: DaskLocalCluster, options: IsolationOptions, function: Any, *args: Any
) -> Any:
    """Return the result of a function in a process of the first worker."""
    task = IsolatedFunction(function, options)
    return backend.client.submit(task, *args, pure=False, workers=["local-0"]).result(LIMIT)


def worker_pids(backend: DaskLocalCluster) -> list[int]:
    return list(backend.client.run(os.getpid).values())


def descendants() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def shared_memory(pids: set[int]) -> set[str]:
    """The paths of shared memory, such as that of semaphores, that processes have mapped."""
    maps = (Path("/proc", str(pid), "maps") for pid in pids)
    lines = [line for path in maps if path.exists() for line in path.read_text().splitlines()]
    return {line.split()[5] for line in lines if "/dev/shm/" in line and "(deleted)" not in line}


def read_pid(path: Path) -> int:
    """Wait for the process id that a task writes, and return it."""
    wait_until(lambda: path.exists() and path.read_text().endswith("\n"), LIMIT)
    return int(path.read_text())


def write_pid(path: Path) -> None:
    path.write_text(f"{os.getpid()}\n")


def sleep_long(path: Path) -> None:
    write_pid(path)
    time.sleep(1000)


def ends(how: str) -> None:
    """End the calling process."""
    if how.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, how))
    elif how == "os._exit":
        os._exit(3)
    elif how == "closed":
        os.closerange(3, 1000)
        time.sleep(1000)
    else:
        sys.exit({"sys.exit": 2, "sys.exit text": "no input", "sys.exit None": None}[how])  # type: ignore[arg-type]


# Environment and results


def test_a_process_is_kept_for_the_next_task(backend: DaskLocalCluster) -> None:
    pids = {run_with(backend, KEPT, os.getpid) for _ in range(10)}
    assert len(pids) == 1
    assert not pids & set(worker_pids(backend))


def test_a_fresh_process_runs_one_task_and_ends(backend: DaskLocalCluster) -> None:
    pids = [run_with(backend, FRESH, os.getpid) for _ in range(5)]
    assert len(set(pids)) == 5
    wait_until(lambda: still_running(pids) == [])


def test_tasks_run_at_the_same_time(backend: DaskLocalCluster, tmp_path: Path) -> None:
    def meet(number: int) -> int:
        (tmp_path / str(number)).touch()
        deadline = time.monotonic() + 10
        while len(list(tmp_path.iterdir())) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        return len(list(tmp_path.iterdir())) * 10**7 + os.getpid()

    answers = backend.client.gather([backend.submit_task(meet, number) for number in range(4)])
    assert {answer // 10**7 for answer in answers} == {4}
    assert len(set(answers)) == 4


def test_a_task_has_the_state_of_its_worker(backend: DaskLocalCluster) -> None:
    def look() -> dict[str, Any]:
        variables = {k: v for k, v in os.environ.items() if not k.startswith("_DASK_SELF")}
        return {
            "config": dask.config.config,
            "environ": variables,
            "path": sys.path,
            "folder": os.getcwd(),
            "levels": [logging.getLogger(name).level for name in (None, "distributed", "x")],
        }

    inside = backend.submit_task(look, workers=["local-0"]).result(LIMIT)
    assert inside == backend.client.submit(look, workers=["local-0"], pure=False).result(LIMIT)
    assert inside["config"]["something"] == {"of-mine": [1]}
    assert inside["config"]["distributed"]["comm"]["retry"]["count"] == 7
    assert inside["environ"]["OMP_NUM_THREADS"] == "1"


def test_a_task_has_its_resources(backend: DaskLocalCluster) -> None:
    def both(available_resources: ComputeResources) -> tuple[Any, Any, str]:
        return available_resources, current_resources(), os.environ["CUDA_VISIBLE_DEVICES"]

    named, current, devices = backend.submit_task(both, workers=["local-1"]).result(LIMIT)
    assert named == current
    assert named.visible_gpu_devices == devices == "5"
    assert named.gpu_device_indices == "0"
    assert named.number_of_threads == 1


def test_the_dashboard_shows_the_name_of_the_function(backend: DaskLocalCluster) -> None:
    assert backend.submit_task(write_pid, Path(os.devnull)).key.startswith("write_pid-")
    assert pickle.loads(pickle.dumps(IsolatedFunction(write_pid, KEPT))).__name__ == "write_pid"


def test_arguments_and_results_may_be_large(backend: DaskLocalCluster) -> None:
    data = os.urandom(9_000_000)
    assert backend.submit_task(lambda given: given + b"!", data).result(LIMIT) == data + b"!"


def test_an_argument_may_be_the_result_of_a_task(backend: DaskLocalCluster) -> None:
    first = backend.submit_task(abs, -3)
    assert backend.submit_task(sum, [first, first]).result(LIMIT) == 6


def test_map_tasks_with_isolation(backend: DaskLocalCluster) -> None:
    assert list(backend.map_tasks(abs, range(-200, 0))) == list(range(200, 0, -1))


def test_a_coroutine_runs(backend: DaskLocalCluster) -> None:
    async def double(x: int) -> int:
        return 2 * x

    assert backend.submit_task(double, 4).result(LIMIT) == 8


def test_a_task_may_start_processes(backend: DaskLocalCluster) -> None:
    def start(method: str) -> list[int]:
        with multiprocessing.get_context(method).Pool(2) as pool:
            return pool.map(abs, [-1, -2])

    for method in ("fork", "forkserver", "spawn"):
        assert backend.submit_task(start, method).result(LIMIT) == [1, 2]


def test_log_records_reach_the_handlers_of_the_worker(backend: DaskLocalCluster) -> None:
    def listen() -> None:
        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                sys.modules.setdefault("heard", []).append(self.format(record))  # type: ignore[arg-type,attr-defined]

        logging.getLogger("ours").addHandler(Handler())
        logging.getLogger("ours").setLevel(logging.INFO)
        logging.getLogger("ours").propagate = False

    def log() -> None:
        logging.getLogger("ours.deeper").info("number %d", 3)
        logging.getLogger("ours.deeper").debug("too much")
        try:
            raise ValueError("wrong")
        except ValueError:
            logging.getLogger("ours").exception("an error")

    backend.client.run(listen)
    run_with(backend, FRESH, log)
    answers = backend.client.run(lambda: sys.modules.pop("heard", []))  # type: ignore[call-overload]
    heard = [text for some in answers.values() for text in some]
    assert heard[0] == "number 3"
    assert heard[1].startswith("an error\nTraceback") and "ValueError: wrong" in heard[1]
    assert len(heard) == 2


# Errors


@pytest.mark.parametrize(
    ("how", "words"),
    [
        pytest.param("SIGKILL", "was killed by SIGKILL", id="SIGKILL"),
        pytest.param("SIGTERM", "was killed by SIGTERM", id="SIGTERM"),
        pytest.param("SIGINT", "was killed by SIGINT", id="SIGINT"),
        pytest.param("os._exit", "exited with code 3", id="os._exit"),
        pytest.param("sys.exit", "exited with code 2", id="sys.exit"),
        pytest.param(
            "sys.exit text", "exited with code 1 and the message 'no input'", id="sys.exit-text"
        ),
        pytest.param("sys.exit None", "exited with code 0", id="sys.exit-without-code"),
        pytest.param("closed", "was killed by SIGKILL", id="closed-its-descriptors"),
    ],
)
def test_the_end_of_a_process_is_an_error_of_its_task(
    backend: DaskLocalCluster, how: str, words: str
) -> None:
    run_with(backend, KEPT, abs, 1)
    began = time.monotonic()
    future = backend.submit_task(ends, how, workers=["local-0"])
    error = future.exception(LIMIT)
    assert time.monotonic() - began < (3 if how == "closed" else 1.5)
    assert type(error) is TaskProcessError
    assert words in str(error)
    assert ("memory" in str(error)) == ("SIGKILL" in words)
    assert future.key in str(error)
    assert any(address in str(error) for address in backend.client.nthreads())
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert run_with(backend, KEPT, abs, -2) == 2, "the next task has a process"


class OddError(Exception):
    """Cannot be unpickled."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def test_an_exception_keeps_its_type_and_its_traceback(backend: DaskLocalCluster) -> None:
    def deep(x: int) -> None:
        raise LookupError(f"no {x}")

    def outer(x: int) -> None:
        deep(x)

    future = backend.submit_task(outer, 5)
    error = future.exception(LIMIT)
    assert type(error) is LookupError and error.args == ("no 5",)
    names = [frame.name for frame in traceback.extract_tb(future.traceback())]
    assert names[-2:] == ["outer", "deep"]
    assert "in deep\n" in str(error.__cause__) and "LookupError: no 5" in str(error.__cause__)


def raises(error: Callable[[], BaseException]) -> None:
    raise error()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        pytest.param(
            lambda: raises(lambda: OddError(1, 2)), "raised OddError: 1 and 2", id="unpicklable"
        ),
        pytest.param(lambda: raises(KeyboardInterrupt), "KeyboardInterrupt", id="interrupt"),
        pytest.param(threading.Lock, "cannot pickle its result, a lock", id="result"),
        pytest.param(lambda: distributed.get_client(), "task_isolation='none'", id="get_client"),
        pytest.param(lambda: distributed.get_worker(), "task_isolation='none'", id="get_worker"),
        pytest.param(lambda: distributed.secede(), "task_isolation='none'", id="secede"),
        pytest.param(
            lambda: distributed.worker_client().__enter__(), "='none'", id="worker_client"
        ),
    ],
)
def test_results_and_calls_that_do_not_work_are_clear_errors(
    backend: DaskLocalCluster, function: Any, words: str
) -> None:
    future = backend.submit_task(function)
    error = future.exception(LIMIT)
    assert type(error) is BackendError
    assert words in str(error) and future.key in str(error)


def test_an_argument_that_cannot_be_pickled_is_a_clear_error(backend: DaskLocalCluster) -> None:
    lock = backend.client.submit(threading.Lock, workers=["local-0"])
    error = backend.submit_task(id, lock, workers=["local-0"]).exception(LIMIT)
    assert type(error) is BackendError and "cannot pickle an argument" in str(error)


def test_only_tasks_fail_whose_process_ends_or_that_exceed_their_time_limit(
    backend: DaskLocalCluster,
) -> None:
    ways = ["SIGKILL", "SIGSEGV", "os._exit", "sys.exit"]

    def work(number: int) -> int:
        if number % 10 == 3:
            ends(ways[number // 10 % 4])
        elif number % 10 == 7:
            time.sleep(1000)
        return number

    limits = {7: "100 ms"}
    workers = sorted(worker_pids(backend))
    futures = [
        backend.submit_task(work, number, time_limit=limits.get(number % 10))
        for number in range(200)
    ]
    distributed.wait(futures, timeout=60)
    for number, future in enumerate(futures):
        if number % 10 == 3:
            assert type(future.exception()) is TaskProcessError
        elif number % 10 == 7:
            assert type(future.exception()) is TaskTimeLimitError
        else:
            assert future.result() == number
    assert sorted(worker_pids(backend)) == workers


# Ends


@pytest.mark.parametrize("how", ["cancel", "release", "close"])
def test_a_task_that_is_no_longer_needed_is_killed(
    backend: DaskLocalCluster, tmp_path: Path, how: str
) -> None:
    path, theirs = tmp_path / "pid", tmp_path / "theirs"

    def start_and_sleep() -> None:
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        theirs.write_text(f"{process.pid}\n")
        sleep_long(path)

    workers = sorted(worker_pids(backend))
    with distributed.Client(backend.cluster.scheduler_address, set_as_default=False) as client:
        futures = [client.submit(IsolatedFunction(start_and_sleep, KEPT), pure=False)]
        pids = [read_pid(path), read_pid(theirs)]
        assert still_running(pids) == pids
        if how == "cancel":
            futures[0].cancel()
        elif how == "release":
            futures.clear()
        else:
            client.close()
        wait_until(lambda: still_running(pids) == [], 1)
    assert backend.submit_task(abs, -1).result(LIMIT) == 1
    assert sorted(worker_pids(backend)) == workers


def test_processes_that_a_task_started_end_with_it(
    backend: DaskLocalCluster, tmp_path: Path
) -> None:
    path = tmp_path / "pid"

    def start_and_die() -> None:
        if os.fork() == 0:  # it inherits all open files
            sleep_long(path)
        while not path.exists():
            time.sleep(0.01)
        ends("SIGKILL")

    assert type(backend.submit_task(start_and_die).exception(LIMIT)) is TaskProcessError
    pid = read_pid(path)
    wait_until(lambda: not is_running(pid), 1)


def test_a_task_over_its_time_limit_ends_with_the_processes_that_it_started(
    backend: DaskLocalCluster, tmp_path: Path
) -> None:
    def start_and_sleep(name: str) -> None:
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        (tmp_path / "theirs").write_text(f"{process.pid}\n")
        sleep_long(tmp_path / name)

    tasks = backend.map_tasks(start_and_sleep, ["pid"], time_limit="2 s", return_exceptions=True)
    pids = [read_pid(tmp_path / "pid"), read_pid(tmp_path / "theirs")]
    (error,) = tasks
    assert type(error) is TaskTimeLimitError
    assert "time limit of 2 s" in str(error)
    wait_until(lambda: still_running(pids) == [], 1)


@pytest.mark.parametrize(
    ("limit", "wrong"),
    [
        pytest.param("soon", "must be a duration", id="no-duration"),
        pytest.param(0, "more than 0", id="zero"),
        pytest.param("-1 s", "more than 0", id="negative"),
    ],
)
def test_a_time_limit_is_a_duration(backend: DaskLocalCluster, limit: Any, wrong: str) -> None:
    with pytest.raises(ConfigValueError, match=rf"argument time_limit is .*{wrong}"):
        backend.submit_task(abs, 1, time_limit=limit)


def test_a_time_limit_needs_isolation_and_can_be_a_key() -> None:
    with pytest.raises(ConfigValueError, match=r"task_time_limit .*task-isolation is process"):
        DaskLocalCluster(1, task_time_limit="1s")
    with (
        dask.config.set({"backends.local.task-time-limit": "100 ms"}),
        DaskLocalCluster(1, task_isolation="fresh") as backend,
    ):
        failed = backend.submit_task(time.sleep, 1000)
        assert type(failed.exception(LIMIT)) is TaskTimeLimitError
        slow = backend.submit_task(time.sleep, 0.2, time_limit="1 minute")
        assert slow.exception(LIMIT) is None


def test_a_process_is_replaced_after_its_number_of_tasks(backend: DaskLocalCluster) -> None:
    limit = IsolationOptions(tasks_per_process=3)
    pids = [run_with(backend, limit, os.getpid) for _ in range(6)]
    assert len(set(pids)) == 2 and pids[0] == pids[2] and pids[3] == pids[5]
    wait_until(lambda: still_running(pids) == [])


def test_a_process_is_replaced_when_its_memory_has_grown(backend: DaskLocalCluster) -> None:
    def grow(size: int) -> int:
        sys.modules.setdefault("leak", []).append(b"x" * size)  # type: ignore[arg-type,attr-defined]
        return os.getpid()

    limit = IsolationOptions(memory_limit=200_000_000)
    first, second, third = (run_with(backend, limit, grow, size) for size in (0, 300_000_000, 0))
    assert first == second != third
    wait_until(lambda: not is_running(first))


def test_a_killed_fork_server_is_replaced(backend: DaskLocalCluster, tmp_path: Path) -> None:
    path = tmp_path / "pid"
    future = backend.submit_task(sleep_long, path)
    child = read_pid(path)
    os.kill(psutil.Process(child).ppid(), signal.SIGKILL)
    error = future.exception(LIMIT)
    assert type(error) is TaskProcessError and "was lost" in str(error)
    wait_until(lambda: not is_running(child), 1)
    for worker in ("local-0", "local-1"):
        assert backend.submit_task(abs, -1, workers=[worker]).result(LIMIT) == 1


def test_a_process_that_ended_between_tasks_is_replaced(backend: DaskLocalCluster) -> None:
    pid = run_with(backend, KEPT, os.getpid)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(pid))
    assert run_with(backend, KEPT, os.getpid) != pid


def holds_the_interpreter(path: Path) -> None:
    """Hold the interpreter, so that no Python code can end the process."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    path.write_text(f"{os.getpid()}\n")
    path.with_suffix(".theirs").write_text(f"{process.pid}\n")
    ctypes.PyDLL(None).sleep(1000)


def test_processes_end_with_a_killed_worker_and_with_the_backend(tmp_path: Path) -> None:
    before = descendants()
    # A daemonic worker may have no children of multiprocessing; these are the fork server's.
    with dask.config.set({"distributed.worker.daemon": True}):
        made = DaskLocalCluster(1, task_isolation="process", isolation_preload=["wave"])
        made.start()
    try:
        assert made.submit_task(lambda: "wave" in sys.modules).result(LIMIT)
        (worker,) = worker_pids(made)
        path = tmp_path / "first"
        future = made.submit_task(holds_the_interpreter, path)
        pids = [read_pid(path), read_pid(path.with_suffix(".theirs"))]
        pids.append(psutil.Process(pids[0]).ppid())
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: still_running(pids) == [], 3)
        future.cancel()
        assert made.submit_task(abs, -1).result(LIMIT) == 1
        path = tmp_path / "second"
        future = made.submit_task(holds_the_interpreter, path)
        pids = [read_pid(path), read_pid(path.with_suffix(".theirs"))]
        pids.append(psutil.Process(pids[0]).ppid())
        left = descendants() - before | set(pids)
    finally:
        made.stop()
    wait_until(lambda: still_running(left) == [], 3)


def test_an_error_names_a_module_that_cannot_be_preloaded() -> None:
    server = ForkServer(["no_such"])
    message = task_message("key", cloudpickle.dumps(abs), (-1,), {})
    try:
        with pytest.raises(BackendError, match="no_such of isolation-preload: ModuleNotFoundError"):
            TaskProcess(server).call(message, lambda: False)
    finally:
        server.close()


SCRIPT = """
    import os, time
    from dask_backend_config import DaskLocalCluster

    def work(number):
        print("printed by a task")
        os.write(2, b"%d\\n" % os.getpid())
        if number:
            time.sleep(1000)

    backend = DaskLocalCluster(2, task_isolation="process")
    backend.start()
    backend.client.gather([backend.submit_task(work, 0) for _ in range(4)])
    busy = [backend.submit_task(work, 1) for _ in range(2)]
    backend.client.gather(busy)
"""


def test_output_of_tasks_appears_and_their_processes_end_with_a_killed_client(
    script: Callable[..., list[str]],
) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(script(SCRIPT), text=True, env=environ, **pipes) as client:
        pids = {int(client.stderr.readline()) for _ in range(6)}  # type: ignore[union-attr]
        pids |= {child.pid for child in psutil.Process(client.pid).children(recursive=True)}
        assert len(pids) >= 7, "nannies, workers, fork servers, children"
        names = shared_memory(pids)
        assert sys.platform != "linux" or any(map(os.path.exists, names))
        client.kill()
        wait_until(lambda: still_running(pids) == [], 5)
        assert not any(map(os.path.exists, names))
        assert client.stdout is not None
        printed = client.stdout.read().splitlines()
        assert len(printed) >= 4 and set(printed) == {"printed by a task"}


def test_tasks_of_a_queue_are_isolated(slurm: StandIn, tmp_path: Path) -> None:
    backend = DaskSLURMBackend(
        resources_per_worker=QueueWorkerResources(1, per_thread_memory_limit="1 GB"),
        task_isolation="process",
        disable_nanny_process=True,
    )
    with backend:
        worker = backend.client.submit(os.getpid).result(LIMIT)
        future = backend.submit_task(ends, "SIGSEGV")
        assert "was killed by SIGSEGV" in str(future.exception(LIMIT))
        child, modules = backend.submit_task(lambda: (os.getpid(), set(sys.modules))).result(LIMIT)
        assert child != worker and "distributed" not in modules
        sleeper = backend.submit_task(sleep_long, tmp_path / "pid")
        pid = read_pid(tmp_path / "pid")
        server = psutil.Process(pid).ppid()
        assert sleeper.status == "pending"
    # A worker without a nanny may hang where SIGTERM comes while it closes (distributed 2026.8).
    wait_until(lambda: still_running([child, pid, server]) == [], 10)
