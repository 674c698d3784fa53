"""Jobs of a running backend: accepted, rejected, cancelled; nothing is left behind."""

from __future__ import annotations

import copy
import importlib
import os
import re
import signal
import stat
import subprocess
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.config
import psutil
import pytest

from dask_backend_config import DaskSLURMBackend
from dask_backend_config.backends.certificates import temporary_certificate
from dask_backend_config.backends.jobqueue import config_transport, job_script, jobs
from dask_backend_config.backends.jobqueue.monitor import JobMonitor
from dask_backend_config.core.errors import BackendError, WriteError

from .conftest import Run, is_running, wait_until
from .stand_in import StandIn

#: Seconds for a worker to come, on a busy machine.
LIMIT = 30
REJECTED = "echo 'sbatch: error: invalid partition specified: nope' >&2; exit 1"
Make = Callable[..., DaskSLURMBackend]


@pytest.fixture
def make(slurm: StandIn) -> Iterator[Make]:
    """Return a function that makes backends with short intervals, and stop them at the end."""
    made: list[DaskSLURMBackend] = []

    def make(**arguments: Any) -> DaskSLURMBackend:
        quick = {"adaptive_interval": "100ms", "watch_interval": "50ms"}
        made.append(DaskSLURMBackend(**{**quick, **arguments}))
        return made[-1]

    yield make
    slurm.answer("scancel", "")
    for backend in made:
        backend.stop()


def listening() -> set[int]:
    process = psutil.Process()
    connections = getattr(process, "net_connections", None) or process.connections  # before 6.0
    return {found.laddr.port for found in connections() if found.status == psutil.CONN_LISTEN}


def private_files() -> list[Path]:
    """Return the files of certificates below the home of the test."""
    return sorted(path for path in Path.home().rglob("*") if "clusters" in path.parts)


@pytest.fixture
def nothing_left() -> Iterator[Callable[[], None]]:
    """Return a function that checks that no files, ports and threads were added."""
    importlib.import_module("dask_jobqueue")
    ports, threads = listening(), set(threading.enumerate())

    def check() -> None:
        assert private_files() == []
        wait_until(lambda: listening() <= ports)
        names = ("IO loop", "scheduler-command")
        wait_until(
            lambda: (
                not any(
                    thread.name.startswith(names) for thread in set(threading.enumerate()) - threads
                )
            )
        )

    return check


def test_a_rejection_is_an_error_with_the_output_of_slurm(
    slurm: StandIn, make: Make, nothing_left: Callable[[], None]
) -> None:
    slurm.answer("sbatch", REJECTED)
    backend = make(queue_name="nope", minimum_number_of_workers=3)
    began = time.monotonic()
    with pytest.raises(BackendError) as caught:
        backend.start()
    assert time.monotonic() - began < 5
    assert str(caught.value) == (
        "Slurm rejected the job: sbatch ended with exit code 1: sbatch: error: invalid partition "
        "specified: nope (Check argument queue_name ('nope'))"
    )
    assert not backend.started and len(slurm.calls("sbatch")) == 1
    assert slurm.calls("scancel") == []
    nothing_left()


