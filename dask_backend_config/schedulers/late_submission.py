"""Cancel the job of a submission that took too long, if it succeeds after all.

`follow` starts this file as a program, which outlives the process that submitted. Otherwise there
would be jobs that nobody knows: if a submission is killed, the batch scheduler's answer is lost,
and one that runs as another user cannot be killed.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

#: Bytes of the output so far that are passed on.
_PASSED_ON = 4096
#: Seconds before each attempt to cancel the job, and seconds that it may take.
_ATTEMPTS, _ATTEMPT_LIMIT = (0, 5, 30), 60


def follow(
    process: subprocess.Popen[bytes],
    printed: bytes,
    limit: float,
    number_pattern: str,
    cancel: Sequence[str],
) -> subprocess.Popen[bytes]:
    """Leave a submission to a program that cancels its job, and return the program.

    Parameters
    ----------
    process : subprocess.Popen
        The submission, the leader of a process group. Its pipes are closed here.
    printed : bytes
        What it has printed so far.
    limit : float
        Seconds until its process group is killed, where that is permitted.
    number_pattern : str
        See `BatchScheduler.number_pattern`.
    cancel : sequence of str
        The command that cancels the job whose number follows.

    Raises
    ------
    OSError
        If the program cannot be started.
    """
    text = printed[-_PASSED_ON:].decode(errors="replace").replace("\0", "")
    words = [f"{limit}", f"{process.pid}", number_pattern, text, *cancel]
    program = subprocess.Popen(  # noqa: S603 - this file
        [sys.executable, "-I", __file__, *words],
        stdin=process.stdout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A submission that cannot write its errors would end half-way.
        pass_fds=[process.stderr.fileno()] if process.stderr else [],
        start_new_session=True,
    )
    for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
        pipe.close()
    return program


def job_number(printed: str, pattern: str) -> str | None:
    """Return the number of the job in the output of a submission, None if it made no job."""
    found = re.search(pattern, printed)
    return found["number"] if found and is_number(found["number"]) else None


def is_number(text: str) -> bool:
    """Return whether a job number is one: OAR prints 0 or less for a job that it did not make."""
    return bool(text.strip("0."))


def main(limit: str, group: str, pattern: str, printed: str, *cancel: str) -> None:
    """Wait for the end of the submission and cancel its job."""
    timer = threading.Timer(float(limit), _kill, [int(group)])
    timer.daemon = True
    timer.start()
    number = job_number(printed + sys.stdin.buffer.read().decode(errors="replace"), pattern)
    for pause in _ATTEMPTS if number else ():
        time.sleep(pause)
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            command = [*cancel, f"{number}"]
            if not subprocess.run(command, timeout=_ATTEMPT_LIMIT, check=False).returncode:  # noqa: S603 - cancels
                return


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
