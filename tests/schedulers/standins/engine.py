"""Jobs, queues and one node: what all imitated batch systems share.

One folder holds one batch system. Its commands (qsub, bsub, ...) are short-lived programs that
read and write the folder; one server process (server.py), started by the first submission, starts
jobs, kills them, and ends by itself.

    settings.json    what `Cluster.make` was given; read anew by every command and every cycle
    jobs/N.json      one job, replaced as a whole: readers need no lock, writers hold `lock()`
    spool/           scripts and output of jobs
    down             while this file exists the batch system does not answer (jobs run on)

A flavour (pbs.py, lsf.py) is a module that builds jobs from its commands' options and may have

    job_starts(cluster, job)    called in the server before a job starts: fill job["environment"]
                                with what only the allocation tells
    job_ended(cluster, job)     called in the server after its last process is gone: deliver output

Settings, all plain JSON; a flavour may add its own:

    flavour            dotted name of the flavour's module
    host               name of the server and of its one node
    node               {"cpus": n, "memory": bytes, "gpus": n}
    queues             name -> {...}; the engine reads "started" only (absent: True)
    kill_signals       names sent one after the other to a job that must end, e.g. ["SIGTERM"];
                       SIGKILL comes last, unsaid
    walltime_signals   the same for a job over its walltime; None: kill_signals
    kill_delay         seconds between two of them
    walltime_lag       seconds by which a job outlives its walltime
    linger             seconds that a cancelled job is still shown running, though it has ended
    exit_delay         seconds that a job is shown exiting
    dispatch_interval  seconds between looks at the waiting jobs; 0: at once
    owner              [process id, its start time]: without that process the server ends

A job is a dict:

    number, name, queue                int, str, str
    state          "waiting" | "held" | "running" | "exiting" | "finished"
    cpus, memory, gpus                 int, bytes or None, int
    walltime       seconds or None
    executable, argv, folder, umask    how it starts; argv[0] may differ ("-bash")
    environment    the whole of it, nothing else is inherited
    stdin          a path, or None for /dev/null
    stdout, stderr paths in spool/; made with mode 0600; the same path twice joins them
    never          None, or in words why it can never start: the engine leaves it waiting
    extra          what the flavour wants to keep

and set by the engine:

    submitted, started, ended          seconds since the epoch or None
    eligible       earliest start (dispatch_interval), seconds since the epoch
    pid, pid_start its first process, leader of its own session
    gpu_devices    numbers of its GPUs; CUDA_VISIBLE_DEVICES is set from them where gpus > 0
    waits_for      why it waits: None, or {"resource": "cpus" | "memory" | "gpus" | "queue" |
                   "never", "wanted": n, "free": n, "total": n}; wanted > total: never can
    killed         None | "cancel" | "force" | "walltime"; kill_time: since when
    exit_status    of its first process: the code, or minus the signal; None: never ran
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.schedulers.standins.processes import family, process_start, send

Job = dict[str, Any]
#: The folder that holds the package `tests`.
ROOT = os.path.abspath(__file__).rsplit("/tests/", 1)[0]
ENGINE = {
    "host": "localhost",
    "node": {"cpus": 8, "memory": 16 * 2**30, "gpus": 2},
    "kill_signals": ["SIGTERM"],
    "walltime_signals": None,
    "kill_delay": 0.5,
    "walltime_lag": 0,
    "linger": 0,
    "exit_delay": 0,
    "dispatch_interval": 0,
}
NEW_JOB: Job = {
    "state": "waiting",
    "cpus": 1,
    "memory": None,
    "gpus": 0,
    "walltime": None,
    "umask": 0o77,
    "stdin": None,
    "submitted": None,
    "started": None,
    "ended": None,
    "eligible": None,
    "pid": None,
    "pid_start": None,
    "gpu_devices": [],
    "waits_for": None,
    "never": None,
    "killed": None,
    "kill_time": None,
    "exit_status": None,
    "extra": {},
}


class Cluster:
    """An imitated batch system in its folder."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)
        self.settings: dict[str, Any] = {}
        self.reload()

    @classmethod
    def make(cls, folder: str | os.PathLike[str], **settings: Any) -> Cluster:
        """Create a batch system; its server stops when the calling process ends."""
        path = os.fspath(folder)
        os.makedirs(os.path.join(path, "jobs"))
        os.makedirs(os.path.join(path, "spool"))
        owner = [os.getpid(), process_start(os.getpid())]
        write_json(os.path.join(path, "settings.json"), {**ENGINE, "owner": owner, **settings})
        return cls(path)

    def reload(self) -> None:
        """Read the settings again."""
        self.settings = read_json(self.path("settings.json"))

    def set(self, **settings: Any) -> None:
        """Change settings; commands and the server read them again at their next step."""
        with self.lock():
            self.reload()
            self.settings.update(settings)
            write_json(self.path("settings.json"), self.settings)
        self.wake()

    def path(self, *parts: str) -> str:
        """Return a path in the folder."""
        return os.path.join(self.folder, *parts)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock that is needed to change jobs."""
        with open(self.path("lock"), "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @property
    def down(self) -> bool:
        """Return True if the batch system does not answer."""
        return os.path.exists(self.path("down"))

    @down.setter
    def down(self, value: bool) -> None:
        if value:
            open(self.path("down"), "w").close()
        else:
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.path("down"))
            self.wake()

    # Jobs

    def numbers(self) -> list[int]:
        """Return the numbers of all jobs in order."""
        names = os.listdir(self.path("jobs"))
        return sorted(int(name[:-5]) for name in names if name.endswith(".json"))

    def job(self, number: int) -> Job | None:
        """Return a job's present state, or None."""
        try:
            return read_json(self.path("jobs", f"{number}.json"))
        except FileNotFoundError:
            return None

    def jobs(self) -> list[Job]:
        """Return all jobs in order of their numbers."""
        return [job for job in map(self.job, self.numbers()) if job is not None]

    def write(self, job: Job) -> None:
        """Write a job; the caller holds `lock()`."""
        write_json(self.path("jobs", f"{job['number']}.json"), job)

    def submit(self, make: Callable[[int], Job]) -> Job:
        """Add the job that `make(number)` returns, with the defaults of NEW_JOB."""
        with self.lock():
            number = (self.numbers() or [0])[-1] + 1
            now = time.time()
            job = {**NEW_JOB, "number": number, "submitted": now, **make(number)}
            job["eligible"] = now if job["eligible"] is None else job["eligible"]
            self.write(job)
            start_server(self)
        self.wake()
        return job

    def cancel(self, number: int, force: bool = False) -> Job | None:
        """Cancel a job: remove it if it waits, otherwise send the signals to its processes.

        With `force` they get SIGKILL only, and the job does not linger.
        """
        with self.lock():
            job = self.job(number)
            if job is None or job["state"] in ("finished", "exiting"):
                return job
            if force or not job["killed"]:
                job.update(killed="force" if force else "cancel", kill_time=time.time())
            if job["state"] in ("waiting", "held"):
                job.update(state="finished", ended=time.time())
            self.write(job)
        self.wake()
        return job

    def release(self, number: int) -> None:
        """Release a held job."""
        with self.lock():
            job = self.job(number)
            if job and job["state"] == "held":
                job["state"] = "waiting"
                self.write(job)
        self.wake()

    # The node

    def used(self, jobs: Iterable[Job]) -> dict[str, int]:
        """Return the resources that running jobs use."""
        running = [job for job in jobs if job["state"] in ("running", "exiting")]
        return {
            resource: sum(job[resource] or 0 for job in running)
            for resource in ("cpus", "memory", "gpus")
        }

    def free_gpus(self, jobs: Iterable[Job]) -> list[int]:
        """Return the numbers of the free GPUs."""
        taken = {
            number
            for job in jobs
            if job["state"] in ("running", "exiting")
            for number in job["gpu_devices"]
        }
        return [number for number in range(self.settings["node"]["gpus"]) if number not in taken]

    def missing(self, job: Job, used: dict[str, int]) -> dict[str, Any] | None:
        """Return what a job waits for, in the form of `waits_for`, or None if it can start."""
        if not self.settings["queues"].get(job["queue"], {}).get("started", True):
            return {"resource": "queue", "wanted": 1, "free": 0, "total": 1}
        if job["never"]:
            return {"resource": "never", "wanted": 1, "free": 0, "total": 0}
        lacks = []
        for resource, total in self.settings["node"].items():
            wanted, free = job[resource] or 0, total - used[resource]
            if wanted > free:
                lacks.append({"resource": resource, "wanted": wanted, "free": free, "total": total})
        never = [lack for lack in lacks if lack["wanted"] > lack["total"]]
        return next(iter(never or lacks), None)

    # The server

    def wake(self) -> None:
        """Wake the server, if there is one."""
        with contextlib.suppress(OSError):
            pipe = os.open(self.path("wake"), os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, b".")
            finally:
                os.close(pipe)

    def serves(self) -> bool:
        """Return True if the server is running."""
        with open(self.path("server"), "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False


def start_server(cluster: Cluster) -> None:
    """Start the folder's server if it isn't running; the caller holds `lock()`."""
    if cluster.serves():
        return
    with contextlib.suppress(FileExistsError):
        os.mkfifo(cluster.path("wake"))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from tests.schedulers.standins.server import serve\n"
        "serve(sys.argv[2])"
    )
    with open(cluster.path("server.log"), "ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-IS", "-c", code, ROOT, cluster.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    assert server.stdin and server.stdout
    server.stdin.close()
    server.stdout.read()  # it closes its end once it can be woken
    server.stdout.close()
    server.returncode = 0  # it lives on: Popen shall not warn


def shutdown(folder: str | os.PathLike[str], limit: float = 10.0) -> None:
    """Stop a folder's server, if there is one, and all processes of its jobs.

    Parameters
    ----------
    folder : path
        What `Cluster.make` was given.
    limit : float
        Seconds to wait.

    Raises
    ------
    TimeoutError
        The server still lives.
    """
    if not os.path.exists(os.path.join(folder, "settings.json")):
        return
    cluster = Cluster(folder)
    end = time.monotonic() + limit
    while cluster.serves():
        try:
            with open(cluster.path("server.pid")) as file:
                send([int(file.read())], signal.SIGTERM)
        except (FileNotFoundError, ValueError):  # it is just starting
            pass
        if time.monotonic() > end:
            raise TimeoutError(f"the server of {cluster.folder} did not end in {limit} s")
        time.sleep(0.01)
    for job in cluster.jobs():  # of a server that was killed
        if job["state"] == "running" and process_start(job["pid"]) == job["pid_start"]:
            send(family(job["pid"]), signal.SIGKILL)


def read_json(path: str) -> dict[str, Any]:
    """Read a JSON file."""
    with open(path) as file:
        data: dict[str, Any] = json.load(file)
    return data


def write_json(path: str, data: dict[str, Any]) -> None:
    """Write a JSON file atomically."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w") as file:
        json.dump(data, file)
    os.replace(temporary, path)
