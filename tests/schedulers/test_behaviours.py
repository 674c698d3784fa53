"""Behaviour of backends with a job queue, on each scheduler that runs here."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, get_worker, wait
from distributed.security import Security

import dask_backend_config
from dask_backend_config import (
    BackendError,
    BaseDaskJobQueueBackend,
    QueueWorkerResources,
    TaskLostError,
    TaskProcessError,
)
from dask_backend_config.backends.certificates import temporary_certificate
from dask_backend_config.backends.registry import backend_class
from dask_backend_config.schedulers import SCHEDULERS, JobRequest
from dask_backend_config.schedulers.option_reader import read_fields
from dask_backend_config.storage.files import state_folder
from tests.backends.conftest import wait_until

from .conftest import MORE_SYSTEMS, SYSTEMS
from .standins.engine import Cluster
from .systems import OAR, HTCondor, System

#: Seconds for the first result of a backend that is started.
LIMIT = 60
Make = Callable[..., BaseDaskJobQueueBackend]


def only_on(*names: str) -> pytest.MarkDecorator:
    """Return a mark for a test that runs on these schedulers only."""
    parameters = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in names]
    return pytest.mark.parametrize("running_system", parameters, indirect=True)


ON_PBS, ON_LSF, ON_SLURM, ON_OAR = map(only_on, ("pbs stand-in", "lsf stand-in", "slurm", "oar"))
ON_HTCONDOR = only_on("htcondor stand-in")
#: For behaviours that depend most on the scheduler's commands.
ON_ALL = only_on(*SYSTEMS, *MORE_SYSTEMS)
#: For what happens inside a job, and is the same in any.
IN_JOBS = only_on("slurm")
#: For what depends on how each scheduler is asked for jobs of a size, and how it ends them.
ON_SOME = only_on("slurm", "gridengine", "pbs stand-in")
#: Starts a program as MPI's does, without MPI.
MPIRUN = """\
#!/bin/sh
shift 2
"$@"
"""


@pytest.fixture
def make(system: System) -> Iterator[Make]:
    """Return a function that makes a backend with small jobs and short intervals."""
    made: list[BaseDaskJobQueueBackend] = []

    def make(**arguments: Any) -> BaseDaskJobQueueBackend:
        given = arguments.pop("resources", {})
        resources = {
            "per_thread_memory_limit": "500 MiB",
            "wallclock_time_limit": "00:10",
            **given,
        }
        own = {
            name.partition(".")[2]: value
            for name, value in system.tunables.items()
            if name.startswith(f"{system.kind}.")
        }
        kind: Any = backend_class(system.kind)
        backend: BaseDaskJobQueueBackend = kind(
            **{
                "queue_name": system.queue,
                "resources_per_worker": QueueWorkerResources(**resources),
                "adaptive_interval": "500 ms",
                "watch_interval": "1s",
                **own,
                **arguments,
            }
        )
        made.append(backend)
        return backend

    with dask.config.set({"distributed.deploy.lost-worker-timeout": "1s"}):
        yield make
        for backend in made:
            backend.stop()


def leftovers() -> list[str]:
    folder = os.path.join(state_folder(), "clusters")
    return os.listdir(folder) if os.path.isdir(folder) else []


def configured(system: System, **tunables: str) -> dict[str, str]:
    """Return environment variables that configure a backend with small jobs."""
    variables = {
        "default": system.kind,
        **({"jobqueue__queue_name": system.queue} if system.queue else {}),
        "jobqueue__resources_per_worker__per_thread_memory_limit": "500 MiB",
        "jobqueue__resources_per_worker__wallclock_time_limit": "00:10",
        **{name.replace(".", "__"): value for name, value in system.tunables.items()},
        **{f"jobqueue__{name}": value for name, value in tunables.items()},
    }
    environ = {f"DASK_BACKENDS__{name.upper()}": value for name, value in variables.items()}
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environ}


def run_configured(
    system: System, *arguments: str, **tunables: str
) -> subprocess.CompletedProcess[str]:
    """Run Python with a backend configured by environment variables."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env=configured(system, **tunables),
        check=False,
    )


