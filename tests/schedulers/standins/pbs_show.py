"""Return the attributes of jobs, queues, server and node as qstat and pbsnodes show them."""

from __future__ import annotations

import os
import time
from typing import Any

from tests.schedulers.standins.engine import Cluster, Job
from tests.schedulers.standins.pbs_forms import Attributes
from tests.schedulers.standins.pbs_server import VERSION
from tests.schedulers.standins.pbs_states import comment, exit_status, state
from tests.schedulers.standins.pbs_values import as_time, kilobytes, short_size

SUBSTATES = {"Q": "10", "H": "20", "W": "30", "R": "42", "E": "51"}
KINDS = ("Transit", "Queued", "Held", "Waiting", "Running", "Exiting", "Begun")
LETTERS = {"Queued": "Q", "Held": "H", "Waiting": "W", "Running": "R", "Exiting": "E"}
ORDER = [
    "Job_Name",
    "Job_Owner",
    "resources_used",
    "job_state",
    "queue",
    "server",
    "Account_Name",
    "Checkpoint",
    "ctime",
    "Error_Path",
    "exec_host",
    "exec_vnode",
    "Execution_Time",
    "Hold_Types",
    "Join_Path",
    "Keep_Files",
    "Mail_Points",
    "Mail_Users",
    "mtime",
    "Output_Path",
    "Priority",
    "qtime",
    "Remove_Files",
    "Rerunable",
    "Resource_List",
    "stime",
    "obittime",
    "session_id",
    "Shell_Path_List",
    "jobdir",
    "substate",
    "User_List",
    "Variable_List",
    "comment",
    "etime",
    "umask",
    "run_count",
    "Stageout_status",
    "Exit_status",
    "Submit_arguments",
    "history_timestamp",
    "project",
    "Submit_Host",
]


def job_attributes(cluster: Cluster, job: Job) -> Attributes:
    """Return a job's attributes in the server's order, without those that are not set."""
    shown = {**_of_state(cluster, job), **_of_request(job), **_of_end(job)}
    names = sorted(shown, key=ORDER.index)
    return {name: shown[name] for name in names if shown[name] is not None}


def _of_state(cluster: Cluster, job: Job) -> dict[str, Any]:
    started, letter = job["started"] is not None, state(job)
    return {
        "resources_used": _used(job) if started else None,
        "job_state": letter,
        "server": cluster.settings["host"],
        "exec_host": _exec_host(cluster, job) if started else None,
        "exec_vnode": job["extra"]["exec_vnode"] if started else None,
        "Hold_Types": "u" if letter == "H" else "n",
        "session_id": str(job["pid"]) if job["pid"] else None,
        "jobdir": job["folder"] if started else None,
        "substate": SUBSTATES.get(letter) or _last_substate(job),
        "comment": comment(job),
        "run_count": "1" if started else None,
        "ctime": _date(job["submitted"]),
        "qtime": _date(job["submitted"]),
        "etime": _date(job["submitted"]) if letter not in "HW" else None,
        "stime": _date(job["started"]),
        "mtime": _date(job["ended"] or job["started"] or job["submitted"]),
    }


def _of_request(job: Job) -> dict[str, Any]:
    extra, options = job["extra"], job["extra"]["options"]
    return {
        "Job_Name": job["name"],
        "Job_Owner": extra["owner"],
        "queue": job["queue"],
        "Account_Name": options.get("A"),
        "Checkpoint": options.get("c", "u"),
        **extra["paths"],
        "Execution_Time": _date(extra["execution_time"]),
        "Join_Path": options.get("j", "n"),
        "Keep_Files": options.get("k", "n"),
        "Mail_Points": options.get("m", "a").strip(),
        "Mail_Users": options.get("M"),
        "Priority": options.get("p", "0"),
        "Remove_Files": options.get("R"),
        "Rerunable": "False" if options.get("r") == "n" else "True",
        "Resource_List": extra["resources"],
        "Shell_Path_List": options.get("S"),
        "User_List": options.get("u"),
        "Variable_List": extra["variables"],
        "umask": extra["attributes"].get("umask"),
        "Submit_arguments": extra["submit_arguments"],
        "project": options.get("P", "_pbs_project_default"),
        "Submit_Host": "localhost",
    }


def _of_end(job: Job) -> dict[str, Any]:
    letter, status = state(job), exit_status(job)
    ran = job["started"] is not None and letter == "F"
    return {
        "obittime": _date(job["ended"]) if ran else None,
        "Stageout_status": "1" if ran else None,
        "Exit_status": str(status) if status is not None and letter in "EF" else None,
        "history_timestamp": str(int(job["ended"])) if letter == "F" else None,
    }


def _date(when: float | None) -> str | None:
    return None if when is None else time.ctime(when)


def _used(job: Job) -> dict[str, str]:
    wall = (job["ended"] or time.time()) - job["started"]
    return {
        "cpupercent": "0",
        "cput": "00:00:00",
        "mem": "0kb",
        "ncpus": str(job["cpus"]),
        "vmem": "0kb",
        "walltime": as_time(wall),
    }


