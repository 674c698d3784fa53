"""What the imitated LSF commands share: finding the cluster, errors, names of states."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable

from tests.schedulers.standins.engine import Cluster, Job

#: What every refusal exits with: -1 in the real programs.
FAILED = 255
IBM, OPENLAVA = "ibm", "openlava"
VERSIONS = {IBM: "IBM Spectrum LSF Standard 10.1.0.12", OPENLAVA: "openlava project 2.2"}
LIM_WORDS = "LSF daemon (LIM) not responding ... still trying\n"
MBD_WORDS = "batch system daemon not responding ... still trying\n"
LIM_IS_DOWN = "LIM is down; try later"


class RefusedError(Exception):
    """The command ends with FAILED and this message on stderr."""


class Batch:
    """The cluster in LSF_ENVDIR, with the values of its lsf.conf."""

    def __init__(self) -> None:
        try:
            self.conf = read_conf(os.path.join(os.environ.get("LSF_ENVDIR", "/etc"), "lsf.conf"))
        except OSError:
            raise RefusedError(
                "lsb_init: Failed in an LSF library call: Unable to open file lsf.conf"
            ) from None
        self.cluster = Cluster(self.conf["LSB_SHAREDIR"])

    @property
    def flavour(self) -> str:
        """Return IBM or OPENLAVA."""
        return str(self.cluster.settings["lsf"])

    @property
    def host(self) -> str:
        """Return the name of the only host."""
        return str(self.cluster.settings["host"])

    def call(self, words: str = MBD_WORDS) -> Cluster:
        """Return the cluster when its daemons answer; block until then, as LSF's commands do."""
        settings = self.cluster.settings
        given = os.environ.get("LSB_NTRIES", settings["down_tries"])
        for _ in itertools.count() if given is None else range(max(int(given), 1)):
            end = time.monotonic() + settings["down_seconds"]
            while self.cluster.down and time.monotonic() < end:
                time.sleep(0.02)
            if not self.cluster.down:
                return self.cluster
            sys.stderr.write(words)
            sys.stderr.flush()
        raise RefusedError(f"Failed in an LSF library call: {LIM_IS_DOWN}")

    def jobs(self) -> list[Job]:
        """Return the jobs that LSF knows: not those that ended more than CLEAN_PERIOD ago."""
        oldest = time.time() - self.cluster.settings["clean_period"]
        return [job for job in self.cluster.jobs() if job["ended"] is None or job["ended"] > oldest]


def run(command: Callable[[list[str]], int], ending: str = "\n") -> int:
    """Run a command with this process's arguments.

    Parameters
    ----------
    command : callable
        Takes the arguments, gives the exit status; may raise `RefusedError`.
    ending : str
        What follows the words of a refusal.

    Returns
    -------
    int
        The exit status.
    """
    try:
        status = command(sys.argv[1:])
        sys.stdout.flush()
    except RefusedError as refusal:
        sys.stdout.flush()
        sys.stderr.write(f"{refusal}{ending}")
        return FAILED
    return status


def read_conf(path: str) -> dict[str, str]:
    """Return the assignments in an lsf.conf."""
    with open(path) as file:
        pairs = (line.split("#")[0].partition("=") for line in file)
        return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def say(text: str) -> None:
    """Print without adding a newline."""
    sys.stdout.write(text)


def complain(text: str) -> None:
    """Print a line on stderr."""
    sys.stderr.write(f"{text}\n")


def status(job: Job) -> str:
    """Return LSF's name for a job's state."""
    if job["state"] == "finished":
        return "DONE" if job["exit_status"] == 0 else "EXIT"
    if job["state"] == "held":
        return "PEND" if job["extra"].get("depends") else "PSUSP"
    if job["state"] == "waiting":
        return "PEND"
    return "USUSP" if job["extra"].get("stopped") else "RUN"


def exit_code(job: Job) -> int:
    """Return LSF's exit code: 128 plus the signal if a signal ended the job."""
    code = job["exit_status"]
    if code is None:
        return 0 if job["killed"] else 1
    return int(code) if code >= 0 else 128 - int(code)


def exit_reason(job: Job) -> str:
    """Return why LSF itself ended a job, empty if it did not."""
    if job["killed"] == "cancel":
        return "TERM_OWNER: job killed by owner"
    if job["killed"] == "walltime":
        return "TERM_RUNLIMIT: job killed after reaching LSF run time limit"
    return ""


def pending_reason(job: Job) -> str:
    """Return why a job waits, without the hosts."""
    lack = job["waits_for"]
    if job["state"] == "held":
        if job["extra"].get("depends"):
            return "Job dependency condition not satisfied"
        return "The job was suspended by the user while pending"
    if lack is None:
        if job["eligible"] > job["submitted"]:
            return "The job has a specified start time"
        return "New job is waiting for scheduling"
    if lack["resource"] == "queue":
        return "The queue is inactivated by the administrator"
    if lack["resource"] == "cpus":
        return "Not enough job slot(s)" if lack["free"] > 0 else "Job slot limit reached"
    if lack["resource"] == "gpus":
        return "Not enough GPUs on the hosts"
    if job["extra"].get("select_fails"):
        return "Job's resource requirements not satisfied"
    return "Job's requirements for reserving resource (mem) not satisfied"


def pending_line(job: Job, hosts: str = "1 host") -> str:
    """Return the line of reasons of bjobs -p and -l, without a host if it isn't the reason."""
    reason = pending_reason(job)
    of_host = job["waits_for"] is not None and job["waits_for"]["resource"] != "queue"
    return f" {reason}: {hosts};\n" if of_host and job["state"] == "waiting" else f" {reason};\n"


def short_time(seconds: float) -> str:
    """Return a time as in tables: Nov 23 05:00."""
    return time.ctime(seconds)[4:16]


def long_time(seconds: float) -> str:
    """Return a time as in long formats: Mon Nov 23 05:00:00."""
    return time.ctime(seconds)[:19]