@ON_ALL
def test_a_script_configured_by_environment_variables_runs_tasks_of_a_module_in_its_folder(
    system: System, tmp_path: Path
) -> None:
    (tmp_path / "beside.py").write_text("import os\n\ndef folder():\n    return os.getcwd()\n")
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import logging
            import beside
            from dask_backend_config import get_backend

            if __name__ == "__main__":
                with get_backend() as backend:
                    backend.submit_task(logging.info, "Hello World").result()
                    folder = backend.submit_task(beside.folder).result()
                    print(type(backend).__name__, folder)
            """
        )
    )
    done = run_configured(system, str(script))
    name = backend_class(system.kind).__name__
    assert (done.returncode, done.stdout) == (0, f"{name} {tmp_path}\n"), done.stderr
    wait_until(lambda: not system.job_numbers(), LIMIT)
    assert leftovers() == []


TERMINATED = """
    import time
    from dask_backend_config import get_backend

    if __name__ == "__main__":
        backend = get_backend()
        backend.start()
        backend.wait_for_workers(1)
        while len(backend.jobs) < 2:
            time.sleep(0.1)
        print(flush=True)
        time.sleep(600)
"""


@ON_ALL
def test_running_and_waiting_jobs_end_with_a_client_that_is_terminated(
    system: System, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(TERMINATED))
    # Each job fills the node.
    environ = configured(
        system,
        minimum_number_of_workers="2",
        resources_per_worker__number_of_threads="8",
        resources_per_worker__per_thread_memory_limit="100 MiB",
    )
    command = [sys.executable, str(script)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as client:
        assert client.stdout is not None
        client.stdout.readline()
        assert len(system.job_numbers()) == 2
        client.terminate()
        _, errors = client.communicate(timeout=LIMIT)
    assert client.returncode == -signal.SIGTERM
    assert "Traceback" not in errors
    wait_until(lambda: not system.job_numbers(), LIMIT)
    assert leftovers() == []


@ON_ALL
def test_the_doctor_sends_a_task_through_the_queue_and_leaves_nothing(
    system: System, home: Path, tmp_path: Path
) -> None:
    done = run_configured(system, "-m", "dask_backend_config", "doctor", "--live")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "distributed.worker.daemon" in done.stdout
    assert not (home / ".config").exists()
    wait_until(lambda: not system.job_numbers(), LIMIT)  # PBS delivers output before
    assert leftovers() == os.listdir(tmp_path) == []


@ON_PBS
def test_a_job_that_fails_the_doctor_is_explained_by_its_log(
    system: System, tmp_path: Path
) -> None:
    options = ["-m", "dask_backend_config", "doctor", "--live"]
    done = run_configured(system, *options, python="/nowhere/python")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "/nowhere/python: No such file" in done.stderr
    assert os.listdir(tmp_path)


@ON_ALL
def test_auto_finds_the_scheduler(system: System) -> None:
    backend = dask_backend_config.get_backend()
    assert backend.kind == system.kind


def start_a_process() -> int | None:
    import multiprocessing

    child = multiprocessing.get_context("spawn").Process(target=abs, args=(1,))
    child.start()
    child.join(30)
    return child.exitcode


def check_encryption(backend: BaseDaskJobQueueBackend) -> None:
    address = backend.client.scheduler_info()["address"]
    workers = backend.client.scheduler_info()["workers"]
    assert all(entry.startswith("tls://") for entry in (address, *workers))
    (folder,) = leftovers()
    path = Path(state_folder()) / "clusters" / folder
    modes = {file.name: file.stat().st_mode & 0o777 for file in (path, *path.iterdir())}
    assert modes == {folder: 0o700, "owner": 0o600, "certificate.pem": 0o600, "key.pem": 0o600}
    key = (path / "key.pem").read_text()
    template = backend.cluster.workers  # type: ignore[attr-defined]
    scripts = [job.job_script() for job in template.values()]
    assert scripts
    assert not any(line in script for script in scripts for line in key.split()[3:-3])
    with pytest.raises((OSError, TimeoutError)):
        Client(address.replace("tls://", "tcp://"), timeout=2)
    with pytest.raises((OSError, TimeoutError)):
        Client(address, security=foreign_security(), timeout=2)


def foreign_security() -> Security:
    certificate, key = temporary_certificate()
    return Security(
        require_encryption=True,
        tls_ca_file=certificate,
        tls_client_cert=certificate,
        tls_client_key=key,
    )


def check_gpus(backend: BaseDaskJobQueueBackend) -> None:
    answers = backend.client.run(
        lambda: (
            dask_backend_config.current_resources().gpu_device_indices,
            dask_backend_config.current_resources().visible_gpu_devices,
            os.environ.get("CUDA_VISIBLE_DEVICES"),
        )
    )
    assert sorted(answers.values()) == [("0", "0", "0"), ("0", "1", "1")]


def test_two_workers_run_tasks_encrypted_with_a_gpu_each_until_stop(
    make: Make, system: System, home: Path
) -> None:
    # One backend for all that does not change it: a start takes seconds.
    resources = {"number_of_gpus": 1} if system.has_gpus else {}
    with make(minimum_number_of_workers=2, resources=resources) as backend:
        backend.wait_for_workers(2, LIMIT)
        futures = [backend.submit_task(abs, -number) for number in range(2000)]
        assert backend.client.gather(futures) == list(range(2000))
        assert backend.submit_task(start_a_process).result(LIMIT) == 0
        check_encryption(backend)
        if system.has_gpus:
            check_gpus(backend)
    wait_until(lambda: not system.job_numbers(), LIMIT)
    assert leftovers() == []
    assert not (home / ".config").exists()
    backend.stop()  # a second time


@ON_SOME
def test_a_scaled_number_of_workers_holds_in_the_event_loop_of_the_caller(
    make: Make, system: System
) -> None:
    async def main() -> None:
        async with make(
            minimum_number_of_workers=0, maximum_number_of_workers=1, asynchronous=True
        ) as backend:
            await backend.scale(2)
            await backend.wait_for_workers(2, LIMIT)
            killed = min(backend.jobs.values())
            await asyncio.to_thread(system.kill, killed)
            await asyncio.to_thread(wait_until, lambda: killed not in backend.jobs.values(), LIMIT)
            await backend.wait_for_workers(2, LIMIT)
            tasks = [backend.submit_task(pow, number, 2) for number in range(20)]
            await backend.scale(1)
            await asyncio.to_thread(wait_until, lambda: len(system.job_numbers()) == 1, LIMIT)
            assert await asyncio.gather(*tasks) == [number**2 for number in range(20)]

    asyncio.run(main())
    wait_until(lambda: not system.job_numbers(), LIMIT)


def seen() -> dict[str, Any]:
    import dask.config

    keys = {
        "file": "distributed.worker.memory.target",
        "variable": "distributed.worker.memory.spill",
        "set": "distributed.comm.timeouts.connect",
        "set over a variable": "distributed.worker.memory.pause",
        "recommended": "distributed.worker.daemon",
        "cased": "distributed.nanny.pre-spawn-environ.My_Variable",
        "secret": "distributed.nanny.environ.API_TOKEN",
    }
    return {name: dask.config.get(key, None) for name, key in keys.items()}


@IN_JOBS
def test_nanny_and_worker_see_the_clients_configuration(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "client.yaml"
    file.write_text("distributed: {worker: {memory: {target: 0.51}}}\n")
    monkeypatch.setenv("DASK_CONFIG", str(file))
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__MEMORY__SPILL", "0.61")
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE", "0.81")
    changes = {
        "distributed.comm.timeouts.connect": "17s",
        "distributed.worker.memory.pause": 0.82,
        "distributed.nanny.pre-spawn-environ.My_Variable": "Kept",
        "distributed.nanny.environ.API_TOKEN": "hidden",
    }
    dask.config.refresh(paths=[str(file)])
    try:
        with dask.config.set(changes), make() as backend:
            assert "hidden" not in backend.job_script()
            backend.wait_for_workers(1, LIMIT)
            expected = {**seen(), "secret": None}
            assert expected["set over a variable"] == 0.82
            assert expected["cased"] == "Kept"
            assert list(backend.client.run(seen, nanny=True).values()) == [expected]
            assert list(backend.client.run(seen).values()) == [expected]
            variable = backend.submit_task(os.getenv, "My_Variable")
            assert variable.result(LIMIT) == "Kept"
    finally:
        monkeypatch.undo()
        dask.config.refresh()


def slow_double(number: int) -> int:
    time.sleep(0.3)
    return 2 * number


def test_tasks_of_a_killed_job_run_again_on_another(make: Make, system: System) -> None:
    with make(minimum_number_of_workers=2) as backend:
        backend.wait_for_workers(2, LIMIT)
        first = set(backend.jobs.values())
        futures = [backend.submit_task(slow_double, number) for number in range(20)]
        wait(futures, LIMIT, return_when="FIRST_COMPLETED")
        system.kill(min(first, key=int))
        assert backend.client.gather(futures) == [2 * number for number in range(20)]
        wait_until(lambda: len(set(backend.jobs.values()) - first) == 1, LIMIT)
        wait_until(lambda: len(backend.client.scheduler_info()["workers"]) == 2, LIMIT)


def test_workers_start_for_tasks_and_end_without(make: Make, system: System) -> None:
    with make(minimum_number_of_workers=0, maximum_number_of_workers=2) as backend:
        assert system.job_numbers() == []
        for _ in range(2):
            assert backend.submit_task(abs, -1).result(LIMIT) == 1
            wait_until(lambda: not backend.client.scheduler_info()["workers"], LIMIT)
            wait_until(lambda: not system.job_numbers(), LIMIT)


def test_a_job_that_waits_is_reported_and_neither_cancelled_nor_submitted_again(
    make: Make, system: System
) -> None:
    # One of these fills the node, so that the second waits while the first works.
    resources = {"number_of_threads": 8, "per_thread_memory_limit": "100 MiB"}
    limits = {"minimum_number_of_workers": 0, "maximum_number_of_workers": 2}
    with make(resources=resources, **limits) as backend:
        futures = [backend.submit_task(slow_double, number) for number in range(160)]
        backend.wait_for_workers(1, LIMIT)
        seen = set(backend.jobs.values())
        wait_until(lambda: len(backend.jobs) == 2, LIMIT)
        with pytest.raises(BackendError, match="has been waiting") as caught:
            backend.wait_for_workers(2, 2)
        assert any(number in str(caught.value) for number in system.job_numbers())
        while not all(future.done() for future in futures):
            seen |= set(backend.jobs.values())
            time.sleep(0.1)
        assert backend.client.gather(futures) == [2 * number for number in range(160)]
        assert 1 <= len(seen) <= 2


def test_an_unknown_queue_is_an_error_with_the_schedulers_message(
    make: Make, system: System
) -> None:
    backend = make(queue_name="nosuchqueue")
    began = time.monotonic()
    with pytest.raises(BackendError) as caught:
        backend.start()
    assert time.monotonic() - began < 15
    message = str(caught.value)
    assert "exit code" in message
    assert "Check argument queue_name ('nosuchqueue')" in message
    assert leftovers() == []
    assert system.job_numbers() == []


@ON_PBS
def test_a_queue_that_closes_is_reported_and_used_again_once_it_opens(
    make: Make, system: System, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = Cluster(system.folder)
    queues = cluster.settings["queues"]
    with make(minimum_number_of_workers=1) as backend:
        backend.wait_for_workers(1, LIMIT)
        cluster.set(queues={**queues, system.queue: {"enabled": False}})
        try:
            system.kill(*backend.jobs.values())
            wait_until(lambda: "qsub: Queue is not enabled" in caplog.text, LIMIT)
        finally:
            cluster.set(queues=queues)
        backend.wait_for_workers(1, LIMIT)


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        pytest.param({"wallclock_time_limit": "05:00"}, "wallclock_time_limit", id="time"),
        pytest.param({"per_thread_memory_limit": "900 GB"}, "memory_limit", id="memory"),
    ],
)
def test_a_request_over_the_queues_limit_is_an_error_with_the_reason(
    make: Make, system: System, resources: dict[str, str], words: str
) -> None:
    backend = make(queue_name="short", resources=resources)

    def begin() -> None:
        backend.start()
        backend.wait_for_workers(1, 6)  # Grid Engine accepts jobs that it never starts

    began = time.monotonic()
    with pytest.raises(BackendError) as caught:
        begin()
    assert time.monotonic() - began < 20
    message = str(caught.value)
    if "exit code" in message:
        assert words in message
    else:
        (number,) = backend.jobs.values()
        noun = SCHEDULERS[system.kind].queue_noun
        assert f"job {number} has been waiting in {noun} short for " in message
        assert message.rpartition(" s: ")[2]


@ON_ALL
def test_a_dead_controller_is_an_error_within_seconds(
    make: Make, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = make(command_timeout="5s")
    with system.without_controller() as environ:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        began = time.monotonic()
        with pytest.raises(BackendError, match="exit code"):
            backend.start()
        assert time.monotonic() - began < 25
    assert leftovers() == []
    wait_until(lambda: not system.job_numbers(), LIMIT)  # OAR keeps what it does not take


@ON_OAR
def test_a_database_that_hangs_is_an_error_and_leaves_no_job(
    make: Make, system: OAR, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    backend = make(command_timeout="5s")
    with system.with_hanging_database():
        began = time.monotonic()
        with pytest.raises(BackendError, match="timed out after 5 s"):
            backend.start()
        assert time.monotonic() - began < 15  # the limit, and a loaded machine
    assert not any(record.exc_info for record in caplog.records)
    assert "Traceback" not in "".join(capfd.readouterr())
    assert leftovers() == []
    wait_until(lambda: not system.is_submitting() and not system.job_numbers(), LIMIT)


def test_a_missing_command_is_named(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = make()
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "/nowhere")
        with pytest.raises(BackendError, match="command not found"):
            backend.start()


@ON_LSF
def test_lsf_jobs_can_be_submitted_as_files(make: Make) -> None:
    with make(submit_by_stdin=False) as backend:
        assert backend.submit_task(abs, -1).result(LIMIT) == 1


on_slurm = pytest.mark.parametrize(
    "running_system", [pytest.param("slurm", marks=pytest.mark.xdist_group("slurm"))], indirect=True
)


@on_slurm
def test_slurm_reads_the_options_of_a_script_as_they_are_read_back(system: System) -> None:
    scripts = [
        ["-t5 -c2 --mem 300"],
        ["-Ht7 --parti short"],
        ["--time=0-0:6 # -c 4", "--time 8:30"],
        ["--cpus-per-t=3 --mem-per-cpu=200", "-c 2"],
        ["-n2 -c 2 --mem=1g"],
        ["-N1 -n2 --exclusive --mem=500K"],
        ["-A 'lab' -J name --mem=2GB -p short"],
    ]
    for lines in scripts:
        text = "".join(f"#SBATCH {line}\n" for line in lines)
        command = ["sbatch", "--hold", "--parsable"]
        done = subprocess.run(
            command, input=f"#!/bin/sh\n{text}sleep 1\n", capture_output=True, text=True, check=True
        )
        shown = dict(
            word.partition("=")[::2]
            for word in system.ask("scontrol", "show", "job", done.stdout.strip()).split()
        )
        system.kill(done.stdout.strip())
        found = read_fields(SCHEDULERS["slurm"], JobRequest("x"), [], lines)
        fields = {name: option.value for name, option in found.items()}
        assert int(shown["NumCPUs"]) == fields.get("threads", 1), lines
        if "walltime" in fields:
            read = SCHEDULERS["slurm"].read_walltime(shown["TimeLimit"])
            assert 0 <= read - fields["walltime"] < 60, lines  # Slurm counts minutes
        for name, word in {"queue": "Partition", "account": "Account", "name": "JobName"}.items():
            assert shown[word] == fields.get(name, shown[word]), lines
        if memory := fields.get("memory"):
            per_cpu = "MinMemoryCPU" in shown
            unit = {"M": 2**20, "G": 2**30}
            said = shown["MinMemoryCPU" if per_cpu else "MinMemoryNode"]
            total = int(said[:-1]) * unit[said[-1]] * (int(shown["NumCPUs"]) if per_cpu else 1)
            assert 0 <= total - memory < 2**20, lines


@on_slurm
@pytest.mark.parametrize(
    ("extra", "variables", "expected"),
    [
        pytest.param([], {}, (3 * 256 * 2**20, 3, 600), id="the scheduler's default"),
        pytest.param(["--mem=400M -t5"], {}, (400 * 2**20, 3, 300), id="options"),
        pytest.param(["-c 2"], {"TIMELIMIT": "1", "CPUS_PER_GPU": "1", "MEM_PER_CPU": "150"},
                     (300 * 2**20, 2, 600), id="variables"),
    ],
)  # fmt: skip
def test_a_worker_has_the_limits_of_its_slurm_job(
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    extra: list[str],
    variables: dict[str, str],
    expected: tuple[int, int, int],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"SBATCH_{name}", value)
    resources = {"per_thread_memory_limit": None, "number_of_threads": 3}
    with make(extra_script_options=extra, resources=resources) as backend:
        memory, threads, lifetime = backend.submit_task(limits_of_worker).result(LIMIT)
        job = subprocess.run(
            ["scontrol", "show", "job", *backend.jobs.values()], capture_output=True, text=True
        ).stdout
    assert (memory, threads) == expected[:2]
    assert f"TimeLimit=00:{expected[2] // 60:02d}:00" in job and f"NumCPUs={threads} " in job
    assert expected[2] / 2 < lifetime < expected[2]


def threads_for(number: int, available_resources: QueueWorkerResources) -> tuple[int, int]:
    time.sleep(0.3)
    return number, available_resources.number_of_threads


@ON_SOME
def test_each_group_runs_its_tasks_on_jobs_of_its_own(make: Make, system: System) -> None:
    two_threads = {"resources_per_worker": {"number_of_threads": 2}, "tasks_per_worker": 1}
    groups: dict[str, dict[str, Any]] = {"small": {}, "large": two_threads}
    with make(
        worker_groups=groups,
        minimum_number_of_workers=0,
        maximum_number_of_workers=1,
        task_isolation="process",
    ) as backend:
        first = backend.submit_task(threads_for, 7, worker_group="large")
        assert first.result(LIMIT) == (7, 2)
        assert [name.split("-")[-2] for name in backend.jobs] == ["large"], "no tasks, no job"
        found = {
            group: [backend.submit_task(threads_for, n, worker_group=group) for n in range(8)]
            for group in groups
        }
        for futures in found.values():
            wait(futures, LIMIT, return_when="FIRST_COMPLETED")
        for number in list(backend.jobs.values()):
            system.kill(number)
        for group, futures in found.items():
            threads = {"small": 1, "large": 2}[group]
            assert backend.client.gather(futures) == [(n, threads) for n in range(8)]
        del first, futures, found
        wait_until(lambda: not system.job_numbers(), LIMIT)


@ON_SOME
def test_the_workers_of_a_job_share_it_and_end_with_it(make: Make, system: System) -> None:
    with make(
        workers_per_job=2, minimum_number_of_workers=1, maximum_number_of_workers=5
    ) as backend:
        backend.wait_for_workers(2, LIMIT)
        assert len(set(backend.jobs.values())) == 1
        assert {f"{name.rpartition('-')[0]}-{i}" for name in backend.jobs for i in (0, 1)} == set(
            backend.jobs
        )
        limit, threads, _ = backend.submit_task(limits_of_worker).result(LIMIT)
        assert (limit, threads) == (500 * 2**20, 1)
        (first,) = system.job_numbers()
        futures = [backend.submit_task(slow_double, number) for number in range(20)]
        wait(futures, LIMIT, return_when="FIRST_COMPLETED")
        system.kill(first)
        assert backend.client.gather(futures) == [2 * number for number in range(20)]
        backend.wait_for_workers(4, LIMIT)
        assert len(system.job_numbers()) == 2
        del futures
        wait_until(lambda: len(system.job_numbers()) == 1, LIMIT)
        wait_until(lambda: len(backend.scheduler_info["workers"]) == 2, LIMIT)


def limits_of_worker() -> tuple[int, int, float]:
    worker = get_worker()
    return worker.memory_manager.memory_limit, worker.state.nthreads, worker.lifetime  # type: ignore[return-value]


@IN_JOBS
def test_tasks_share_the_cpus_of_a_job(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    resources = {"number_of_threads": 5, "per_thread_memory_limit": "120 MiB"}
    for isolation in ("none", "process"):
        with make(resources=resources, tasks_per_worker=2, task_isolation=isolation) as backend:
            assert backend.submit_task(share_of_cpus).result(LIMIT) == (2, "2")
            assert list(backend.client.nthreads().values()) == [2]


def share_of_cpus(available_resources: QueueWorkerResources) -> tuple[int | None, str]:
    return available_resources.number_of_threads, os.environ["OMP_NUM_THREADS"]


def record_run(path: str, number: int) -> int:
    time.sleep(1)
    with open(path, "a") as file:
        file.write(f"{number}\n")
    return number


@ON_SOME
def test_workers_that_retire_lose_no_results_and_repeat_no_tasks(
    make: Make, tmp_path: Path
) -> None:
    # The bound holds for 90 tasks for each worker of 30 seconds, and for one worker, too; these
    # variables set others.
    workers = int(os.environ.get("CAMPAIGN_WORKERS", "2"))
    numbers = list(range(int(os.environ.get("CAMPAIGN_TASKS", "24")) * workers))
    lifetime = int(os.environ.get("CAMPAIGN_LIFETIME", "15"))
    runs = tmp_path / "runs"
    with make(
        minimum_number_of_workers=workers,
        allowed_failures=0,
        resources={"wallclock_time_limit": "00:02"},
        lifetime_margin=120 - lifetime,
        lifetime_stagger=1,
    ) as backend:
        backend.wait_for_workers(workers, LIMIT)
        first = set(backend.jobs)
        futures = [backend.submit_task(record_run, str(runs), number) for number in numbers]
        assert backend.client.gather(futures) == numbers
        wait_until(lambda: not first & set(backend.jobs), LIMIT)
        assert backend.client.gather(futures) == numbers
    assert len(runs.read_text().split()) <= len(numbers) * 96 / 90


@on_slurm
def test_memory_is_named_as_the_cause_of_a_lost_task(make: Make) -> None:
    with make(allowed_failures=0) as backend:
        future = backend.submit_task(use_memory)
        with pytest.raises(TaskLostError, match=r"of memory; its memory limit is 500.00 MiB; log "):
            future.result(LIMIT)


def use_memory() -> None:
    used = []
    while True:
        used.append(bytearray(10 * 2**20))
        time.sleep(0.01)


@only_on("slurm", "gridengine", "htcondor stand-in")
@pytest.mark.parametrize(
    "required", [pytest.param(False, id="goes on"), pytest.param(True, id="ends")]
)
def test_a_setup_command_that_fails_is_named(
    make: Make, caplog: pytest.LogCaptureFixture, tmp_path: Path, required: bool
) -> None:
    commands = ["module() { return 3; }", "module load 'no such'"]
    with make(
        setup_script_commands=commands, require_setup=required, log_directory=str(tmp_path / "logs")
    ) as backend:
        future = backend.submit_task(abs, -1)
        if required:
            with pytest.raises(BackendError, match=r"status 3 of \"module load 'no such'\""):
                future.result(2 * LIMIT)
        else:
            assert future.result(LIMIT) == 1
            words = "setup-script-commands failed: status 3 of \"module load 'no such'\" in "
            wait_until(lambda: any(words in text for text in caplog.messages), LIMIT)


@IN_JOBS
def test_the_error_of_a_killed_task_names_job_and_log(
    make: Make, system: System, tmp_path: Path
) -> None:
    with make(task_isolation="process", log_directory=str(tmp_path / "logs")) as backend:
        error = backend.submit_task(os._exit, 3).exception(LIMIT)
        (worker,) = backend.jobs
        assert isinstance(error, TaskProcessError)
        assert error.job == f"{backend.scheduler.title} job {backend.jobs[worker]}"
        if system.kind != "pbs":  # it delivers logs after the end
            assert error.log == backend.logs[worker]


#: Grid Engine tells it only later than an error waits; OpenLava has only the exit code.
ENDS = {
    "LSF": "TERM_OWNER", "OpenLava": "exit code", "PBS": "terminated by", "Slurm": "CANCELLED",
    "GridEngine": "", "OAR": "", "HTCondor": "via condor_rm",
}  # fmt: skip


@ON_ALL
def test_a_lost_task_tells_how_its_job_ended(make: Make, system: System) -> None:
    with make(allowed_failures=0, disable_nanny_process=True) as backend:
        future = backend.submit_task(time.sleep, 600)
        backend.wait_for_workers(1, LIMIT)
        wait_until(lambda: any(backend.client.processing().values()), LIMIT)
        system.kill(*backend.jobs.values())
        error = future.exception(LIMIT)
    assert isinstance(error, TaskLostError)
    (worker,) = error.workers
    assert ENDS[type(system).__name__] in worker.words


MEMORY_EXCEEDED = "memory usage exceeded request_memory"


@ON_HTCONDOR
@pytest.mark.parametrize(
    ("reason", "code"),
    [pytest.param(MEMORY_EXCEEDED, 34, id="memory"), pytest.param("by the admin", 1, id="user")],
)
def test_the_reason_of_a_hold_is_in_the_error_and_in_a_warning(
    make: Make, system: HTCondor, caplog: pytest.LogCaptureFixture, reason: str, code: int
) -> None:
    with make(allowed_failures=0) as backend:
        future = backend.submit_task(time.sleep, 600)
        backend.wait_for_workers(1, LIMIT)
        wait_until(lambda: any(backend.client.processing().values()), LIMIT)
        (held,) = backend.jobs.values()
        system.hold(held, reason, code)
        with pytest.raises(TaskLostError, match=re.escape(f"job {held} ended as Held ({reason})")):
            future.result(LIMIT)
        warning = f"HTCondor job {held} ended as Held ({reason}) after its worker had connected"
        wait_until(lambda: any(warning in text for text in caplog.messages), LIMIT)
        assert backend.submit_task(abs, -1).result(LIMIT) == 1
        assert held not in system.job_numbers()


@ON_HTCONDOR
def test_jobs_that_are_held_again_and_again_are_not_replaced_for_ever(
    make: Make, system: HTCondor
) -> None:
    with make() as backend:
        seen: set[str] = set()
        for _ in range(3):
            wait_until(
                lambda: backend.scheduler_info["workers"] and set(backend.jobs.values()) - seen,
                LIMIT,
            )
            (held,) = set(backend.jobs.values()) - seen
            seen.add(held)
            system.hold(held, MEMORY_EXCEEDED, 34)
        future = backend.submit_task(abs, -1)
        with pytest.raises(BackendError, match=r"like 2 before it .*per_thread_memory_limit"):
            future.result(LIMIT)
    assert system.job_numbers() == []


@ON_HTCONDOR
def test_a_job_that_matches_no_machine_is_reported_with_the_reason(make: Make) -> None:
    backend = make(resources={"per_thread_memory_limit": "900 GB"})
    words = r"waiting for \d+ s: Idle \(no match found\)"
    with backend, pytest.raises(BackendError, match=words):
        backend.wait_for_workers(1, 4)


@ON_HTCONDOR
@pytest.mark.parametrize("extra", ["requirements = (OpSysMajorVer == 9", "request_memory = 2048"])
def test_an_extra_option_that_is_rejected_is_named(make: Make, extra: str) -> None:
    backend = make(extra_script_options=[extra])
    with pytest.raises(BackendError, match=r"Check argument extra_script_options"):
        backend.start()


@IN_JOBS
def test_a_module_that_workers_lack_is_an_error_and_ends_no_job(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "missing_on_the_nodes.py").write_text("def double(number):\n    return 2 * number\n")
    monkeypatch.syspath_prepend(str(folder))
    module = importlib.import_module("missing_on_the_nodes")
    with make() as backend:
        future = backend.submit_task(module.double, 1)
        with pytest.raises(ModuleNotFoundError, match=r"'missing_on_the_nodes' on .*install it"):
            future.result(LIMIT)
        jobs = dict(backend.jobs)
        assert backend.submit_task(abs, -1).result(LIMIT) == 1
        assert backend.jobs == jobs


@ON_ALL
def test_a_job_that_ends_before_its_worker_connects_is_an_error(make: Make, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    backend = make(python="/nowhere/python", log_directory=str(logs), minimum_number_of_workers=3)
    with backend:
        future = backend.submit_task(abs, -1)
        with pytest.raises(BackendError, match="before its worker connected"):
            future.result(LIMIT)
        with pytest.raises(BackendError, match="/nowhere/python"):
            backend.submit_task(abs, -1)


@ON_SLURM
@pytest.mark.parametrize(
    ("launcher", "is_step"),
    [
        pytest.param("srun", True, id="srun"),
        pytest.param("srun --ntasks=1 --cpu-bind=none", True, id="options"),
        pytest.param("{folder}/mpirun -np 1", False, id="mpirun"),
    ],
)
def test_a_launcher_starts_the_worker_of_a_named_cluster(
    make: Make, tmp_path: Path, launcher: str, is_step: bool
) -> None:
    (tmp_path / "mpirun").write_text(MPIRUN)
    (tmp_path / "mpirun").chmod(0o755)
    ended = tmp_path / "ended"
    backend = make(
        name="simulation",
        worker_launcher=launcher.format(folder=tmp_path),
        setup_script_commands=[f"trap 'touch {ended}' EXIT"],
    )
    with backend:
        step = backend.submit_task(os.getenv, "SLURM_STEP_ID").result(LIMIT)
        assert (step == "0") is is_step
        assert set(backend.jobs) == {"simulation-0"}
        assert not ended.exists()
    wait_until(ended.exists, LIMIT)
