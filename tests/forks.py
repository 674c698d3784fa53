"""A script that runs processes which write a file and, on demand, are killed or meet a full disk.

Each line of JSON on standard input is a list of jobs; each result is a line on standard output. Jobs
run in forks of this process, which has imported all modules, so that hundreds of jobs take seconds.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dask_backend_config.core.errors import DaskBackendError, FileChangedError
from dask_backend_config.storage import atomic_write, backups
from dask_backend_config.storage.lock import Lock

#: All functions of ``os`` with which a write reads or changes the disk.
CALLS = [
    "access", "chmod", "close", "fchmod", "fchown", "fstat", "fsync", "getxattr", "link", "listdir",
    "listxattr", "lstat", "mkdir", "open", "read", "readlink", "removexattr", "rename", "replace",
    "rmdir", "setxattr", "stat", "symlink", "unlink", "write",
]  # fmt: skip
NOBODY = 65534
Job = dict[str, Any]
posix_write = os.write


def at_call(number: int, act: Callable[[str, tuple[Any, ...]], None]) -> list[int]:
    """Run `act` before the `number`-th of CALLS from now on, and return their count in a list."""
    count = [0]

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            count[0] += 1
            if count[0] == number:
                act(name, arguments)
            return real(*arguments, **options)

        return call

    for name in CALLS:
        if hasattr(os, name):
            setattr(os, name, watched(name, getattr(os, name)))
    return count


def kill_self(name: str, arguments: tuple[Any, ...]) -> None:
    if name == "write":
        posix_write(arguments[0], bytes(arguments[1][: len(arguments[1]) // 2]))
    os.kill(os.getpid(), signal.SIGKILL)


def fail(code: int) -> Callable[[str, tuple[Any, ...]], None]:
    def act(name: str, arguments: tuple[Any, ...]) -> None:
        raise OSError(code, os.strerror(code))

    return act


def job_kill(job: Job) -> object:
    """Write, but be killed before the n-th call; succeeds if there are fewer calls."""
    os.environ["XDG_STATE_HOME"] = job.get("state") or os.environ["XDG_STATE_HOME"]
    snapshot = atomic_write.read(job["path"])
    at_call(job["n"], kill_self)
    atomic_write.write(snapshot, snapshot.text + job["text"])
    return "written"


def job_fail(job: Job) -> object:
    """Write, but let the n-th call fail."""
    snapshot = atomic_write.read(job["path"])
    count = at_call(job["n"], fail(errno.ENOSPC))
    atomic_write.write(snapshot, job["text"])
    return "written" if count[0] < job["n"] else "borne"


def job_append(job: Job) -> object:
    """Append a line; try again while other processes change the file."""
    for tries in range(1, 10_000):
        snapshot = atomic_write.read(job["path"])
        try:
            atomic_write.write(snapshot, snapshot.text + job["line"])
        except FileChangedError:
            continue
        return tries
    return "gave up"


def job_hold(job: Job) -> object:
    """Create ``PATH.held`` when the lock is held, and hold it until killed."""
    with Lock(job["path"]):
        Path(job["path"] + ".held").touch()
        signal.pause()
    return "let go"


def job_write(job: Job) -> object:
    """Write as the user nobody, and with a limit on the size of files if there is one."""
    if job.get("size_limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["size_limit"], job["size_limit"]))
    if os.geteuid() == 0:
        backups.folder()  # imports, now that this process may still read Python's own folder
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    atomic_write.write(atomic_write.read(job["path"]), job["text"])
    return "written"


JOBS = {
    "kill": job_kill, "fail": job_fail, "append": job_append, "hold": job_hold, "write": job_write,
}  # fmt: skip


def run(job: Job, reports: int) -> None:
    """Run a job in a child process, and report what it returns or raises."""
    try:
        outcome = JOBS[job["job"]](job)
    except DaskBackendError as error:
        outcome = str(error)
    except BaseException as error:
        outcome = f"{type(error).__name__}: {error}"
    posix_write(reports, json.dumps({"id": job["id"], "outcome": outcome}).encode() + b"\n")
    os._exit(0)


def main() -> None:
    """Start all jobs of a line at once, and report also those that were killed."""
    for line in sys.stdin:
        children = {}
        for job in json.loads(line):
            pid = os.fork()
            if pid == 0:
                run(job, 1)
            children[pid] = job["id"]
            posix_write(1, json.dumps({"started": job["id"], "pid": pid}).encode() + b"\n")
        while children:
            pid, status = os.wait()
            name = children.pop(pid)
            if os.WIFSIGNALED(status):
                report = {"id": name, "outcome": f"signal {os.WTERMSIG(status)}"}
                posix_write(1, json.dumps(report).encode() + b"\n")


if __name__ == "__main__":
    main()
