"""The long formats: `bjobs -l` and `bjobs -UF`."""

from __future__ import annotations

from tests.schedulers.standins.engine import Job
from tests.schedulers.standins.lsf_common import (
    IBM,
    Batch,
    exit_code,
    exit_reason,
    long_time,
    pending_line,
    status,
)

WIDTH, INDENT = 79, 21
PARAMETERS = """\

 SCHEDULING PARAMETERS:
           r15s   r1m  r15m   ut      pg    io   ls    it    tmp    swp    mem
 loadSched   -     -     -     -       -     -    -     -     -      -      -
 loadStop    -     -     -     -       -     -    -     -     -      -      -
"""


def long_format(batch: Batch, job: Job, *, wrapped: bool) -> str:
    """Return the long format of a job, on lines of 79 characters if `wrapped`."""
    parts = [_header(batch, job, "Job Id" if wrapped else "Job"), _submitted(batch, job)]
    text = "\n" + "".join(wrap(part) if wrapped else part for part in parts)
    text += _limits(batch, job)
    state = status(job)
    if job["started"]:
        started = f"{long_time(job['started'])}: Started on {_hosts(batch, job)},"
        started += f" Execution CWD <{job['folder']}>;\n"
        text += wrap(started) if wrapped else started
    if state in ("PEND", "PSUSP"):
        text += " PENDING REASONS:\n" + pending_line(job, hosts=batch.host)
    elif state == "USUSP":
        text += " SUSPENDING REASONS:\n The job was suspended by user;\n"
    elif state in ("DONE", "EXIT"):
        text += _ended(batch, job)
    return text + PARAMETERS + "\n"


def wrap(text: str) -> str:
    """Break a line after exactly 79 characters and indent the rest by 21 blanks, as LSF does."""
    lines, rest = [], text.rstrip("\n")
    room = WIDTH
    while len(rest) > room:
        lines.append(rest[:room])
        rest = rest[room:].removeprefix(" ")
        room = WIDTH - INDENT
    return ("\n" + " " * INDENT).join([*lines, rest]) + "\n"


def _header(batch: Batch, job: Job, word: str) -> str:
    extra = job["extra"]
    parts = [f"{word} <{job['number']}>"]
    if job["name"] != extra["command"]:
        parts.append(f"Job Name <{job['name']}>")
    parts += [f"User <{extra['user']}>", f"Project <{extra['project']}>"]
    parts += [f"Status <{status(job)}>", f"Queue <{job['queue']}>"]
    parts.append(f"Command <{extra['command']}>")
    if batch.flavour == IBM:
        parts.append(f"Share group charged </{extra['user']}>")
    if extra["description"]:
        parts.append(f"Job Description <{extra['description']}>")
    return ", ".join(parts) + "\n"


def _submitted(batch: Batch, job: Job) -> str:
    extra, slots = job["extra"], job["extra"]["slots"]
    parts = [f"{long_time(job['submitted'])}: Submitted from host <{batch.host}>"]
    parts.append(f"CWD <{extra['folder']}>")
    for name, title in (("out", "Output File"), ("err", "Error File")):
        if extra[name]:
            parts.append(f"{title} <{extra[name]}>")
    if slots > 1:
        parts.append(f"{slots} {'Task(s)' if batch.flavour == IBM else 'Processors Requested'}")
    if extra["requirement"]:
        parts.append(f"Requested Resources <{extra['requirement']}>")
    if extra["gpu"]:
        parts.append(f"Requested GPU <{extra['gpu']}>")
    return ", ".join(parts) + ";\n"


def _limits(batch: Batch, job: Job) -> str:
    text = ""
    if job["walltime"]:
        minutes = job["walltime"] / batch.cluster.settings["minute"]
        text += f"\n RUNLIMIT                \n {minutes:.1f} min\n"
    if job["extra"]["memory_limit"]:
        text += f"\n MEMLIMIT\n {job['extra']['memory_limit']:6d} K\n"
    return text


def _hosts(batch: Batch, job: Job) -> str:
    slots = job["extra"]["slots"]
    if slots == 1:
        return f"<{batch.host}>"
    if batch.flavour == IBM:
        return f"{slots} Task(s) on Host(s) <{slots}*<{batch.host}>>"
    return f"{slots} Hosts/Processors " + " ".join([f"<{batch.host}>"] * slots)


def _ended(batch: Batch, job: Job) -> str:
    when = long_time(job["ended"])
    if status(job) == "DONE":
        return f"{when}: Done successfully. The CPU time used is 0.1 seconds.\n"
    code, reason = exit_code(job), exit_reason(job)
    words = f"Exited with exit code {code}" if code else "Exited"
    text = f"{when}: {words}.{' The CPU time used is 0.1 seconds.' if job['started'] else ''}\n"
    if reason and batch.flavour == IBM:
        text += f"{when}: Completed <exit>; {reason}.\n"
    return text
