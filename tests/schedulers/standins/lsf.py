"""Imitate a cluster with the commands of IBM's LSF or OpenLava in one folder.

`install(folder)` writes bsub, bjobs, bkill, bstop, bresume, bqueues, bhosts and lsid into
``folder/bin`` and ``folder/conf/lsf.conf``, through which they find the rest. The folder is the
engine's too: ``Cluster(folder).set(...)`` changes a knob, ``Cluster(folder).down = True`` takes
the daemons down, ``shutdown(folder)`` ends everything.

What a test should know:

- ``bsub < script`` reads #BSUB lines, ``bsub script`` runs the file and reads none. The first
  word on these lines that is no option ends all of them.
- A job gets the submitter's environment, unless ``-env`` (IBM) says otherwise.
- Output reaches ``-o`` and ``-e`` when the job is over, below a report; without them it is a mail,
  which nobody gets. ``LSB_STDOUT_DIRECT=Y`` in lsf.conf (`conf`) writes it as it comes.
- ``-M`` limits and reserves nothing; ``rusage[mem=..]`` reserves. Memory is not enforced.
- A job over its ``-W`` gets SIGUSR2 first, which ends most programs; one that is killed gets
  SIGINT, SIGTERM, SIGKILL.
- Not there: job arrays, interactive jobs, more than one host, mails, checkpoints.

Unlike LSF itself, that a job of IBM's flavour asks for more slots than the host has lets it wait.
The words of a refused ``-gpu`` and of a wrong ``bjobs -o`` field are this stand-in's own.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from tests.schedulers.standins.engine import ROOT, Cluster, Job
from tests.schedulers.standins.lsf_common import IBM, OPENLAVA, exit_code, exit_reason, status
from tests.schedulers.standins.lsf_depends import depends

#: Each command, the module and function that it is.
COMMANDS = {
    "bsub": ("lsf_bsub", "main"),
    "bjobs": ("lsf_bjobs", "main"),
    "bkill": ("lsf_signals", "bkill"),
    "bstop": ("lsf_signals", "bstop"),
    "bresume": ("lsf_signals", "bresume"),
    "bqueues": ("lsf_queues", "bqueues"),
    "bhosts": ("lsf_queues", "bhosts"),
    "lsid": ("lsf_queues", "lsid"),
}
COMMAND = """\
#!{python} -IS
import sys

sys.path.insert(0, {root!r})
from tests.schedulers.standins.{module} import {function}

