"""Runs the commands of schedulers, each with a limit of time."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from .base import Output

MISSING = 127
NO_ANSWER = 124
#: Seconds for which a command that was killed may hold its pipes open.
_GRACE = 1.0


def run(command: Sequence[str], limit: float, stdin: bytes | None = None) -> Output:
    """What `command` says.

    Parameters
    ----------
    command : sequence of str
        The program, found on ``PATH``, and its arguments.
    limit : float
        Seconds; then it is killed with all that it started, unless that left its group.
    stdin : bytes, optional
        What it reads; nothing where None.

    Returns
    -------
    Output
        With the exit code `MISSING` where there is no such program that can be run, `NO_ANSWER`
        where it was killed. Bytes that are no UTF-8 become question marks in diamonds.
    """
    words = tuple(command)
    try:
        process = subprocess.Popen(  # noqa: S603 - the commands are those of schedulers
            words,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError:
        return Output(words, MISSING, stderr=f"{words[0]}: command not found")
    except OSError as error:
        return Output(words, MISSING, stderr=f"{words[0]}: {error.strerror}")
    try:
        stdout, stderr = process.communicate(stdin, timeout=limit)
    except subprocess.TimeoutExpired:
        said, complained = (_text(part) for part in _killed(process))
        before = f"{complained.rstrip()}\n" if complained.strip() else ""
        return Output(words, NO_ANSWER, said, f"{before}no answer within {limit:g} s")
    except BaseException:
        _killed(process)
        raise
    return Output(words, process.returncode, _text(stdout), _text(stderr))


def ask_all(commands: Sequence[Sequence[str]], limit: float) -> list[Output]:
    """What each of `commands` says, asked side by side; see `run`."""
    if not commands:
        return []
    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(lambda command: run(command, limit), commands))


def _killed(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What a command had said when it was killed."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    try:
        stdout, stderr = process.communicate(timeout=_GRACE)
    except subprocess.TimeoutExpired as error:
        # A process in a group of its own still holds the pipes.
        stdout, stderr = error.stdout or b"", error.stderr or b""
        for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
            pipe.close()
    process.wait()
    return stdout, stderr


def _text(said: bytes) -> str:
    return said.decode(errors="replace")
