"""Imitate bsub."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from typing import Any

from tests.schedulers.standins.engine import Cluster, Job
from tests.schedulers.standins.lsf_common import (
    FAILED,
    IBM,
    VERSIONS,
    Batch,
    RefusedError,
    complain,
    exit_code,
    run,
    say,
)
from tests.schedulers.standins.lsf_depends import depends
from tests.schedulers.standins.lsf_job import Submission, make_job, user
from tests.schedulers.standins.lsf_options import (
    Options,
    directives,
    has_command,
    last,
    merge,
    parse,
    usage,
)
from tests.schedulers.standins.lsf_request import Request, check


def main() -> int:
    """Run bsub."""
    return run(bsub, ". Job not submitted.\n")


def bsub(arguments: list[str]) -> int:
    """Submit a job and return the exit code."""
    batch = Batch()
    line, command = parse(arguments, batch.flavour)
    if "V" in line or "h" in line:
        complain(VERSIONS[batch.flavour] if "V" in line else usage(batch.flavour).rstrip())
        return 0 if "V" in line else FAILED
    script = None
    if not command or _is_parsed(command, batch):
        script = _script(command)
        options, _ = parse(directives(script), batch.flavour)
        line = merge(line, options)
    request = check(line, batch)
    cluster = batch.call()
    queue = choose_queue(cluster, line, request)
    submission = Submission(batch, queue, line, request, command, script)
    job = cluster.submit(lambda number: make_job(submission, number))
    _tell(job, "q" in line or bool(os.environ.get("LSB_DEFAULTQUEUE")))
    return _wait(cluster, job) if "K" in line else 0


def _is_parsed(command: list[str], batch: Batch) -> bool:
    """Return True if `bsub script` reads the script's #BSUB lines, which IBM's lsf.conf can enable."""
    wanted = batch.flavour == IBM and batch.conf.get("LSB_BSUB_PARSE_SCRIPT", "N") in "Yy"
    return wanted and os.path.isfile(command[0])


def _script(command: list[str]) -> str:
    if command:
        with open(command[0]) as file:
            return file.read()
    script = sys.stdin.read()
    if not has_command(script):
        redirected = stat.S_ISREG(os.fstat(0).st_mode)
        raise RefusedError(
            "No command is specified" + (" in the script file" if redirected else "")
        )
    return script


# What mbatchd checks


def choose_queue(cluster: Cluster, options: Options, request: Request) -> str:
    """Return the first requested queue that accepts the job, or raise the error of the last one."""
    settings = cluster.settings
    asked = last(options, "q") or os.environ.get("LSB_DEFAULTQUEUE") or settings["default_queue"]
    refusal = None
    for name in asked.split():
        try:
            _accepts(cluster, name, options, request)
        except RefusedError as words:
            refusal = words
        else:
            return name
    raise refusal or RefusedError("Queue name must be specified")


def _accepts(cluster: Cluster, name: str, options: Options, request: Request) -> None:
    settings = cluster.settings
    queue: dict[str, Any] | None = settings["queues"].get(name)
    project, group = last(options, "P"), last(options, "G")
    if queue is None:
        raise RefusedError(f"{name}: No such queue")
    if not queue.get("open", True):
        raise RefusedError(f"{name}: Queue has been closed")
    if {"I", "Ip", "Is", "IS", "ISp", "ISs", "IX"} & options.keys():
        raise RefusedError("Queue does not accept interactive jobs")
    if "x" in options and not queue.get("exclusive"):
        raise RefusedError(f"{name}: Queue does not accept EXCLUSIVE jobs")
    users = queue.get("users")
    if users is not None and user() not in users:
        raise RefusedError(f"{name}: User cannot use the queue")
    if settings["projects"] is not None and project not in settings["projects"]:
        complain(f"esub: project {project} is not known here")
        raise RefusedError("Request aborted by esub")
    if group is not None and group not in settings["user_groups"]:
        raise RefusedError("User not in the specified user group")
    for host in re.split(r"\s+", last(options, "m") or settings["host"]):
        if re.sub(r"[!+].*", "", host) not in (settings["host"], "all", "others"):
            raise RefusedError(f"{host}: Bad host name, host group name or cluster name")
    _within_limits(settings, queue, request)
    depends(cluster, last(options, "w"))


def _within_limits(settings: dict[str, Any], queue: dict[str, Any], request: Request) -> None:
    slots = [queue.get("proclimit")]
    if settings["lsf"] != IBM:  # IBM's lets such a job wait
        slots.append(settings["node"]["cpus"])
    if any(limit is not None and request["slots"] > limit for limit in slots):
        raise RefusedError("Too many processors requested")
    wanted = {
        "RUNLIMIT": (request["minutes"], queue.get("runlimit")),
        "MEMLIMIT": (request["memory_limit"], queue.get("memlimit")),
    }
    for name, (value, most) in wanted.items():
        if value is not None and most and value > most:
            raise RefusedError(f"{name}: Cannot exceed queue's hard limit(s)")


def _tell(job: Job, asked: bool) -> None:
    if os.environ.get("BSUB_QUIET") is not None:
        return
    default = "" if asked else "default "
    text = f"Job <{job['number']}> is submitted to {default}queue <{job['queue']}>.\n"
    if os.environ.get("BSUB_STDERR") is not None:
        sys.stderr.write(text)
    else:
        say(text)


def _wait(cluster: Cluster, job: Job) -> int:
    """Wait until the job has ended, as -K does, and return its exit code."""
    sys.stdout.flush()
    complain("<<Waiting for dispatch ...>>")
    said = False
    number = job["number"]
    while True:
        now = cluster.job(number) or job
        if now["started"] and not said:
            complain(f"<<Starting on {cluster.settings['host']}>>")
            said = True
        if now["state"] == "finished":
            complain("<<Job is finished>>" if said else f"<<Job {number} is terminated>>")
            return exit_code(now) if said else FAILED
        time.sleep(0.02)
