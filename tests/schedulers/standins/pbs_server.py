"""Decide as a PBS server does: whether it answers, and which jobs it accepts."""

from __future__ import annotations

import os
import pwd
import re
import sys
import time
from typing import Any, NamedTuple

from tests.schedulers.standins.engine import Cluster, Job
from tests.schedulers.standins.pbs_values import (
    ILLEGAL,
    RESOURCES,
    Chunk,
    RefusedError,
    amount,
    as_size,
    as_time,
    check_place,
    check_select,
    in_one_unit,
    kilobytes,
    read_nodes,
    read_select,
    sums,
)

VERSION = "23.06.06"
#: What -F of qstat and pbsnodes takes.
FORMATS = ("default", "dsv", "json")
#: How a server may fail to answer, by the word in the folder's file `down`; "hung" never ends.
SILENCE = {
    "refused": (15010, "Connection refused"),
    "hangup": (15031, "Communication failure."),
}
UNKNOWN_HOST = (15008, "Unknown Host.")


class SilentError(Exception):
    """The server does not answer; with the message and number of the client library."""

    def __init__(self, number: int, line: str) -> None:
        super().__init__(line)
        self.number = number
        self.line = line


class Context:
    """The server that PBS_CONF_FILE and PBS_SERVER select."""

    def __init__(self, folder: str, environ: dict[str, str]) -> None:
        conf = {"PBS_HOME": folder, "PBS_SERVER": ""}
        try:
            with open(environ.get("PBS_CONF_FILE", os.path.join(folder, "pbs.conf"))) as file:
                conf |= dict(line.strip().split("=", 1) for line in file if "=" in line)
        except OSError:
            pass
        self.folder = conf["PBS_HOME"]
        self.server = environ.get("PBS_SERVER") or conf["PBS_SERVER"]

    def connect(self) -> Cluster:
        """Return the server, or raise SilentError."""
        cluster = Cluster(self.folder)
        if self.server != cluster.settings["host"]:
            raise SilentError(*UNKNOWN_HOST)
        while (how := _silence(cluster)) == "hung":
            time.sleep(0.02)
        if how:
            raise SilentError(*SILENCE[how])
        return cluster


def _silence(cluster: Cluster) -> str:
    """Return how the server is unavailable, or nothing if it answers."""
    try:
        with open(cluster.path("down")) as file:
            return file.read().strip() or "refused"
    except FileNotFoundError:
        return ""


def version(words: list[str]) -> bool:
    """Print the version and return True if it is requested."""
    if [word.lower() for word in words] != ["--version"]:
        return False
    sys.stdout.write(f"pbs_version = {VERSION}\n")
    return True


