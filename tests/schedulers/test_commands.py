"""Commands of schedulers: their output, and their time limit."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from dask_backend_config.schedulers import Output
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
