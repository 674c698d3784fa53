"""Setup commands that fail are named, by any shell, and do what they did without us."""

from __future__ import annotations

import logging
import shutil
import subprocess
from pathlib import Path

import pytest

from dask_backend_config import DaskSLURMBackend
from dask_backend_config.backends.jobqueue.setup_commands import (
    MARK,
    VARIABLE,
    describe_failure,
    watched,
)

from .conftest import wait_until
from .stand_in import StandIn

LIMIT = 40
SHELLS = [
    pytest.param(["bash"], id="bash"),
    pytest.param(["bash", "--posix"], id="posix"),
    pytest.param(
        ["dash"], id="dash", marks=pytest.mark.skipif(not shutil.which("dash"), reason="")
    ),
    pytest.param(["zsh"], id="zsh", marks=pytest.mark.skipif(not shutil.which("zsh"), reason="")),
]
END = f'echo "${{A-}} $PWD ${{B-unset}} $(env | grep -c {VARIABLE})"'


def run(
    shell: list[str], commands: list[str], required: bool = False, *, way: str = "-c"
) -> tuple[int, str, list[str]]:
    """Return exit status, output, and the failures in the log."""
    script = "\n".join([*watched(commands, required, f"#!/usr/bin/env {shell[0]}"), END])
    arguments, text = ([*shell, "-c", script], None) if way == "-c" else (shell, script)
    done = subprocess.run(arguments, input=text, capture_output=True, text=True, check=False)
    marked = [line for line in done.stderr.splitlines() if line.startswith(MARK)]
    failures = [describe_failure(line.removeprefix(MARK), commands) for line in marked]
    return done.returncode, done.stdout, failures


@pytest.mark.parametrize("way", ["-c", "stdin"])
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("commands", "failures"),
    [
        pytest.param(["A=1", "cd /", "export B=2"], [], id="nothing fails"),
        pytest.param(["no_such_command x", "A=1"], ["status 127 of 'no_such_command x'"], id="missing"),
        pytest.param(["set -u", "cd /no/such/folder"], ["cd /no/such/folder"], id="nounset"),
        pytest.param(["module() { return 3; }", "module load x"], ["bash: status 3 of 'module load x'"], id="function"),
        pytest.param(["cat > {folder}/a << X", "false", "X", ". {folder}/a"], ["bash: '. {folder}/a'"], id="sourced, here-document"),
        pytest.param(["if false; then", "  false", "elif ! true; then false", "fi"], [], id="condition"),
        pytest.param(["[ -d /no/such/folder ] && cd /no/such/folder", "false || true"], [], id="and, or"),
        pytest.param(["for x in 1 2; do", "  false", "done"], ["bash: status 1 of 'false'"] * 2, id="loop"),
        pytest.param(["true; false \\", "  || true", "grep -q x /dev/null"], ["bash: grep -q x"], id="continued"),
        pytest.param(["echo 'a", "false", "b'", "x=$(false)"], ["bash: 'x=$(false)'"], id="quoted"),
        pytest.param(["false # why", "# false", "", "test $? = 1"], ["false # why"], id="comments"),
        pytest.param(["trap 'echo bye' EXIT", "A=1"], [], id="own trap"),
    ],
)  # fmt: skip
def test_failed_commands_are_named_and_the_job_goes_on(
    shell: list[str], commands: list[str], failures: list[str], way: str, tmp_path: Path
) -> None:
    commands = [command.replace("{folder}", str(tmp_path)) for command in commands]
    plain = subprocess.run(
        [*shell, "-c", "\n".join([*commands, END])], capture_output=True, text=True
    )
    status, output, found = run(shell, commands, way=way)
    expected = [
        text.removeprefix("bash: ").replace("{folder}", str(tmp_path))
        for text in failures
        if shell[0] == "bash" or not text.startswith("bash: ")
    ]
    assert len(found) == len(expected), found
    assert all(part in text for part, text in zip(expected, found, strict=True))
    assert status == plain.returncode == 0
    number = str(bool(found) + 0)
    assert output == plain.stdout.replace(" 0\n", f" {number}\n") if "bye" not in output else True


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("commands", "required", "status", "failure"),
    [
        pytest.param(["no_such_command x", "echo on"], True, 127, "no_such_command x", id="required"),
        pytest.param(["f() { return 5; }", "f x || exit 7", "echo on"], False, 7, "status 7 of", id="exit"),
        pytest.param(["exit"], False, 0, "status 0 of", id="exit without failure"),
        pytest.param(["set -e", "false", "echo on"], False, 1, "status 1 of", id="errexit"),
    ],
)  # fmt: skip
def test_what_ends_the_job_is_named(
    shell: list[str], commands: list[str], required: bool, status: int, failure: str
) -> None:
    returned, output, failures = run(shell, commands, required)
    assert (returned, output) == (status, "")
    assert len(failures) == 1
    assert failure in failures[0]


def test_failures_of_the_worker_and_its_tasks_are_not_those_of_setup_commands() -> None:
    script = "\n".join([*watched(["true"], True, "#!/bin/bash"), "false", "exit 4"])
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (4, "")


def test_a_script_for_bash_runs_in_another_shell() -> None:
    script = "\n".join([*watched(["A=1"], True, "#!/bin/bash"), "echo $A"])
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_one_warning_names_command_job_and_log(
    slurm: StandIn, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    commands = ["cd /", "module() { return 3; }", "module load 'a  b'"]
    logs = str(tmp_path / "logs")
    with DaskSLURMBackend(
        setup_script_commands=commands, log_directory=logs, minimum_number_of_workers=2
    ) as backend:
        backend.wait_for_workers(2, LIMIT)
        assert backend.submit_task(abs, -1).result(LIMIT) == 1
        wait_until(lambda: any("require-setup" in text for text in caplog.messages), LIMIT)
    (warning,) = [record for record in caplog.records if "require-setup" in record.getMessage()]
    assert warning.levelno == logging.WARNING
    for part in (
        "setup-script-commands failed: status 3 of",
        "module load 'a  b'",
        "Slurm job ",
        logs,
    ):
        assert part in warning.getMessage()
