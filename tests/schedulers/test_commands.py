"""Commands of schedulers: their output, and their time limit."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dask_backend_config.schedulers import Output
from dask_backend_config.schedulers.late_submission import follow
from dask_backend_config.schedulers.run import COMMAND_NOT_FOUND, TIMED_OUT, run, run_all

#: Far more than any of the programs here takes, far less than those that hang.
PLENTY = 20.0
HANGS = 600
#: Says its process group's number, then hangs with a child.
WITH_CHILD = f"echo before; echo why >&2; sleep {HANGS} & echo $!; wait"


def sh(text: str) -> tuple[str, ...]:
    return ("sh", "-c", text)


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{number}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def gone(number: int, limit: float = PLENTY) -> bool:
    end = time.monotonic() + limit
    while is_running(number):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize(
    ("command", "stdin", "exit_code", "stdout", "stderr"),
    [
        pytest.param(sh("echo one; echo two >&2"), None, 0, "one\n", "two\n", id="both streams"),
        pytest.param(sh("echo no >&2; exit 188"), None, 188, "", "no\n", id="a failure"),
        pytest.param(
            sh("cat"), b"#!/bin/sh\necho job\n", 0, "#!/bin/sh\necho job\n", "", id="standard input"
        ),
        pytest.param(sh("cat"), None, 0, "", "", id="no standard input"),
        pytest.param(
            sh("true"), b"nobody reads this" * 100_000, 0, "", "", id="input that is not read"
        ),
        pytest.param(sh(r"printf 'a\377b'"), None, 0, "a\ufffdb", "", id="not UTF-8"),
        pytest.param(sh("kill -9 $$"), None, -9, "", "", id="a signal"),
        pytest.param(
            ("no-such-scheduler", "-v"),
            None,
            COMMAND_NOT_FOUND,
            "",
            "no-such-scheduler: command not found",
            id="missing",
        ),
        pytest.param(
            ("/",), None, COMMAND_NOT_FOUND, "", "/: Permission denied", id="not executable"
        ),
    ],
)
def test_output_of_a_command(
    command: tuple[str, ...], stdin: bytes | None, exit_code: int, stdout: str, stderr: str
) -> None:
    assert run(command, PLENTY, stdin) == Output(command, exit_code, stdout, stderr)


def test_a_command_is_told_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PWD", "/somewhere/else")
    monkeypatch.chdir(tmp_path)
    command = (sys.executable, "-c", "import os; print(os.environ['PWD'])")
    assert run(command, PLENTY).stdout == f"{tmp_path}\n"


def test_a_command_inherits_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_CONF", "/somewhere/slurm.conf")
    assert run(sh("echo $SLURM_CONF"), PLENTY).stdout == "/somewhere/slurm.conf\n"


def test_a_command_that_hangs_is_killed_with_its_children_and_its_output_is_kept() -> None:
    began = time.monotonic()
    output = run(sh(WITH_CHILD), 0.3)
    assert time.monotonic() - began < PLENTY
    before, child = output.stdout.split()
    assert (output.exit_code, before) == (TIMED_OUT, "before")
    assert output.stderr == "why\ntimed out after 0.3 s"
    assert output.message == "why timed out after 0.3 s"
    assert gone(int(child))


@contextlib.contextmanager
def of_another_user() -> Iterator[tuple[str, ...]]:
    """Yield a command that this process may not signal, as oarsub; an ordinary user runs it."""
    setpriv = shutil.which("setpriv")
    if os.getuid() or setpriv is None:
        pytest.skip("only root can install programs that run as another user, with setpriv")
    with tempfile.TemporaryDirectory() as folder:
        program = shutil.copy(setpriv, folder)
        Path(folder).chmod(0o755)
        Path(program).chmod(0o4755)
        os.setresuid(65534, 65534, 0)
        try:
            yield program, "--reuid=1", "--clear-groups", *sh(f"echo begun; exec sleep {HANGS}")
        finally:
            os.setresuid(0, 0, 0)


@contextlib.contextmanager
def not_permitted() -> Iterator[tuple[str, ...]]:
    """Yield a command that this process may not signal, as the system calls say."""

    def refuse(*_: object) -> None:
        raise PermissionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "killpg", refuse)
        yield sh(f"echo begun; exec sleep {HANGS}")


@pytest.mark.parametrize("unkillable", [of_another_user, not_permitted])
def test_a_command_that_cannot_be_killed_is_given_up_and_named(
    unkillable: Callable[[], contextlib.AbstractContextManager[tuple[str, ...]]],
) -> None:
    with unkillable() as command:
        began = time.monotonic()
        output = run(command, 2.0)
        took = time.monotonic() - began
    number = re.search(r"process (\d+) cannot be killed", output.message)
    assert number is not None, output
    os.kill(int(number[1]), signal.SIGKILL)
    assert (output.exit_code, output.stdout) == (TIMED_OUT, "begun\n")
    assert output.message == f"timed out after 2 s, and process {number[1]} cannot be killed"
    assert took < 4


def test_no_more_commands_are_started_than_can_be_left_behind() -> None:
    with not_permitted() as command:
        outputs = [run(command, 0.1) for _ in range(9)]
    numbers = re.findall(r"process (\d+)", " ".join(output.message for output in outputs))
    for number in numbers:
        os.kill(int(number), signal.SIGKILL)
    assert outputs[-1].message == "not started: 8 earlier ones have not ended"
    assert all(gone(int(number)) for number in numbers)
    assert run(sh("echo again"), PLENTY).stdout == "again\n"


SUBMITTED = r"submitted (?P<number>\d+)"


@pytest.mark.parametrize(
    ("submission", "cancelled"),
    [
        pytest.param("sleep 1; echo submitted 17; exit 9", "17\n", id="later"),
        pytest.param("echo submitted 17; echo and more; sleep 1", "17\n", id="before"),
        pytest.param(
            "sleep 1; echo it went wrong >&2; echo submitted 18", "18\n", id="with errors"
        ),
        pytest.param("(sleep 1; echo submitted 19) & exit 0", "19\n", id="a child"),
        pytest.param("sleep 1; echo submitted 0", "", id="no job"),
        pytest.param("sleep 1; echo no", "", id="rejected"),
    ],
)
def test_the_job_of_a_submission_that_took_too_long_is_cancelled(
    tmp_path: Path, submission: str, cancelled: str
) -> None:
    cancel = sh(f"echo $0 > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/cancelled")
    followers = []

    def leave(process: subprocess.Popen[bytes], printed: bytes) -> subprocess.Popen[bytes]:
        followers.append(follow(process, printed, HANGS, SUBMITTED, cancel))
        return followers[0]

    output = run(sh(submission), 0.5, follow=leave)
    assert output.exit_code == TIMED_OUT
    assert followers[0].wait(PLENTY) == 0
    path = tmp_path / "cancelled"
    assert (path.read_text() if path.exists() else "") == cancelled


def test_a_submission_that_never_ends_is_killed_in_the_end() -> None:
    followers = []

    def leave(process: subprocess.Popen[bytes], printed: bytes) -> subprocess.Popen[bytes]:
        followers.append(follow(process, printed, 0.2, SUBMITTED, ["false"]))
        return followers[0]

    run(sh(f"exec sleep {HANGS}"), 0.1, follow=leave)
    assert followers[0].wait(PLENTY) == 0


def test_a_submission_that_nothing_can_follow_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    command = sh(f"echo $$; exec sleep {HANGS}")
    output = run(command, 0.5, follow=lambda *given: follow(*given, HANGS, SUBMITTED, ["false"]))
    assert output.message == "timed out after 0.5 s"
    assert gone(int(output.stdout))


def test_a_deadline_may_come_before_the_limit() -> None:
    ends = time.monotonic() + 0.5
    output = run(sh(f"exec sleep {HANGS}"), HANGS, deadline=lambda: ends)
    assert re.fullmatch(r"timed out after \d\.\d s", output.message)


def test_a_command_that_hangs_without_output_times_out() -> None:
    assert run(sh(f"exec sleep {HANGS}"), 0.2).message == "timed out after 0.2 s"


def test_a_descendant_in_another_group_does_not_delay_the_timeout() -> None:
    leaves = f"import os, time; os.setsid(); print(os.getpid(), flush=True); time.sleep({HANGS})"
    began = time.monotonic()
    output = run((*sh('"$0" -c "$1" & wait'), sys.executable, leaves), 2.0)
    took = time.monotonic() - began
    os.kill(int(output.stdout), 9)
    assert output.exit_code == TIMED_OUT
    assert took < PLENTY


def test_a_command_does_not_receive_keyboard_interrupts() -> None:
    session = run((sys.executable, "-c", "import os; print(os.getsid(0))"), PLENTY).stdout
    assert int(session) != os.getsid(0)


def test_commands_run_at_the_same_time_and_return_in_order(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    # Each ends only when the other has begun.
    met = "touch {0}; until [ -e {1} ]; do sleep 0.01; done; echo {2}"
    commands = [sh(met.format(first, second, 1)), sh(met.format(second, first, 2))]
    outputs = run_all([*commands, ("no-such-scheduler",)], PLENTY)
    assert [output.stdout for output in outputs] == ["1\n", "2\n", ""]
    assert [output.exit_code for output in outputs] == [0, 0, COMMAND_NOT_FOUND]


@pytest.mark.parametrize(
    ("stdout", "stderr", "words"),
    [
        pytest.param("out\n", "no\n  such  queue\n", "no such queue", id="one line"),
        pytest.param("said\n", " \n", "said", id="stdout where stderr is empty"),
        pytest.param(
            "", "still trying\nstill trying\nno answer\n", "still trying no answer", id="once"
        ),
        pytest.param(
            "", "bsub: illegal option -- g\nUsage: bsub [-h]\n  [-q queue]\n",
            "bsub: illegal option -- g", id="without the usage",
        ),
        pytest.param("", "Error: no schedd\n\nExtra Info: You probably saw this\n", "Error: no schedd", id="without advice"),
        pytest.param("", "usage: showq [-s]\n", "usage: showq [-s]", id="usage alone"),
        pytest.param("", "", "", id="nothing"),
    ],
)  # fmt: skip
def test_the_message_is_one_line_without_repetitions(stdout: str, stderr: str, words: str) -> None:
    assert Output(("x",), 1, stdout, stderr).message == words


def test_no_commands_return_nothing() -> None:
    assert run_all([], PLENTY) == []


def test_an_interrupt_kills_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess

    pids: list[int] = []
    real = subprocess.Popen.communicate

    def interrupted(process: subprocess.Popen[bytes], *args: object, **options: object) -> object:
        if not pids:
            pids.append(process.pid)
            raise KeyboardInterrupt
        return real(process, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(sh(f"exec sleep {HANGS}"), PLENTY)
    assert gone(pids[0])
