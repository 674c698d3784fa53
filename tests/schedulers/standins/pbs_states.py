"""Describe the states of jobs as PBS does: a letter, a comment, an exit status."""

from __future__ import annotations

import time

from tests.schedulers.standins.engine import Job
from tests.schedulers.standins.pbs_values import short_size

STATES = {"waiting": "Q", "held": "H", "running": "R", "exiting": "E", "finished": "F"}
#: The engine's names of a node's resources, in PBS's words.
NODE = {"cpus": "ncpus", "memory": "mem", "gpus": "ngpus"}


def state(job: Job) -> str:
    """Return the letter of a job's state."""
    if job["state"] == "waiting" and job["extra"]["execution_time"] is not None:
        return "W" if job["eligible"] > time.time() else "Q"
    return STATES[job["state"]]


def exit_status(job: Job) -> int | None:
    """Return PBS's exit status: the code, 256 plus the signal, or -29 after the walltime."""
    if job["killed"] == "walltime":
        return -29
    status: int | None = job["exit_status"]
    return 256 - status if status is not None and status < 0 else status


def comment(job: Job) -> str | None:
    """Return the comment of scheduler and server on a job."""
    words = _started(job) if job["started"] else _waits(job)
    deleted = job["killed"] in ("cancel", "force")
    if words is None or (job["state"] != "finished" and not deleted):
        return words
    if deleted:
        by = f" by {job['extra']['owner']}" if job["started"] else ""
        return f"{words} and terminated{by}"
    if job["killed"] == "walltime":
        return f"{words} and exceeded resource walltime"
    return f"{words} and {'finished' if job['exit_status'] == 0 else 'failed'}"


def _started(job: Job) -> str:
    when = time.strftime("%a %b %d at %H:%M", time.localtime(job["started"]))
    return f"Job run at {when} on {job['extra']['exec_vnode']}"


def _waits(job: Job) -> str | None:
    lack = job["waits_for"]
    if lack is None or job["state"] == "held" or state(job) == "W":
        return None
    if lack["resource"] == "never":
        return f"Can Never Run: {job['never']}"
    if lack["resource"] == "queue":
        return "Not Running: Queue not started."
    never = lack["wanted"] > lack["total"]
    if not never and lack["resource"] == "cpus" and not lack["free"]:
        return "Not Running: Not enough free nodes available"
    # What is free is not asked for a job that the whole node could not take.
    numbers = [lack["wanted"], lack["total"] if never else lack["free"], lack["total"]]
    name = NODE[lack["resource"]]
    asked, free, all_ = (short_size(number) if name == "mem" else str(number) for number in numbers)
    prefix = "Can Never Run" if never else "Not Running"
    return f"{prefix}: Insufficient amount of resource: {name} (R: {asked} A: {free} T: {all_})"