def user() -> str:
    """Return the user who runs the command."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


# Taking jobs


class Plan(NamedTuple):
    """The resources of a job as the server shows them, and its chunks."""

    listed: dict[str, str]
    chunks: list[Chunk]
    total: dict[str, int]


def find_queue(cluster: Cluster, name: str) -> tuple[str, dict[str, Any]]:
    """Return a queue by name, or the default one; reject an unknown name."""
    name = name or cluster.settings["default_queue"]
    if not name:
        raise RefusedError(15037, "No default queue specified")
    if name not in cluster.settings["queues"]:
        raise RefusedError(15018, "Unknown queue")
    return name, cluster.settings["queues"][name]


def plan(cluster: Cluster, queue: dict[str, Any], given: dict[str, str]) -> Plan:
    """Return the resources with the defaults of queue and server; reject invalid combinations."""
    for name, value in given.items():
        if name not in RESOURCES:
            raise RefusedError(15035, f"Unknown resource Resource_List.{name}")
        if name == "ngpus" and not value.lstrip("+-").isdigit():
            raise RefusedError(15014, f"{ILLEGAL} Resource_List.{name}")
    listed = {name: value for name, value in given.items() if value}
    if "place" in listed:
        check_place(listed["place"])
    chunks = read_nodes(listed["nodes"]) if "nodes" in listed else []
    _check_together(listed)
    server = cluster.settings["server"]
    for defaults in (queue.get("resources_default", {}), server["resources_default"]):
        for name, value in defaults.items():
            if not (RESOURCES[name][1] and ("select" in listed or chunks)):
                listed.setdefault(name, value)
    for limits in (queue.get("resources_max", {}), server["resources_max"]):
        for name, value in limits.items():
            listed.setdefault(name, value)
    if "select" in listed:
        chunks = read_select(listed["select"])
        listed.setdefault("place", "free")
    elif not chunks:
        chunks = [(1, {name: listed[name] for name in listed if RESOURCES[name][1]})]
        listed.setdefault("place", "pack")
    check_select(chunks)
    chunks = [(number, {**server["default_chunk"], **chunk}) for number, chunk in chunks]
    return _listed(listed, chunks)


def _check_together(listed: dict[str, str]) -> None:
    """Reject resources that cannot be combined with select or place."""
    if "select" in listed or "place" in listed:
        if "nodes" in listed:
            raise RefusedError(15110, "Cannot be used with select or place: nodes")
        for name in sorted(listed, reverse=True):
            if RESOURCES[name][1]:
                words = '"-lresource=" cannot be used with "select" or "place", resource is'
                raise RefusedError(15109, f"{words}: {name}")
    if "place" in listed and "select" not in listed:
        raise RefusedError(15111, 'Cannot have "place" without "select"')


def _listed(listed: dict[str, str], chunks: list[Chunk]) -> Plan:
    """Return the resources as the server shows them: sums of all chunks in its own units."""
    total = sums(chunks)
    shown = dict(listed)
    if "nodes" in listed:
        shown.setdefault("place", "scatter")
    for name in total:
        sizes = [(number, chunk[name]) for number, chunk in chunks if name in chunk]
        shown[name] = in_one_unit(sizes) if RESOURCES[name][0] == "size" else str(total[name])
    for name, value in listed.items():
        if RESOURCES[name][0] == "time":
            shown[name] = as_time(amount(name, value))
        elif RESOURCES[name][0] == "size" and name not in total:
            shown[name] = as_size(value)
    if "select" not in shown:
        shown["select"] = "+".join(
            ":".join([str(number), *(f"{name}={value}" for name, value in sorted(chunk.items()))])
            for number, chunk in chunks
        )
    shown["nodect"] = str(sum(number for number, _ in chunks))
    return Plan(dict(sorted(shown.items())), chunks, total)


def check_limits(cluster: Cluster, queue: dict[str, Any], wanted: Plan) -> None:
    """Reject a job that its queue or the server does not accept."""
    settings = cluster.settings
    if queue.get("acl_users") is not None and user() not in queue["acl_users"]:
        raise RefusedError(15007, "Unauthorized Request ")
    if queue.get("from_route_only"):
        raise RefusedError(15022, "Access to queue is denied")
    if not queue.get("enabled", True):
        raise RefusedError(15021, "Queue is not enabled")
    if os.getuid() == 0 and not settings["root_allowed"]:
        raise RefusedError(15023, "Bad UID for job execution")
    most = {**settings["server"]["resources_max"], **queue.get("resources_max", {})}
    least = queue.get("resources_min", {})
    for name, value in wanted.listed.items():
        if (name in most and amount(name, value) > amount(name, most[name])) or (
            name in least and amount(name, value) < amount(name, least[name])
        ):
            raise RefusedError(15036, "Job violates queue and/or server resource limits")
    unfinished = [job for job in cluster.jobs() if job["state"] != "finished"]
    most_jobs = settings["server"]["max_queued"]
    if most_jobs is not None and len(unfinished) >= most_jobs:
        raise RefusedError(15142, "would exceed complex's per-user limit")
    here = [job for job in unfinished if settings["queues"][job["queue"]] is queue]
    if queue.get("max_queued") is not None and len(here) >= queue["max_queued"]:
        raise RefusedError(15142, "would exceed queue generic's per-user limit")


def allocation(host: str, wanted: Plan) -> str:
    """Return the exec_vnode: the resources of each chunk on the only node."""
    parts = []
    for number, chunk in wanted.chunks:
        values = [
            f"{name}={kilobytes(amount(name, value)) if RESOURCES[name][0] == 'size' else value}"
            for name, value in sorted(chunk.items(), key=lambda item: item[0] != "ncpus")
            if name in ("mem", "ncpus", "ngpus")
        ]
        parts += ["(" + ":".join([host, *values]) + ")"] * number
    return "+".join(parts)


def why_never(cluster: Cluster, wanted: Plan) -> str | None:
    """Return why the only node can never run the job, apart from its resources."""
    if "scatter" in wanted.listed["place"] and int(wanted.listed["nodect"]) > 1:
        return "Not enough total nodes available"
    hosts = {
        chunk[name] for _, chunk in wanted.chunks for name in ("host", "vnode") if name in chunk
    }
    if hosts - {cluster.settings["host"]}:
        return "Not enough total nodes available"
    return None


# Which jobs are meant


def job_number(text: str, server: str) -> int:
    """Return the number of a job id; reject invalid ones and those of other servers."""
    match = re.fullmatch(r"\s*(\d{1,12})(?:\.([^\s@#]+))?(?:@[^\s@#]+)?", text, re.ASCII)
    if not match or match[2] not in (None, server):
        raise RefusedError(1, f"illegally formed job identifier: {text}")
    return int(match[1])


def known_job(cluster: Cluster, number: int) -> Job | None:
    """Return a job that the server still knows."""
    job = cluster.job(number)
    if job and job["state"] == "finished" and not cluster.settings["server"]["history"]:
        return None
    return job
