"""Run the commands of schedulers, each with a time limit."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from .data_types import COMMAND_NOT_FOUND, TIMED_OUT, Output

#: Seconds to wait for the output of a command after it was killed.
_GRACE = 1.0


def run(
    command: Sequence[str],
    limit: float,
    stdin: bytes | None = None,
    unset: Collection[str] = (),
) -> Output:
    """Run a command and return its output.

    Parameters
    ----------
    command : sequence of str
        The program, found on ``PATH``, and its arguments.
    limit : float
        Seconds. After that the command is killed, and all processes of its process group.
    stdin : bytes, optional
        Its standard input; empty by default.
    unset : collection of str
        Environment variables that it does not inherit. ``PWD``, where oarsub looks for its working
        directory, is set to that of this process, which `os.chdir` does not do.

    Returns
    -------
    Output
        With the exit code `COMMAND_NOT_FOUND` if the program cannot be started, `TIMED_OUT` if it
        was killed. Bytes that are not UTF-8 are replaced.
    """
    words = tuple(command)
    environ = {**os.environ, "PWD": os.getcwd()}
    try:
        process = subprocess.Popen(  # noqa: S603 - the commands are those of schedulers
            words,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={name: value for name, value in environ.items() if name not in unset},
        )
    except FileNotFoundError:
        return Output(words, COMMAND_NOT_FOUND, stderr=f"{words[0]}: command not found")
    except OSError as error:
        return Output(words, COMMAND_NOT_FOUND, stderr=f"{words[0]}: {error.strerror}")
    try:
        stdout, stderr = process.communicate(stdin, timeout=limit)
    except subprocess.TimeoutExpired:
        stdout, stderr = _kill(process)
        before = stderr.rstrip() + b"\n" if stderr.strip() else b""
        stderr = before + f"timed out after {limit:g} s".encode()
        return Output(words, TIMED_OUT, _decode(stdout), _decode(stderr))
    except BaseException:
        _kill(process)
        raise
    return Output(words, process.returncode, _decode(stdout), _decode(stderr))


def run_all(commands: Sequence[Sequence[str]], limit: float) -> list[Output]:
    """Run commands at the same time and return their outputs in order; see `run`."""
    with ThreadPoolExecutor(len(commands) or 1) as pool:
        return list(pool.map(lambda command: run(command, limit), commands))


def _kill(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Kill a command and its process group, and return what it printed before."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    try:
        stdout, stderr = process.communicate(timeout=_GRACE)
    except subprocess.TimeoutExpired as error:
        # A descendant in a process group of its own still has the pipes open.
        stdout, stderr = error.stdout or b"", error.stderr or b""
        for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
            pipe.close()
    process.wait()
    return stdout, stderr


def _decode(printed: bytes) -> str:
    return printed.decode(errors="replace")