@pytest.mark.parametrize(
    ("text", "words", "check"),
    [
        pytest.param(
            "jobqueue:\n  slurm:\n    cores: 36\n", "CPU count per node can not be satisfied",
            "Check jobqueue.slurm.cores (36, ~/.config/dask/jobqueue.yaml:3:12)", id="dask-jobqueue's key",
        ),
        pytest.param(
            "jobqueue: {slurm: {cores: 2,\n  job-cpu: 36}}\n", "CPU count per node can not be satisfied",
            "Check jobqueue.slurm.job-cpu (36, ~/.config/dask/jobqueue.yaml:2:12)", id="key of the site",
        ),
        pytest.param(
            "backends:\n  jobqueue: {queue-name: nosuch}\n", "invalid partition specified",
            "Check backends.jobqueue.queue-name ('nosuch', ~/.config/dask/jobqueue.yaml:2:26)",
            id="words without the name",
        ),
        pytest.param(
            "jobqueue: {slurm: {cores: 4, memory: 8 GB}}\n", "Requested node configuration is not available",
            "Check jobqueue.slurm.cores (4, ~/.config/dask/jobqueue.yaml:1:27) and "
            "jobqueue.slurm.memory ('8 GB', ~/.config/dask/jobqueue.yaml:1:38)", id="several keys",
        ),
        pytest.param(
            "backends: {slurm: {extra-script-options: [-p no]}}\n", "invalid partition specified: no",
            "Check backends.slurm.extra-script-options (['-p no'], ~/.config/dask/jobqueue.yaml:1:42)",
            id="extra option",
        ),
        pytest.param(
            "backends: {slurm: {resources-per-worker: {number-of-gpus: 1}}}\n", "Invalid generic resource (gres)",
            "Check backends.slurm.resources-per-worker.number-of-gpus (1, ~/.config/dask/jobqueue.yaml:1:59); "
            "if this site requests GPUs with another option, set gpu-directive", id="GPUs",
        ),
        pytest.param(
            "", "Invalid account or account/partition combination",
            "Check account in backends.slurm or backends.jobqueue", id="nothing set",
        ),
    ],
)  # fmt: skip
def test_a_rejection_names_the_key_that_the_user_set_its_value_and_place(
    slurm: StandIn, run_script: Run, user_folder: Path, text: str, words: str, check: str
) -> None:
    (user_folder / "jobqueue.yaml").write_text(text)
    slurm.answer("sbatch", f"echo 'sbatch: error: {words}' >&2; exit 1")
    done = run_script("""
        from dask_backend_config import BackendError, DaskSLURMBackend

        try:
            DaskSLURMBackend().start()
        except BackendError as error:
            print(error.hint)
    """)
    assert done.stdout == f"{check}\n", done.stderr


def test_a_rejection_names_a_value_that_was_set_for_a_while(slurm: StandIn, make: Make) -> None:
    slurm.answer("sbatch", REJECTED)
    with dask.config.set({"backends.slurm.queue-name": "nope"}):
        backend = make()
    with pytest.raises(BackendError, match=r"Check backends.slurm.queue-name \('nope', code\)"):
        backend.start()


def test_a_rejected_backend_can_be_started_again(slurm: StandIn, make: Make) -> None:
    slurm.answer("sbatch", REJECTED)
    backend = make()
    with pytest.raises(BackendError):
        backend.start()
    slurm.answer("sbatch", "")
    slurm.hold()
    with backend:
        assert slurm.states() == {"1": "PENDING"}
    assert slurm.states() == {"1": "CANCELLED"}


def test_a_missing_command_is_named(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nothing_left: Callable[[], None]
) -> None:
    backend = make()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackendError, match="exit code 127: sbatch: command not found"):
        backend.start()
    nothing_left()


def test_a_command_has_a_time_limit(
    slurm: StandIn, make: Make, nothing_left: Callable[[], None]
) -> None:
    slurm.answer("sbatch", "exec sleep 60")
    backend = make(command_timeout="300ms", minimum_number_of_workers=100)
    began = time.monotonic()
    with pytest.raises(BackendError, match=r"exit code 124: timed out after 0\.3 s"):
        backend.start()
    assert time.monotonic() - began < 5
    assert len(slurm.calls("sbatch")) == 1
    nothing_left()


def test_an_answer_without_a_number_is_quoted(slurm: StandIn, make: Make) -> None:
    slurm.answer("sbatch", "echo hello; exit 0")
    with pytest.raises(
        BackendError, match=r"Slurm accepted the job, but no job number in 'hello\\n'"
    ):
        make().start()


def test_an_error_at_start_leaves_nothing_behind(
    slurm: StandIn, make: Make, monkeypatch: pytest.MonkeyPatch, nothing_left: Callable[[], None]
) -> None:
    async def fail(self: JobMonitor) -> None:
        raise RuntimeError("an accident")

    slurm.hold()
    monkeypatch.setattr(JobMonitor, "start_checks", fail)
    with pytest.raises(BackendError, match=r"DaskSLURMBackend did not start: .*an accident"):
        make().start()
    nothing_left()


