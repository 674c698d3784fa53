"""Run the commands of schedulers, each with a time limit."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from .data_types import COMMAND_NOT_FOUND, TIMED_OUT, Output

#: Seconds to wait for the end of a command after it was killed.
_GRACE = 1.0
#: Seconds between two looks whether the deadline of a command has changed.
_INTERVAL = 0.1
#: Commands of one name that may be left running; after that, no more are started.
_LEFT_LIMIT = 8
#: What is left running: commands that cannot be killed, and those that others follow.
_left: list[subprocess.Popen[bytes]] = []

#: Takes a command that has not ended in time with what it printed; returns what follows it.
Follow = Callable[["subprocess.Popen[bytes]", bytes], "subprocess.Popen[bytes]"]


def run(
    command: Sequence[str],
    limit: float,
    stdin: bytes | None = None,
    unset: Collection[str] = (),
    follow: Follow | None = None,
    deadline: Callable[[], float] = lambda: math.inf,
) -> Output:
    """Run a command and return its output.

    Parameters
    ----------
    command : sequence of str
        The program, found on ``PATH``, and its arguments.
    limit : float
        Seconds. After that the command is killed, and all processes of its process group. If it
        runs as another user or hangs in the kernel, it is left running.
    stdin : bytes, optional
        Its standard input; empty by default.
    unset : collection of str
        Environment variables that it does not inherit. ``PWD``, where oarsub looks for its working
        directory, is set to that of this process, which `os.chdir` does not do.
    follow : callable, optional
        Called instead of killing the command, unless it raises `OSError`.
    deadline : callable, optional
        Returns the time (of `time.monotonic`) after which the command may not run any more, even if
        `limit` is not reached; asked repeatedly.

    Returns
    -------
    Output
        With the exit code `COMMAND_NOT_FOUND` if the program cannot be started, `TIMED_OUT` if it
        did not end in time. Bytes that are not UTF-8 are replaced.
    """
    words = tuple(command)
    if problem := _left_behind(words[0]):
        return Output(words, TIMED_OUT, stderr=problem)
    try:
        process = subprocess.Popen(  # noqa: S603 - the commands are those of schedulers
            words,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=_environment(unset),
        )
    except FileNotFoundError:
        return Output(words, COMMAND_NOT_FOUND, stderr=f"{words[0]}: command not found")
    except OSError as error:
        return Output(words, COMMAND_NOT_FOUND, stderr=f"{words[0]}: {error.strerror}")
    began = time.monotonic()
    try:
        stdout, stderr = _communicate(process, stdin, lambda: min(began + limit, deadline()))
    except subprocess.TimeoutExpired as error:
        stdout, stderr, left = _give_up(process, error.stdout or b"", error.stderr or b"", follow)
        after = min(limit, round(time.monotonic() - began, 1))
        before = stderr.rstrip() + b"\n" if stderr.strip() else b""
        stderr = before + f"timed out after {after:g} s{left}".encode()
        return Output(words, TIMED_OUT, _decode(stdout), _decode(stderr))
    except BaseException:
        _give_up(process, b"", b"", follow)
        raise
    return Output(words, process.returncode, _decode(stdout), _decode(stderr))


def run_all(commands: Sequence[Sequence[str]], limit: float) -> list[Output]:
    """Run commands at the same time and return their outputs in order; see `run`."""
    with ThreadPoolExecutor(len(commands) or 1) as pool:
        return list(pool.map(lambda command: run(command, limit), commands))


def _environment(unset: Collection[str]) -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if name not in unset}
    with suppress(OSError):  # the working directory was removed
        environ["PWD"] = os.getcwd()
    return environ


def _communicate(
    process: subprocess.Popen[bytes], stdin: bytes | None, deadline: Callable[[], float]
) -> tuple[bytes, bytes]:
    while True:
        rest = deadline() - time.monotonic()
        try:
            return process.communicate(stdin, timeout=max(0.0, min(_INTERVAL, rest)))
        except subprocess.TimeoutExpired:
            stdin = None  # it is passed once
            if rest <= _INTERVAL and time.monotonic() >= deadline():
                raise


def _give_up(
    process: subprocess.Popen[bytes], stdout: bytes, stderr: bytes, follow: Follow | None
) -> tuple[bytes, bytes, str]:
    """End a command or leave it running; return what it printed, and words about the latter."""
    if follow is not None:
        with suppress(OSError):
            _left.extend((process, follow(process, stdout)))
            return stdout, stderr, ""
    grace = _GRACE
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:  # it runs as another user
        grace = 0.0
    try:
        stdout, stderr = process.communicate(timeout=grace)
    except subprocess.TimeoutExpired as error:
        # It runs on, or a descendant in a process group of its own still has the pipes open.
        stdout, stderr = error.stdout or b"", error.stderr or b""
        for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
            pipe.close()
    if process.poll() is not None:
        return stdout, stderr, ""
    _left.append(process)
    return stdout, stderr, f", and process {process.pid} cannot be killed"


def _left_behind(program: str) -> str:
    """Return why a program is not started: too many of its processes are left running."""
    _left[:] = [process for process in _left if process.poll() is None]
    number = sum(process.args[0] == program for process in _left)  # type: ignore[index]
    return "" if number < _LEFT_LIMIT else f"not started: {number} earlier ones have not ended"


def _decode(printed: bytes) -> str:
    return printed.decode(errors="replace")
