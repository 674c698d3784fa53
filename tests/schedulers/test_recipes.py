"""The programs in the recipes run on their scheduler."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dask_backend_config import BackendError, DaskSLURMBackend
from dask_backend_config.backends.registry import backend_class
from tests.backends.conftest import wait_until
from tests.docs.pages import DOCS, blocks_of

from .systems import System

RECIPES = {
    "slurm": "slurm", "sge": "gridengine", "oar": "oar", "pbs": "pbs", "lsf": "lsf",
}  # fmt: skip
#: Seconds for a program that waits for jobs.
LIMIT = 90
#: For what is the same on all schedulers, or on pages about Slurm only.
ON_SLURM = pytest.mark.parametrize(
    "running_system",
    [pytest.param("slurm", marks=pytest.mark.xdist_group("slurm"))],
    indirect=True,
)


def blocks(page: str, language: str) -> list[str]:
    found = blocks_of(DOCS / "recipes" / f"{page}.md")
    return [block.text for block in found if block.language == language]


def block(page: str, language: str, words: str) -> str:
    (found,) = [text for text in blocks(page, language) if words in text]
    return found


def run(command: list[str], **variables: str) -> str:
    """Return what a program prints in an environment with the scheduler."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def test_the_smallest_program(system: System) -> None:
    smallest, _ = blocks(RECIPES[system.kind], "python")
    assert run([sys.executable, "-c", smallest]) == "49\n"
    wait_until(lambda: not system.job_numbers(), 30)


def test_the_program_with_environment_variables(system: System) -> None:
    page = RECIPES[system.kind]
    (exports,) = blocks(page, "sh")
    smallest = blocks(page, "python")[0].replace(f'get_backend("{system.kind}")', "get_backend()")
    command = f"{exports}\n{shlex.join([sys.executable, '-c', smallest])}"
    assert run(["bash", "-c", command]) == "49\n"


def test_the_program_with_arguments(system: System) -> None:
    _, code = blocks(RECIPES[system.kind], "python")
    head, last = code.rstrip().rsplit("\n", 1)
    assert last == "print(backend.job_script())"
    task = "with backend:\n    print(backend.submit_task(sum, [1, 2, 3]).result())\n"
    assert run([sys.executable, "-c", f"{head}\n{task}"]) == "6\n"


def test_the_error_for_an_unknown_queue_is_on_the_page(system: System) -> None:
    page = RECIPES[system.kind]
    text = (DOCS / "recipes" / f"{page}.md").read_text()
    named = re.search(r"With the (?:queue|partition) `(\w+)`:", text)
    assert named
    made = backend_class(system.kind)(queue_name=named[1])  # type: ignore[call-arg]
    with pytest.raises(BackendError) as caught:
        made.start()
    expected = " ".join(block(page, "text", "exit code").split())
    message = re.compile(r"\w+ ended with exit code \d+: .*?(?= \()")
    assert message.findall(str(caught.value)) == message.findall(expected) != []
    assert f"Check argument queue_name ('{named[1]}')" in str(caught.value)


@ON_SLURM
def test_workers_in_an_image(system: System, home: Path) -> None:
    """Replace apptainer by a program that runs this Python without an image."""
    script = block("containers", "sh", "apptainer exec")
    program(home / "bin", "python-in-image.sh", script)
    log = home / "asked"
    program(
        home / "programs",
        "apptainer",
        f'#!/bin/sh\necho "$@" >>{log}\nwhile [ "$1" != python ]; do shift; done\n'
        f'shift\nexec {shlex.quote(sys.executable)} "$@"\n',
    )
    (home / ".config" / "dask").mkdir(parents=True)
    configured = next(text for text in blocks("containers", "yaml") if "python-in-image" in text)
    (home / ".config" / "dask" / "backends.yaml").write_text(configured)
    path = os.pathsep.join([str(home / "programs"), os.environ["PATH"]])
    assert run([sys.executable, "-c", blocks("slurm", "python")[0]], PATH=path) == "49\n"
    asked = log.read_text()
    image = home / "images" / "science.sif"
    assert asked.startswith(f"exec --bind /scratch {image} python -m distributed.cli.dask_worker ")


def submit_analysis(system: System, home: Path, folder: Path, script: str, command: str) -> str:
    """Follow the recipe and return the result."""
    program(home / "programs", "python", f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    # A site's profile sets these, too. Grid Engine would use the real home directory.
    variables = {
        **{name: os.environ[name] for name in (*system.environ, "HOME", "DASK_ROOT_CONFIG")},
        "PATH": os.pathsep.join([str(home / "programs"), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    lines = [f"export {name}={shlex.quote(text)}" for name, text in variables.items()]
    program(home / "envs" / "science" / "bin", "activate", "\n".join(lines))
    (folder / "analysis.py").write_text(block("job-as-client", "python", "get_backend"))
    (folder / "analysis.sh").write_text(script.replace("~", str(home)))
    run(["bash", "-c", command])
    wait_until(lambda: not system.job_numbers(), LIMIT)
    return (folder / "result.txt").read_text()


def test_a_program_in_a_job(system: System, home: Path, tmp_path: Path) -> None:
    script = block("job-as-client", "sh", f"DEFAULT={system.kind}\n")
    text = (DOCS / "recipes" / "job-as-client.md").read_text()
    _, _, behind = text.partition(script)
    submitted = re.search(r"`([^`]+)` submits it", behind)
    assert submitted
    assert submit_analysis(system, home, tmp_path, script, submitted[1]) == "285\n"


@ON_SLURM
def test_a_program_in_a_job_with_its_workers(system: System, home: Path, tmp_path: Path) -> None:
    script = block("job-as-client", "sh", "DEFAULT=local\n")
    assert submit_analysis(system, home, tmp_path, script, "sbatch analysis.sh") == "285\n"


@ON_SLURM
def test_the_error_of_a_failed_setup_quotes_the_log(system: System) -> None:
    shown = " ".join(block("conda-and-modules", "text", "EnvironmentNameNotFound").split())
    setup = ["echo 'EnvironmentNameNotFound: no environment' >&2", "exit 1"]
    with (
        DaskSLURMBackend(setup_script_commands=setup, watch_interval="1s") as backend,
        pytest.raises(BackendError) as caught,
    ):
        backend.submit_task(abs, -1).result(LIMIT)
    for part in ("FAILED (NonZeroExitCode)", "setup-script-commands", "EnvironmentNameNotFound:"):
        assert part in str(caught.value)
        assert part in shown
