"""``job-script`` offline: no program, no connection, no file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dask_backend_config.backends.registry import BACKENDS, backend_class

QUEUES = [kind for kind in BACKENDS if kind != "local"]
#: Runs the command line, and ends it where it does what nobody asked for.
WATCHED = """\
import os, sys

FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system",
             "os.mkdir", "os.rename", "os.remove", "os.chmod", "tempfile.", "shutil.")

def watch(event, arguments):
    writes = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or event.startswith(FORBIDDEN) and event != "socket.gethostname":
        os.write(2, f"it did {event} {arguments}".encode())
        os._exit(99)

sys.addaudithook(watch)
sys.argv = ["dask-backend-config", *sys.argv[1:]]
sys.orig_argv = [sys.executable, *sys.argv]
from dask_backend_config.cli.main import main
main()
"""


@pytest.fixture
def job_script(home: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs ``job-script`` without any program on PATH and with a home that cannot be written."""
    nothing = tmp_path / "no programs"
    nothing.mkdir()

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        folders = [folder for folder in (home, *home.rglob("*")) if folder.is_dir()]
        before = sorted(home.rglob("*"))
        for folder in folders:
            folder.chmod(0o555)
        try:
            done = subprocess.run(
                [sys.executable, "-B", "-c", WATCHED, "job-script", *arguments],
                env={**os.environ, "PATH": str(nothing), **variables},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
            )
        finally:
            for folder in folders:
                folder.chmod(0o755)
        assert sorted(home.rglob("*")) == before and list(tmp_path.iterdir()) == [nothing]
        return done

    return run


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize("kind", QUEUES)
def test_the_script_of_each_kind_is_printed(kind: str, job_script: Run) -> None:
    done = job_script(kind)
    assert (done.returncode, done.stderr) == (0, "")
    backend: Any = backend_class(kind)()
    assert done.stdout == backend.job_script()
    assert done.stdout.endswith("\n") and not done.stdout.endswith("\n\n")


@pytest.mark.parametrize(
    "act",
    [
        pytest.param("open('x', 'w')", id="file"),
        pytest.param("os.mkdir('x')", id="folder"),
        pytest.param("import subprocess; subprocess.run(['true'])", id="program"),
        pytest.param("import socket; socket.socket().bind(('', 0))", id="port"),
    ],
)
def test_the_watch_would_see_it(act: str, tmp_path: Path) -> None:
    program = WATCHED.replace("from dask_backend_config.cli.main", f"{act}\nfrom nowhere")
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 99 and done.stderr.startswith("it did ")


def test_the_default_and_profiles_count(job_script: Run) -> None:
    variables = {
        "DASK_BACKENDS__DEFAULT": "small",
        "DASK_BACKENDS__PROFILES__SMALL": "{'backend': 'pbs', 'queue-name': 'tiny'}",
    }
    for arguments in ([], ["small"]):
        done = job_script(*arguments, **variables)
        assert "\n#PBS -q tiny\n" in done.stdout, done.stderr


def test_auto_is_the_scheduler_of_the_job_that_it_runs_in(job_script: Run) -> None:
    done = job_script(SLURM_JOB_ID="7")
    assert "\n#SBATCH --nodes=1\n" in done.stdout, done.stderr


def test_files_count(job_script: Run, user_folder: Path) -> None:
    (user_folder / "jobqueue.yaml").write_text("jobqueue:\n  lsf:\n    queue: night\n")
    (user_folder / "distributed.yaml").write_text("distributed:\n  worker:\n    daemon: true\n")
    done = job_script("lsf")
    assert "\n#BSUB -q night\n" in done.stdout, done.stderr
    assert done.stdout != job_script("lsf", DASK_DISTRIBUTED__WORKER__DAEMON="False").stdout


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        pytest.param(
            ["local"], {}, "a local backend has no job script: its workers are no jobs", id="local"
        ),
        pytest.param(
            ["slrum"],
            {},
            "unknown backend or profile 'slrum' (Did you mean slurm?)",
            id="unknown",
        ),
        pytest.param(
            ["slurm"],
            {"DASK_BACKENDS__SLURM__QUEUE_NAME": "12"},
            "DASK_BACKENDS__SLURM__QUEUE_NAME: backends.slurm.queue-name is 12: must be a text",
            id="wrong-value",
        ),
        pytest.param(
            ["slurm"],
            {"DASK_DISTRIBUTED__WORKER__X": "{1, 2}"},
            "DASK_DISTRIBUTED__WORKER__X: distributed.worker.x is {1, 2}: must be a string",
            id="cannot-be-sent",
        ),
        pytest.param(
            ["htcondor"],
            {"DASK_BACKENDS__JOBQUEUE__QUEUE_NAME": "night"},
            "queue-name is 'night': HTCondor has no queues",
            id="no-words-for-it",
        ),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    arguments: list[str], variables: dict[str, str], words: str, job_script: Run
) -> None:
    done = job_script(*arguments, **variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {words}")
    assert len(done.stderr.splitlines()) == 1


def test_where_dask_cannot_be_imported_the_file_is_named(
    job_script: Run, user_folder: Path
) -> None:
    (user_folder / "a.yaml").write_text("a: b: c\n")
    done = job_script("slurm")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ~/.config/dask/a.yaml:1:")
    assert len(done.stderr.splitlines()) == 1


def test_a_second_name_is_a_mistake_in_usage(job_script: Run) -> None:
    assert job_script("slurm", "lsf").returncode == 2
