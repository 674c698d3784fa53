"""Imitate a server with the commands of OpenPBS 23.06 in one folder.

`install(folder)` writes qsub, qstat, qdel and pbsnodes into ``folder/bin`` and ``folder/pbs.conf``,
through which they find the rest. The folder is the engine's too: ``Cluster(folder).set(...)``
changes a knob, ``Cluster(folder).down = True`` takes the server down, ``shutdown(folder)`` ends
everything.

What a test should know:

- Directives are read up to the first line that is neither blank nor a comment. The command line
  beats them; among directives the last wins, but of one resource of -l the first.
- A job starts in the home folder, as a login shell that gets the script's path on stdin, so that
  ``#!`` counts. It sees PATH=/bin:/usr/bin (/etc/profile may change it), PBS_* variables and what
  -v and -V name; nothing else of the submitter's.
- Output is delivered when the job is over; while it runs it is in ``folder/spool``.
- A deleted job is shown running for `kill_delay`, though its processes are gone.
- A finished job is known to ``qstat -x`` only. qstat exits with the code of the last id that it
  could not show, and shows the others.
- qdel does not tell of unknown ids behind the last one that it knows.
- Memory is taken from the node, and not enforced. Walltime is enforced after `walltime_lag`, by
  default at once; OpenPBS is up to 12 s late.
- Not there: job arrays, interactive and blocking jobs, dependencies, staging, more than one
  node, mails. Options for these end with 199 and say so.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.schedulers.standins.engine import ROOT, Cluster, Job

#: Each is a function of its name in the module pbs_NAME.
COMMANDS = ("qsub", "qstat", "qdel", "pbsnodes")
COMMAND = """\
#!{python} -IS
import os
import sys

sys.path.insert(0, {root!r})
from tests.schedulers.standins.pbs_{command} import {command}
from tests.schedulers.standins.pbs_server import Context