def _exec_host(cluster: Cluster, job: Job) -> str:
    times = "" if job["cpus"] == 1 else f"*{job['cpus']}"
    return f"{cluster.settings['host']}/{job['extra'].get('slot', 0)}{times}"


def _last_substate(job: Job) -> str:
    if job["killed"] in ("cancel", "force"):
        return "91"
    return "92" if job["exit_status"] == 0 and job["killed"] is None else "93"


def counts(jobs: list[Job]) -> dict[str, int]:
    """Count jobs by state."""
    letters = [state(job) for job in jobs]
    return {kind: letters.count(LETTERS.get(kind, "-")) for kind in KINDS}


def _state_count(jobs: list[Job]) -> str:
    return "".join(f"{kind}:{number} " for kind, number in counts(jobs).items())


def _assigned(cluster: Cluster, jobs: list[Job]) -> dict[str, str] | None:
    used = cluster.used(jobs)
    chunks = [job["extra"]["resources"]["nodect"] for job in jobs if job["state"] == "running"]
    if not jobs:
        return None
    nodect = str(sum(map(int, chunks)))
    return {"mem": short_size(used["memory"]), "ncpus": str(used["cpus"]), "nodect": nodect}


def queue_attributes(cluster: Cluster, name: str) -> Attributes:
    """Return a queue's attributes; finished jobs do not count."""
    queue = cluster.settings["queues"][name]
    every = [job for job in cluster.jobs() if job["queue"] == name]
    jobs = [job for job in every if job["state"] != "finished"]
    users = queue.get("acl_users")
    shown: dict[str, Any] = {
        "queue_type": "Execution",
        "total_jobs": str(len(jobs)),
        "state_count": _state_count(jobs),
        "acl_user_enable": None if users is None else "True",
        "acl_users": None if users is None else ",".join(users),
        "resources_max": queue.get("resources_max"),
        "resources_min": queue.get("resources_min"),
        "resources_default": queue.get("resources_default"),
        "resources_assigned": _assigned(cluster, every),
        "enabled": str(queue.get("enabled", True)),
        "started": str(queue.get("started", True)),
    }
    return {attribute: value for attribute, value in shown.items() if value is not None}


def server_attributes(cluster: Cluster) -> Attributes:
    """Return the server's attributes; finished jobs count while they are remembered."""
    settings, jobs = cluster.settings, cluster.jobs()
    server = settings["server"]
    queued = server["max_queued"]
    shown: dict[str, Any] = {
        "server_state": "Active",
        "server_host": settings["host"],
        "scheduling": "True",
        "max_queued": None if queued is None else f"[u:PBS_GENERIC={queued}]",
        "total_jobs": str(len(jobs)),
        "state_count": _state_count(jobs),
        "default_queue": settings["default_queue"] or None,
        "log_events": "511",
        "mailer": "/usr/sbin/sendmail",
        "mail_from": "adm",
        "query_other_jobs": "True",
        "resources_default": server["resources_default"] or None,
        "default_chunk": server["default_chunk"] or None,
        "resources_max": server["resources_max"] or None,
        "resources_assigned": _assigned(cluster, jobs),
        "scheduler_iteration": "600",
        "flatuid": "True",
        "resv_enable": "True",
        "node_fail_requeue": "310",
        "max_array_size": "10000",
        "pbs_version": VERSION,
        "eligible_time_enable": "False",
        "job_history_enable": "True" if server["history"] else None,
        "max_job_sequence_id": "9999999",
    }
    return {attribute: value for attribute, value in shown.items() if value is not None}


def node_attributes(cluster: Cluster) -> Attributes:
    """Return the attributes of the only node."""
    settings = cluster.settings
    node, host = settings["node"], settings["host"]
    jobs = [job for job in cluster.jobs() if job["state"] in ("running", "exiting")]
    used = cluster.used(jobs)
    owners = [f"{job['number']}.{host}" for job in jobs for _ in range(job["cpus"])]
    since = str(int(max([job["started"] for job in jobs], default=time.time())))
    shown: dict[str, Any] = {
        "Mom": host,
        "ntype": "PBS",
        "state": "job-busy" if used["cpus"] >= node["cpus"] else "free",
        "pcpus": str(os.cpu_count()),
        "jobs": ", ".join(f"{owner}/{slot}" for slot, owner in enumerate(owners)) or None,
        "resources_available": {
            "arch": "linux",
            "host": host,
            "mem": short_size(node["memory"]),
            "ncpus": str(node["cpus"]),
            "ngpus": str(node["gpus"]),
            "vnode": host,
        },
        "resources_assigned": {
            "accelerator_memory": "0kb",
            "hbmem": "0kb",
            "mem": kilobytes(used["memory"]),
            "naccelerators": "0",
            "ncpus": str(used["cpus"]),
            "ngpus": str(used["gpus"]),
            "vmem": "0kb",
        },
        "resv_enable": "True",
        "sharing": "default_shared",
        "license": "l",
        "last_state_change_time": since,
        "last_used_time": since,
    }
    return {attribute: value for attribute, value in shown.items() if value is not None}
