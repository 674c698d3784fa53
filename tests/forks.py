"""Run as a script: processes that write a file and are killed, or meet a full disk, on demand.

Each job is a line of JSON on standard input; what became of it is a line on standard output. Jobs
run in forks of this process, which has all it needs imported, so that hundreds take seconds.
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

#: Every function of ``os`` by which a write looks at the disk or changes it.
CALLS = [
    "access", "chmod", "close", "fchmod", "fchown", "fstat", "fsync", "getxattr", "link", "listdir",
    "listxattr", "lstat", "mkdir", "open", "read", "readlink", "removexattr", "rename", "replace",
    "rmdir", "setxattr", "stat", "symlink", "unlink", "write",
]  # fmt: skip
NOBODY = 65534
Job = dict[str, Any]
posix_write = os.write


def at_call(number: int, act: Callable[[str, tuple[Any, ...]], None]) -> list[int]:
    """Let `act` happen before the `number`-th of CALLS from here on; the list holds the count."""
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
    """A write that is killed before its n-th call; ends well once n is beyond the last."""
    os.environ["XDG_STATE_HOME"] = job.get("state") or os.environ["XDG_STATE_HOME"]
    snapshot = atomic_write.read(job["path"])
    at_call(job["n"], kill_self)
    atomic_write.write(snapshot, snapshot.text + job["text"])
    return "written"


def job_fail(job: Job) -> object:
    """A write whose n-th call fails."""
    snapshot = atomic_write.read(job["path"])
    count = at_call(job["n"], fail(errno.ENOSPC))
    atomic_write.write(snapshot, job["text"])
    return "written" if count[0] < job["n"] else "borne"


def job_append(job: Job) -> object:
    """Add a line to what stands there, as often as it takes."""
    for tries in range(1, 10_000):
        snapshot = atomic_write.read(job["path"])
        try:
            atomic_write.write(snapshot, snapshot.text + job["line"])
        except FileChangedError:
            continue
        return tries
    return "gave up"


def job_hold(job: Job) -> object:
    """Hold the lock until killed; `path` with ``.held`` says that it does."""
    with Lock(job["path"]):
        Path(job["path"] + ".held").touch()
        signal.pause()
    return "let go"


def job_write(job: Job) -> object:
    """Write as nobody, or with a limit on the size of files."""
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
    """One job in a child, which reports what it returns or raises, unless it is killed."""
    try:
        outcome = JOBS[job["job"]](job)
    except DaskBackendError as error:
        outcome = str(error)
    except BaseException as error:
        outcome = f"{type(error).__name__}: {error}"
    posix_write(reports, json.dumps({"id": job["id"], "outcome": outcome}).encode() + b"\n")
    os._exit(0)


def main() -> None:
    """Start every job at once that comes in one line; report the killed ones too."""
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
