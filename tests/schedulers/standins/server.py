"""The server process of an imitated batch system: it starts and ends jobs."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import importlib
import os
import select
import signal
import subprocess
import time
from types import ModuleType

from tests.schedulers.standins.engine import Cluster, Job
from tests.schedulers.standins.processes import descendants, family, process_start, send

#: Seconds between two looks at the folder and the owner when nothing else happens.
TICK = 0.2
PR_SET_CHILD_SUBREAPER = 36


class Server:
    """A server that starts and ends the jobs of a folder."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.finished: set[int] = set()
        self.began = time.time()
        self.stopping = False
        self._signals, signals_in = os.pipe()
        os.set_blocking(signals_in, False)
        os.set_blocking(self._signals, False)
        signal.set_wakeup_fd(signals_in, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._stop)
        self._wake = os.open(cluster.path("wake"), os.O_RDWR | os.O_NONBLOCK)
        self._flavour: ModuleType = importlib.import_module(cluster.settings["flavour"])

    def run(self) -> None:
        """Serve until stopped, or until the folder is removed or its owner has ended."""
        try:
            while not self.stopping and self._wanted():
                self._wait(self._cycle())
        finally:
            while below := descendants(os.getpid()):  # what is killed may just have forked
                send(below, signal.SIGKILL)
                time.sleep(0.005)
            self._reap()

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _wanted(self) -> bool:
        pid, start = self.cluster.settings["owner"]
        return process_start(pid) == start and os.path.exists(self.cluster.path("settings.json"))

    def _wait(self, seconds: float) -> None:
        ready, _, _ = select.select([self._wake, self._signals], [], [], max(seconds, 0))
        for pipe in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(pipe, 65536)

    def _cycle(self) -> float:
        """Do what is due and return the seconds until the next step."""
        self._reap()
        due = [TICK]
        with self.cluster.lock():
            self.cluster.reload()
            jobs = self._unfinished()
            for job in jobs:
                if job["state"] == "running":
                    due.append(self._watch(job))
                if job["state"] == "exiting":
                    due.append(self._finish(job))
            if not self.cluster.down:
                due.append(self._dispatch(jobs))
        return min(due)

    def _unfinished(self) -> list[Job]:
        numbers = [n for n in self.cluster.numbers() if n not in self.finished]
        jobs = [job for job in map(self.cluster.job, numbers) if job is not None]
        self.finished |= {job["number"] for job in jobs if job["state"] == "finished"}
        return [job for job in jobs if job["state"] != "finished"]

    def _dispatch(self, jobs: list[Job]) -> float:
        """Start jobs that fit, in order; a job that does not fit does not delay later ones."""
        used = self.cluster.used(jobs)
        due = TICK
        for job in jobs:
            if job["state"] != "waiting":
                continue
            wait = self._eligible(job) - time.time()
            if wait > 0:
                due = min(due, wait)
                continue
            lack = self.cluster.missing(job, used)
            if lack is None:
                self._start(job, jobs)
                used = self.cluster.used(jobs)
            elif lack != job["waits_for"]:
                job["waits_for"] = lack
                self.cluster.write(job)
        return due

    def _eligible(self, job: Job) -> float:
        """Return the time at which a job can first be scheduled."""
        interval = self.cluster.settings["dispatch_interval"]
        eligible: float = job["eligible"]
        if not interval:
            return eligible
        looks = -(-(eligible - self.began) // float(interval))
        return self.began + looks * float(interval)

    def _start(self, job: Job, jobs: list[Job]) -> None:
        job["gpu_devices"] = self.cluster.free_gpus(jobs)[: job["gpus"]]
        job.update(state="running", waits_for=None, started=time.time())
        if job["gpus"]:
            job["environment"]["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, job["gpu_devices"]))
        if hasattr(self._flavour, "job_starts"):
            self._flavour.job_starts(self.cluster, job)
        try:
            process = launch(job)
        except OSError as error:
            os.write(2, f"job {job['number']}: {error}\n".encode())
            job["state"] = "exiting"
            job["ended"] = time.time()
        else:
            self.processes[job["number"]] = process
            job.update(pid=process.pid, pid_start=process_start(process.pid))
        self.cluster.write(job)

    def _watch(self, job: Job) -> float:
        """Watch a running job: its end, its walltime, the signals that end it."""
        now = time.time()
        process = self.processes.get(job["number"])
        limit = job["walltime"]
        if limit is not None:
            limit += self.cluster.settings["walltime_lag"]
        if not job["killed"] and limit is not None and now >= job["started"] + limit:
            job.update(killed="walltime", kill_time=now)
            self.cluster.write(job)
        if job["killed"]:
            self._kill(job)
        linger = self.cluster.settings["linger"] if job["killed"] == "cancel" else 0
        lingers = now < (job["kill_time"] or 0) + linger
        if process is None or (process.poll() is not None and not lingers):
            if process or process_start(job["pid"]) == job["pid_start"]:
                send(family(job["pid"]), signal.SIGKILL)
            status = process.returncode if process else None
            job.update(state="exiting", ended=now, exit_status=status)
            self.processes.pop(job["number"], None)
            self.cluster.write(job)
        if job["killed"]:
            return 0.02
        return TICK if limit is None else job["started"] + limit - now

    def _kill(self, job: Job) -> None:
        settings = self.cluster.settings
        names = settings["kill_signals"]
        if job["killed"] == "walltime":
            names = settings["walltime_signals"] or names
        names = ["SIGKILL"] if job["killed"] == "force" else [*names, "SIGKILL"]
        delay = settings["kill_delay"]
        sent = job["extra"].get("signals_sent", 0) if job["killed"] != "force" else 0
        if sent < len(names) and time.time() >= job["kill_time"] + sent * delay:
            send(family(job["pid"]), signal.Signals[names[sent]])
            job["extra"]["signals_sent"] = sent + 1
            self.cluster.write(job)

    def _finish(self, job: Job) -> float:
        wait: float = job["ended"] + self.cluster.settings["exit_delay"] - time.time()
        if wait > 0:
            return wait
        if hasattr(self._flavour, "job_ended"):
            self._flavour.job_ended(self.cluster, job)
        job["state"] = "finished"
        self.cluster.write(job)
        return TICK

    def _reap(self) -> None:
        """Collect ended processes: the first ones of jobs and orphans."""
        known = {process.pid: process for process in self.processes.values()}
        with contextlib.suppress(ChildProcessError):
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if ended.si_pid in known:
                    known[ended.si_pid].poll()
                else:
                    os.waitpid(ended.si_pid, 0)


def launch(job: Job) -> subprocess.Popen[bytes]:
    """Start a job's first process in a new session."""
    with contextlib.ExitStack() as files:
        stdin = files.enter_context(open(job["stdin"] or "/dev/null", "rb"))
        stdout, stderr = (
            os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            for name in ("stdout", "stderr")
        )
        files.callback(os.close, stdout)
        files.callback(os.close, stderr)
        return subprocess.Popen(
            job["argv"],
            executable=job["executable"],
            cwd=job["folder"],
            env=job["environment"],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            umask=job["umask"],
            start_new_session=True,
        )


def serve(folder: str) -> None:
    """Run the server of a folder, unless it has one."""
    cluster = Cluster(folder)
    with open(cluster.path("server"), "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        server = Server(cluster)
        with open(cluster.path("server.pid"), "w") as file:
            file.write(str(os.getpid()))
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
        with contextlib.suppress(FileNotFoundError):  # the folder is gone
            server.run()