sys.exit({function}())
"""
QUEUES: dict[str, dict[str, Any]] = {
    "normal": {"runlimit": 120, "memlimit": 16 * 2**20, "proclimit": 8},
    "short": {"runlimit": 10, "memlimit": 16 * 2**20, "proclimit": 8, "priority": 40},
}
SETTINGS: dict[str, Any] = {
    "host": "node1",
    "cluster_name": "standin",
    "default_queue": "normal",
    "kill_signals": ["SIGINT", "SIGTERM"],
    "walltime_signals": ["SIGUSR2", "SIGINT", "SIGTERM"],
    "kill_delay": 0.5,
    "minute": 60,
    "clean_period": 3600,
    "down_seconds": 45,
    "down_tries": 1,
    "resources": [],
    "projects": None,
    "user_groups": [],
}


def install(
    folder: Path,
    flavour: str = IBM,
    *,
    units: str | None = None,
    conf: dict[str, str] | None = None,
    queues: dict[str, dict[str, Any]] | None = None,
    dispatch_delay: float = 0,
    **settings: Any,
) -> dict[str, str]:
    """Create a cluster.

    Parameters
    ----------
    folder : Path
        Its folder; made. The engine's, with `bin` and `conf` in it.
    flavour : str
        ``"ibm"`` or ``"openlava"``: IBM's has -gpu, -env, -cwd, -oo, -eo, units of -M, bjobs -o and
        -json; where they differ, words are each one's own.
    units : str or None
        LSF_UNIT_FOR_LIMITS, such as ``"MB"``; None leaves it out, and then -M is in KB.
    conf : dict or None
        More lines of lsf.conf.
    queues : dict or None
        By name: runlimit and default_runlimit (minutes), memlimit (KB), proclimit, priority,
        exclusive, open, started (bool), users (list), description. None: `QUEUES`.
    dispatch_delay : float
        Seconds between two looks at the waiting jobs; real ones take about 10.
    **settings
        Others of `SETTINGS` and of the engine: node, host, default_queue, kill_delay (seconds),
        minute (seconds that one of -W and of a runlimit lasts), clean_period (seconds that bjobs knows a finished job), down_seconds (how long a command
        blocks while the daemons are down), down_tries (how often; None: for ever; LSB_NTRIES
        counts first), resources (names besides LSF's own), projects (list: an esub refuses
        others), user_groups.

    Returns
    -------
    dict
        PATH with the commands first, and LSF_ENVDIR.
    """
    if flavour not in (IBM, OPENLAVA):
        raise ValueError(f"flavour: {flavour!r} is neither {IBM!r} nor {OPENLAVA!r}")
    cluster = Cluster.make(
        folder,
        **{
            **SETTINGS,
            "flavour": "tests.schedulers.standins.lsf",
            "lsf": flavour,
            "queues": QUEUES if queues is None else queues,
            "dispatch_interval": dispatch_delay,
            **settings,
        },
    )
    lines = {"LSB_SHAREDIR": cluster.folder, "LSF_BINDIR": cluster.path("bin"), **(conf or {})}
    if units is not None:
        lines["LSF_UNIT_FOR_LIMITS"] = units
    os.mkdir(cluster.path("conf"))
    with open(cluster.path("conf", "lsf.conf"), "w") as file:
        file.write("".join(f"{name}={value}\n" for name, value in lines.items()))
    os.mkdir(cluster.path("bin"))
    for command, (module, function) in COMMANDS.items():
        path = cluster.path("bin", command)
        with open(path, "w") as file:
            file.write(
                COMMAND.format(python=sys.executable, root=ROOT, module=module, function=function)
            )
        os.chmod(path, 0o755)
    path = os.pathsep.join([cluster.path("bin"), os.environ.get("PATH", os.defpath)])
    return {"PATH": path, "LSF_ENVDIR": cluster.path("conf")}


# What the server calls


def job_ended(cluster: Cluster, job: Job) -> None:
    """Deliver output, then start jobs that depend on this one."""
    job["state"] = "finished"
    _deliver(cluster, job)
    cluster.write(job)
    for other in cluster.jobs():
        condition = other["extra"].get("depends")
        if other["state"] == "held" and condition and not depends(cluster, condition):
            other["extra"]["depends"] = None
            other["state"] = "waiting"
            cluster.write(other)
            cluster.wake()


def _deliver(cluster: Cluster, job: Job) -> None:
    extra = job["extra"]
    printed = job["stdout"] != extra["out"] and _read(job["stdout"])
    report = b"" if extra["mails_report"] else _report(cluster, job).encode()
    if extra["out"]:
        if printed is False:
            text = report + b"\nThe output (if any) is above this job summary.\n\n"
        else:
            text = report + (b"\nThe output (if any) follows:\n\n" if report else b"") + printed
        _append(extra["out"], text, job["umask"], anew=extra["out_anew"])
    if extra["err"]:
        _append(extra["err"], _read(job["stderr"]), job["umask"], anew=extra["err_anew"])


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _append(path: str, text: bytes, umask: int, *, anew: bool) -> None:
    """Write a job's output; if the folder is missing, it is lost, because LSF would mail it."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if anew else os.O_APPEND)
    try:
        file = os.open(path, flags, 0o666 & ~umask)
    except OSError:
        return
    with open(file, "wb") as opened:
        opened.write(text)


def _report(cluster: Cluster, job: Job) -> str:
    """Return the summary above a job's output in LSF's form."""
    settings, extra = cluster.settings, job["extra"]
    host, name = settings["host"], settings["cluster_name"]
    good = status(job) == "DONE"
    code = exit_code(job)
    ending = "Successfully completed." if good else f"Exited with exit code {code}."
    reason = exit_reason(job)
    if reason and settings["lsf"] == IBM:
        ending = f"{reason}.\n{ending}"
    line = "-" * 60
    short = re.sub(r"\s+", " ", job["name"])
    return (
        f"Sender: LSF System <lsfadmin@{host}>\n"
        f"Subject: Job {job['number']}: <{short}> in cluster <{name}> {'Done' if good else 'Exited'}\n\n"
        f"Job <{short}> was submitted from host <{host}> by user <{extra['user']}>"
        f" in cluster <{name}> at {time.ctime(job['submitted'])}.\n"
        f"Job was executed on host(s) <{host}>, in queue <{job['queue']}>.\n"
        f"<{job['folder']}> was used as the working directory.\n"
        f"Results reported at {time.ctime(job['ended'])}\n\n"
        f"Your job looked like:\n\n{line}\n# LSBATCH: User input\n{extra['script'].rstrip()}\n{line}\n\n"
        f"{ending}\n"
    )