environ = dict(os.environ)
sys.exit({command}(sys.argv[1:], Context({folder!r}, environ), environ))
"""
QUEUES: dict[str, dict[str, Any]] = {
    "workq": {},
    "short": {"resources_max": {"mem": "4gb", "walltime": "00:10:00"}},
}
SERVER: dict[str, Any] = {
    "resources_default": {"ncpus": "1"},
    "default_chunk": {"ncpus": "1"},
    "resources_max": {},
    "max_queued": None,
    "history": True,
}


def install(
    folder: Path,
    *,
    queues: dict[str, dict[str, Any]] | None = None,
    server: dict[str, Any] | None = None,
    kill_delay: float = 0.3,
    gpu_hook: bool = True,
    **settings: Any,
) -> dict[str, str]:
    """Create a server and its node.

    Parameters
    ----------
    folder : Path
        Its folder; made. The engine's, with `bin` in it.
    queues : dict or None
        By name: resources_max, resources_min, resources_default (values as text, in PBS's forms),
        enabled, started, from_route_only (bool), acl_users (list: others are denied), max_queued
        (jobs of a user). None: `QUEUES`.
    server : dict or None
        Others than `SERVER`: limits of the whole server, the most jobs it takes from a user
        (max_queued), whether finished jobs are remembered (history).
    kill_delay : float
        Seconds between SIGTERM and SIGKILL; OpenPBS's own is 10.
    gpu_hook : bool
        Whether CUDA_VISIBLE_DEVICES says which GPUs a job has (empty: none), as OpenPBS's cgroup
        hook does; without it nothing does.
    **settings
        Others of the engine: node, host, exit_delay, dispatch_interval, walltime_lag (seconds); and
        default_queue (None: there is none), home (where jobs start; the caller's HOME), shell,
        root_allowed (False: jobs of root are refused, as by default in OpenPBS).

    Returns
    -------
    dict
        PATH with the commands first, and PBS_CONF_FILE.
    """
    cluster = Cluster.make(
        folder,
        **{
            "flavour": "tests.schedulers.standins.pbs",
            "host": "pbs1",
            "queues": QUEUES if queues is None else queues,
            "default_queue": "workq",
            "server": {**SERVER, **(server or {})},
            "kill_delay": kill_delay,
            "linger": kill_delay,
            "gpu_hook": gpu_hook,
            "home": os.path.expanduser("~"),
            "shell": "/bin/bash",
            "root_allowed": True,
            **settings,
        },
    )
    conf = cluster.path("pbs.conf")
    with open(conf, "w") as file:
        file.write(f"PBS_SERVER={cluster.settings['host']}\nPBS_HOME={cluster.folder}\n")
    os.mkdir(cluster.path("bin"))
    for command in COMMANDS:
        path = cluster.path("bin", command)
        values = {"python": sys.executable, "root": ROOT, "command": command}
        with open(path, "w") as file:
            file.write(COMMAND.format(folder=cluster.folder, **values))
        os.chmod(path, 0o755)
    path = os.pathsep.join([cluster.path("bin"), os.environ.get("PATH", os.defpath)])
    return {"PATH": path, "PBS_CONF_FILE": conf}


def take_down(cluster: Cluster, how: str = "refused") -> None:
    """Make the server unavailable: connections are ``refused``, closed (``hangup``) or ``hung``.

    While it is ``hung``, commands block; what they asked is done when ``cluster.down = False``
    brings it back, as with a real server that was stopped for a while.
    """
    with open(cluster.path("down"), "w") as file:
        file.write(how)


# What the engine's server calls


def job_starts(cluster: Cluster, job: Job) -> None:
    """Create the job's folder for temporary files, its node file, and its environment."""
    host = cluster.settings["host"]
    name = f"{job['number']}.{host}"
    running = [other for other in cluster.jobs() if other["state"] == "running"]
    slots = {other["extra"].get("slot") for other in running if other["number"] != job["number"]}
    job["extra"]["slot"] = next(slot for slot in range(len(slots) + 1) if slot not in slots)
    nodefile, temporary = cluster.path("spool", f"{name}.nodes"), cluster.path("tmp", name)
    os.makedirs(temporary, mode=0o700, exist_ok=True)
    with open(nodefile, "w") as file:
        file.write(f"{host}\n" * int(job["extra"]["resources"]["nodect"]))
    job["environment"] = {
        "TZ": "UTC",
        "PATH": "/bin:/usr/bin",
        **job["extra"]["variables"],
        **_of_job(job, name),
        "PBS_NODEFILE": nodefile,
        "TMPDIR": temporary,
        **(_of_gpus(job) if cluster.settings["gpu_hook"] else {}),
    }


def _of_job(job: Job, name: str) -> dict[str, str]:
    """Return the variables that describe a job."""
    extra = job["extra"]
    who, cpus, account = (
        extra["owner"].partition("@")[0],
        extra["cpus_of_first"],
        extra["options"].get("A"),
    )
    return {
        "HOME": job["folder"],
        "LOGNAME": who,
        "USER": who,
        "SHELL": extra["shell"],
        "NCPUS": cpus,
        "OMP_NUM_THREADS": cpus,
        "PBS_JOBID": name,
        "PBS_JOBNAME": job["name"],
        "PBS_QUEUE": job["queue"],
        "PBS_JOBCOOKIE": f"{job['number']:032X}",
        "PBS_JOBDIR": job["folder"],
        "PBS_NODENUM": "0",
        "PBS_TASKNUM": "1",
        "PBS_MOMPORT": "15003",
        "PBS_ENVIRONMENT": "PBS_BATCH",
        "ENVIRONMENT": "BATCH",
        **({"PBS_ACCOUNT": account} if account else {}),
    }


def _of_gpus(job: Job) -> dict[str, str]:
    """Return the variables of the cgroup hook."""
    devices = ",".join(map(str, job["gpu_devices"]))
    order = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"} if devices else {}
    return {"CUDA_VISIBLE_DEVICES": devices, **order}


def job_ended(cluster: Cluster, job: Job) -> None:
    """Deliver output and clean up."""
    host = cluster.settings["host"]
    name = f"{job['number']}.{host}"
    if job["killed"] == "walltime":
        used, limit = int(job["ended"] - job["started"]), job["walltime"]
        with open(job["stderr"], "a") as file:
            file.write(f"=>> PBS: job killed: walltime {used} exceeded limit {limit}\n")
    removed = job["extra"]["options"].get("R", "") if job["exit_status"] == 0 else ""
    ends = {"stdout": ("Output_Path", ".OU", "o"), "stderr": ("Error_Path", ".ER", "e")}
    joined = job["extra"]["options"].get("j", "n")
    for stream, (kind, ending, letter) in ends.items():
        if letter not in removed and joined in ("n", letter + ("e" if letter == "o" else "o")):
            _deliver(job[stream], job["extra"]["paths"][kind], f"{name}{ending}", job["umask"])
    shutil.rmtree(cluster.path("tmp", name), ignore_errors=True)
    for leftover in (f"{name}.SC", f"{name}.SC.stdin", f"{name}.nodes"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(cluster.path("spool", leftover))


def _deliver(source: str, target: str, name: str, umask: int) -> None:
    """Move output to its destination, or keep it in the spool if that fails."""
    path = target.partition(":")[2]
    path = os.path.join(path, name) if path.endswith("/") or os.path.isdir(path) else path
    with contextlib.suppress(OSError):
        if path != os.devnull:
            shutil.copyfile(source, path)
            os.chmod(path, 0o666 & ~umask)
        os.remove(source)