def test_one_command_cancels_all_waiting_jobs(
    slurm: StandIn, make: Make, nothing_left: Callable[[], None]
) -> None:
    slurm.hold()
    with make(minimum_number_of_workers=5) as backend:
        wait_until(lambda: len(backend.jobs) == 5)
    (words,) = slurm.calls("scancel")
    assert sorted(words.split()) == ["1", "2", "3", "4", "5"]
    assert set(slurm.states().values()) == {"CANCELLED"}
    assert backend.jobs == {}
    nothing_left()


def test_a_command_cancels_a_limited_number_of_jobs(
    slurm: StandIn, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_CANCELLED_AT_ONCE", 2)
    slurm.hold()
    with make(minimum_number_of_workers=5) as backend:
        wait_until(lambda: len(backend.jobs) == 5)
    assert sorted(len(words.split()) for words in slurm.calls("scancel")) == [1, 2, 2]
    assert set(slurm.states().values()) == {"CANCELLED"}


def test_an_error_names_jobs_that_could_not_be_cancelled(
    slurm: StandIn, make: Make, nothing_left: Callable[[], None]
) -> None:
    slurm.hold()
    slurm.answer("scancel", "echo 'scancel: error: Kill job error' >&2; exit 1")
    backend = make(minimum_number_of_workers=2)
    backend.start()
    wait_until(lambda: len(backend.jobs) == 2)
    with pytest.raises(BackendError) as caught:
        backend.stop()
    words = str(caught.value)
    assert "jobs still run: scancel ended with exit code 1: scancel: error: Kill" in words
    assert "(Run: scancel 1 2)" in words or "(Run: scancel 2 1)" in words
    nothing_left()
    backend.stop()


def test_with_a_minimum_of_zero_a_task_requests_a_worker_at_once(
    slurm: StandIn, make: Make
) -> None:
    slurm.hold()
    with make(minimum_number_of_workers=0, adaptive_interval="1 hour") as backend:
        assert slurm.calls("sbatch") == []
        future = backend.submit_task(abs, -1)
        wait_until(lambda: slurm.states() == {"1": "PENDING"})
        assert not future.done()
    assert slurm.states() == {"1": "CANCELLED"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_certificates_are_private_and_removed_at_stop(
    slurm: StandIn, make: Make, nothing_left: Callable[[], None]
) -> None:
    slurm.hold()
    with make() as backend:
        (folder,) = [path for path in private_files() if path.name.startswith("dask-backend-")]
        assert mode(folder) == 0o700
        files = {path.name: path for path in folder.iterdir()}
        assert files.keys() == {"certificate.pem", "key.pem", "owner"}
        assert {mode(path) for path in files.values()} == {0o600}
        assert backend.cluster.scheduler_address.startswith("tls://")
        script = slurm.script()
        assert f"--tls-key {files['key.pem']}" in script and "PRIVATE" not in script
        key = files["key.pem"].read_text().splitlines()[1]
        assert key not in script
    nothing_left()


def test_the_folder_for_certificates_is_configurable(
    slurm: StandIn, make: Make, tmp_path: Path
) -> None:
    slurm.hold()
    shared = tmp_path / "shared by all"
    with make(shared_temp_directory=str(shared)):
        (folder,) = shared.iterdir()
        assert f"--tls-ca-file '{folder}/certificate.pem'" in slurm.script()
        assert private_files() == []
    assert not shared.exists()


def test_a_warning_explains_security_false(slurm: StandIn, make: Make) -> None:
    slurm.hold()
    backend = make(security=False)
    assert "tls" not in backend.job_script()
    with pytest.warns(UserWarning, match="DaskSLURMBackend: security is false: anyone on the"):
        backend.start()
    assert backend.cluster.scheduler_address.startswith("tcp://")
    assert "tls" not in slurm.script() and private_files() == []


def test_configured_certificates_are_used(slurm: StandIn, make: Make, tmp_path: Path) -> None:
    certificate, key = temporary_certificate()
    files = {"ca-file": certificate}
    for role in ("scheduler", "worker", "client"):
        files |= {f"{role}.cert": certificate, f"{role}.key": key}
    said = {}
    for name, text in files.items():
        path = tmp_path / f"{name}.pem"
        path.write_text(text)
        said[f"distributed.comm.tls.{name}"] = str(path)
    slurm.hold()
    with dask.config.set(said), make() as backend:
        assert backend.cluster.scheduler_address.startswith("tls://")
        assert private_files() == []
        script = slurm.script()
    for option, name in {"ca-file": "ca-file", "cert": "worker.cert", "key": "worker.key"}.items():
        assert f" --tls-{option} {tmp_path}/{name}.pem" in script


def test_a_large_configuration_is_a_file_beside_the_certificates(
    slurm: StandIn, make: Make, nothing_left: Callable[[], None]
) -> None:
    slurm.hold()
    said = {"distributed.nanny.environ": {"LARGE": "x" * 50_000}}
    with dask.config.set(said), make():
        (file,) = [path for path in private_files() if path.name == config_transport.SNIPPET]
        assert mode(file) == 0o600
        script = slurm.script()
        assert f"\n. {file}\n" in script and len(script) < 4000
        assert f"export {config_transport.VARIABLE}=" in file.read_text()
    nothing_left()


@pytest.mark.parametrize(
    "file",
    [
        pytest.param("", id="defaults"),
        pytest.param("{connect-timeout: 60s, transition-log-length: 5}", id="old-names"),
        pytest.param("distributed: {comm: {timeouts: {connect: 60s}}}", id="new-name"),
        pytest.param("distributed: {nanny: {environ: {X: '" + 3000 * "x" + "'}}}", id="large"),
        pytest.param("backends: {jobqueue: {log-directory: logs, interface: lo}}", id="logs"),
    ],
)
def test_job_script_prints_what_is_submitted(
    slurm: StandIn, run_script: Run, user_folder: Path, file: str
) -> None:
    (user_folder / "a.yaml").write_text(file)
    slurm.hold()
    started = run_script("""
        from dask_backend_config import DaskSLURMBackend

        with DaskSLURMBackend():
            pass
    """)
    assert started.returncode == 0, started.stderr
    submitted = re.sub(r"tls://[\d.]+:\d+", job_script.ADDRESS, slurm.script())
    submitted = submitted.replace("DaskSLURMBackend-0", job_script.NAME)
    submitted = re.sub(r"\S+/clusters/[^/]+/", "<private-folder>/", submitted)
    # Here, nothing has imported distributed, which renames keys.
    printed = run_script("""
        import sys
        from dask_backend_config.cli.main import main

        sys.argv = ["dask-backend-config", "job-script", "slurm"]
        main()
    """)
    assert printed.stdout == submitted, printed.stderr


def test_job_script_names_configured_certificates() -> None:
    said = {
        f"distributed.comm.tls.{name}": f"/c/{name}.pem"
        for name in ("ca-file", *(f"{r}.cert" for r in ("scheduler", "worker", "client")))
    }
    with dask.config.set(said):
        script = DaskSLURMBackend().job_script()
    assert " --tls-ca-file /c/ca-file.pem --tls-cert /c/worker.cert.pem" in script
    assert "<private-folder>" not in script


def test_the_folder_for_logs_is_created(slurm: StandIn, make: Make, tmp_path: Path) -> None:
    slurm.hold()
    with make(log_directory="logs/of/today"):
        assert (tmp_path / "logs" / "of" / "today").is_dir()
        assert f"--output={tmp_path}/logs/of/today/dask-worker-%j.out" in slurm.script()


def test_a_folder_that_cannot_be_created_is_an_error_before_the_start(
    slurm: StandIn, make: Make, tmp_path: Path, nothing_left: Callable[[], None]
) -> None:
    (tmp_path / "file").touch()
    for name in ("log_directory", "shared_temp_directory"):
        with pytest.raises(WriteError, match=r"file/below: .* cannot be created"):
            make(**{name: str(tmp_path / "file" / "below")}).start()
    assert slurm.calls("sbatch") == []
    nothing_left()


def test_start_and_stop_change_neither_configuration_nor_environment(
    slurm: StandIn, make: Make
) -> None:
    importlib.import_module("dask_jobqueue")
    slurm.hold()
    said = {
        "jobqueue.slurm.job-extra-directives": ["--exclusive"],
        "jobqueue.slurm.scheduler-options": {"port": 0},
        "jobqueue.slurm.worker-extra-args": ["--resources", "a=1"],
    }
    with dask.config.set(said):
        before = copy.deepcopy(dask.config.config), dict(os.environ)
        backend = make(interface="lo", minimum_number_of_workers=2)
        for _ in range(2):
            backend.start()
            wait_until(lambda: len(backend.jobs) == 2)
            backend.stop()
        assert (dask.config.config, dict(os.environ)) == before
    assert {script.count("--exclusive") for script in map(slurm.script, "1234")} == {1}


def test_a_job_runs_tasks_and_ends_with_the_backend(slurm: StandIn, make: Make) -> None:
    with make(minimum_number_of_workers=0, adaptive_interval="1 hour") as backend:
        pid = backend.submit_task(os.getpid).result(LIMIT)
        assert is_running(pid)
        environ = backend.submit_task(os.getenv, "SLURM_JOB_ID").result(LIMIT)
        assert [environ] == list(backend.jobs.values()) == list(slurm.states())
        for _ in range(2):
            asked = len(slurm.calls("squeue"))
            backend.submit_task(time.sleep, 0.2).result(LIMIT)  # several intervals of the monitor
        assert len(slurm.calls("squeue")) == asked, "no command asks about connected workers"
    wait_until(lambda: not is_running(pid))
    assert private_files() == []


UNSTOPPED = """
    from dask_backend_config import DaskSLURMBackend

    backend = DaskSLURMBackend(minimum_number_of_workers=2)
    backend.start()
    print(len(backend.jobs) > 0)
"""


def test_a_script_that_forgets_to_stop_leaves_nothing_behind(
    slurm: StandIn, run_script: Run, home: Path
) -> None:
    slurm.hold()
    done = run_script(UNSTOPPED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
    assert set(slurm.states().values()) == {"CANCELLED"}
    left = sorted(path for path in home.rglob("*"))
    assert left == [], "neither certificates nor dask-jobqueue's jobqueue.yaml"


LATE = "mkdir $folder/jobs/7; echo 'Submitted batch job 7'; {}"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(LATE.format("echo 'no answer' >&2; exit 9"), id="fails"),
        pytest.param("sleep 1.5; " + LATE.format("exit 0"), id="too-late"),
    ],
)
def test_a_job_of_a_submission_that_failed_is_cancelled(
    slurm: StandIn, make: Make, nothing_left: Callable[[], None], answer: str
) -> None:
    slurm.answer("sbatch", answer)
    with pytest.raises(
        BackendError, match=r"exit code (9: no answer; it submitted job 7|124: timed out)"
    ):
        make(command_timeout="700ms").start()
    wait_until(lambda: "7" in slurm.calls("scancel"))
    assert slurm.states() == {"7": "CANCELLED"}
    nothing_left()


def test_a_job_that_cannot_be_cancelled_does_not_hide_the_rejection(
    slurm: StandIn, make: Make, caplog: pytest.LogCaptureFixture, nothing_left: Callable[[], None]
) -> None:
    slurm.answer("sbatch", LATE.format("echo 'no answer' >&2; exit 9"))
    slurm.answer("scancel", "echo 'not now' >&2; exit 1")
    with pytest.raises(BackendError, match="Slurm rejected the job: sbatch ended with exit code 9"):
        make().start()
    line = caplog.records[-1].getMessage()
    assert "jobs still run: scancel ended with exit code 1: not now (Run: scancel 7)" in line
    assert slurm.calls("scancel") == ["7"]
    nothing_left()


ENDED = """
    import asyncio, signal, sys, time
    from dask_backend_config import DaskSLURMBackend

    def run(backend):
        print(flush=True)
        backend.start()
        print(flush=True)
        time.sleep(600)

    async def run_asynchronous(backend):
        print(flush=True)
        async with backend:
            print(flush=True)
            await asyncio.sleep(600)

    if __name__ == "__main__":
        if sys.argv[1] == "asynchronous":
            asyncio.run(run_asynchronous(DaskSLURMBackend(asynchronous=True)))
        run(DaskSLURMBackend(minimum_number_of_workers=2))
"""


@pytest.mark.parametrize(
    ("number", "when", "form"),
    [
        pytest.param(signal.SIGTERM, "waits", "blocking", id="SIGTERM-waits"),
        pytest.param(signal.SIGTERM, "submits", "blocking", id="SIGTERM-submits"),
        pytest.param(signal.SIGTERM, "hangs", "asynchronous", id="SIGTERM-hangs-asynchronous"),
        pytest.param(signal.SIGTERM, "waits", "asynchronous", id="SIGTERM-waits-asynchronous"),
        pytest.param(signal.SIGHUP, "waits", "blocking", id="SIGHUP-waits"),
        pytest.param(signal.SIGINT, "waits", "blocking", id="SIGINT-waits"),
        pytest.param(signal.SIGINT, "submits", "blocking", id="SIGINT-submits"),
        pytest.param(signal.SIGINT, "hangs", "blocking", id="SIGINT-hangs"),
    ],
)
def test_a_signal_ends_the_jobs_of_its_client(
    slurm: StandIn,
    script: Callable[..., list[str]],
    home: Path,
    number: signal.Signals,
    when: str,
    form: str,
) -> None:
    slurm.hold()
    slurm.answer("sbatch", {"waits": "", "submits": "sleep 0.5", "hangs": "sleep 4"}[when])
    with subprocess.Popen(
        script(ENDED, form), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        client.stdout.readline()
        if when == "waits":
            client.stdout.readline()
        else:
            wait_until(lambda: bool(slurm.calls("sbatch")), LIMIT)
        client.send_signal(number)
        _, errors = client.communicate(timeout=LIMIT)
    assert client.returncode == -number
    assert number == signal.SIGINT or errors == ""
    wait_until(lambda: bool(slurm.states()) and set(slurm.states().values()) == {"CANCELLED"})
    assert [path for path in home.rglob("*") if path.is_file()] == []


OWN_HANDLER = """
    import os, signal, sys
    from dask_backend_config import DaskSLURMBackend

    signal.signal(signal.SIGTERM, lambda *_: sys.exit("own"))
    if __name__ == "__main__":
        with DaskSLURMBackend():
            assert signal.getsignal(signal.SIGHUP) != signal.SIG_DFL
            child = os.fork()
            if not child:
                os.kill(os.getpid(), signal.SIGHUP)
            assert os.waitpid(child, 0)[1] == signal.SIGHUP
            print(open(os.environ["CALLS"]).read().count("scancel"))
            os.kill(os.getpid(), signal.SIGTERM)
"""


def test_signals_of_the_program_and_of_its_children_are_left_alone(
    slurm: StandIn, run_script: Run
) -> None:
    slurm.hold()
    done = run_script(OWN_HANDLER, CALLS=str(slurm.folder / "calls"))
    assert (done.returncode, done.stdout, done.stderr) == (1, "0\n", "own\n")
    assert slurm.states() == {"1": "CANCELLED"}


def test_the_handling_of_signals_is_restored(slurm: StandIn, make: Make) -> None:
    slurm.hold()
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    with make(), make():
        pass
    assert [signal.getsignal(number) for number in numbers] == before


KILLED = """
    import time
    from dask_backend_config import DaskSLURMBackend

    if __name__ == "__main__":
        backend = DaskSLURMBackend()
        backend.start()
        backend.wait_for_workers(1, 30)
        print(flush=True)
        time.sleep(600)
"""


def test_a_worker_ends_when_its_client_is_killed(
    slurm: StandIn, script: Callable[..., list[str]], tmp_path: Path
) -> None:
    with (tmp_path / "log").open("w") as log:
        client = subprocess.Popen(script(KILLED), stdout=subprocess.PIPE, stderr=log)
    try:
        assert client.stdout is not None and client.stdout.readline() == b"\n"
        worker = psutil.Process(slurm.pid())
        family = [worker, *worker.children(recursive=True)]
        assert len(family) >= 2, "a nanny and its worker"
        client.send_signal(signal.SIGKILL)
        wait_until(lambda: not any(is_running(process.pid) for process in family), LIMIT)
    finally:
        client.kill()
        client.communicate()


def test_start_and_stop_raise_no_warnings(slurm: StandIn, make: Make) -> None:
    slurm.hold()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with make():
            pass
    assert [str(warning.message) for warning in caught] == []
