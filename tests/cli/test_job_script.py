"""``job-script`` offline: no program, no connection, no file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dask_backend_config.backends.registry import backend_class

#: Runs the command line; exits 99 if it opens a connection, starts a program or writes a file.
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
from _dask_backend_config_cli import main
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


@pytest.mark.parametrize("kind", ["slurm", "htcondor"])
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
def test_the_audit_hook_catches(act: str, tmp_path: Path) -> None:
    program = WATCHED.replace("from _dask_backend_config_cli", f"{act}\nfrom nowhere")
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 99 and done.stderr.startswith("it did ")


def test_the_default_and_a_profile_are_used(job_script: Run) -> None:
    variables = {
        "DASK_BACKENDS__DEFAULT": "small",
        "DASK_BACKENDS__PROFILES__SMALL": "{'backend': 'pbs', 'queue-name': 'tiny'}",
    }
    for arguments in ([], ["small"]):
        done = job_script(*arguments, **variables)
        assert "\n#PBS -q tiny\n" in done.stdout, done.stderr


GROUPS = {
    "DASK_BACKENDS__SLURM__QUEUE_NAME": "main",
    "DASK_BACKENDS__SLURM__WORKER_GROUPS": "{'cpu': None, 'big_mem': {'queue-name': 'big'}}",
    "DASK_BACKENDS__PROFILES__NIGHT": "{'backend': 'slurm', 'worker-groups': {'cpu': {'queue-name': 'low'}}}",
}


@pytest.mark.parametrize(
    ("arguments", "queue", "is_noted"),
    [
        pytest.param(["slurm"], "main", True, id="the-first"),
        pytest.param(["slurm", "--group", "cpu"], "main", False, id="all-defaults"),
        pytest.param(["slurm", "--group=big-mem"], "big", False, id="own-queue"),
        pytest.param(["slurm", "--group=big_mem"], "big", False, id="other-spelling"),
        pytest.param(["night", "--group", "cpu"], "low", False, id="profile"),
    ],
)
def test_a_worker_group_has_its_own_script(
    job_script: Run, arguments: list[str], queue: str, is_noted: bool
) -> None:
    done = job_script(*arguments, **GROUPS)
    assert f"\n#SBATCH --partition={queue}\n" in done.stdout, done.stderr
    note = "This is worker group cpu, the first of cpu, big-mem (see --group)\n"
    assert done.stderr == note * is_noted


def test_the_scripts_of_groups_differ_in_their_options_only(job_script: Run) -> None:
    plain, cpu = (job_script("slurm", **variables).stdout for variables in ({}, GROUPS))
    assert cpu.replace("#SBATCH --partition=main\n", "").splitlines()[:9] == plain.splitlines()[:9]


def test_auto_is_the_scheduler_of_the_surrounding_job(job_script: Run) -> None:
    done = job_script(SLURM_JOB_ID="7")
    assert "\n#SBATCH --nodes=1\n" in done.stdout, done.stderr


def test_files_are_used(job_script: Run, user_folder: Path) -> None:
    (user_folder / "jobqueue.yaml").write_text("jobqueue:\n  lsf:\n    queue: night\n")
    (user_folder / "distributed.yaml").write_text("distributed:\n  worker:\n    daemon: true\n")
    done = job_script("lsf")
    assert "\n#BSUB -q night\n" in done.stdout, done.stderr
    assert done.stdout != job_script("lsf", DASK_DISTRIBUTED__WORKER__DAEMON="False").stdout


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        pytest.param(["local"], {}, "local", id="local"),
        pytest.param(["slrum"], {}, "'slrum'", id="unknown"),
        pytest.param(
            ["slurm", "--group", "bigmem"],
            GROUPS,
            "--group is 'bigmem': must be one of cpu, big-mem; did you mean big-mem?",
            id="unknown-group",
        ),
        pytest.param(
            ["slurm", "--group", "x"],
            GROUPS,
            "'x': must be one of cpu, big-mem",
            id="no-such-group",
        ),
        pytest.param(
            ["pbs", "--group", "gpu"], {}, "this backend has no worker groups", id="no-groups"
        ),
        pytest.param(
            ["slurm", "--group", "gpu"],
            {"DASK_BACKENDS__SLURM__WORKER_GROUPS__GPU__QUEUE_NAME": "12"},
            "DASK_BACKENDS__SLURM__WORKER_GROUPS__GPU__QUEUE_NAME",
            id="wrong-value-in-a-group",
        ),
        pytest.param(
            ["slurm"],
            {"DASK_BACKENDS__SLURM__QUEUE_NAME": "12"},
            "DASK_BACKENDS__SLURM__QUEUE_NAME",
            id="wrong-value",
        ),
        pytest.param(
            ["slurm"],
            {"DASK_DISTRIBUTED__WORKER__X": "{1, 2}"},
            "DASK_DISTRIBUTED__WORKER__X",
            id="not-serialisable",
        ),
        pytest.param(
            ["htcondor"],
            {"DASK_BACKENDS__JOBQUEUE__QUEUE_NAME": "night"},
            "'night'",
            id="no-queues",
        ),
    ],
)
def test_an_error_is_one_line(
    arguments: list[str], variables: dict[str, str], words: str, job_script: Run
) -> None:
    done = job_script(*arguments, **variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_breaks_dask_is_named(job_script: Run, user_folder: Path) -> None:
    (user_folder / "a.yaml").write_text("a: b: c\n")
    done = job_script("slurm")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ~/.config/dask/a.yaml:1:")
    assert len(done.stderr.splitlines()) == 1


def test_a_second_name_is_a_usage_error(job_script: Run) -> None:
    assert job_script("slurm", "lsf").returncode == 2
