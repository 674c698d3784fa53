"""Imitate a pool of HTCondor 25.14 with one node in one folder.

`install(folder)` writes condor_submit, condor_q, condor_rm and condor_history into ``folder/bin``;
`hold` holds a job. The folder is the engine's too, see engine.py.

What a test should know:

- condor_submit reads one job from standard input. Amounts need a unit if the setting
  ``missing_units`` is ``"error"``.
- A job starts in the folder of the submission with none of the submitter's variables.
- A held job is killed and stays in the queue until condor_rm; there is no condor_release.
- A job with more memory than the node waits, and has a LastRejMatchReason.
- Not there: macros other than $(ClusterId), $(ProcId) and $(DOLLAR), expressions, file transfer,
  memory limits, and files of a job's own log.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.schedulers.standins.engine import ROOT, Cluster, Job

COMMANDS = ("submit", "q", "rm", "history")
COMMAND = """\
#!{python} -IS
import sys

sys.path.insert(0, {root!r})
from tests.schedulers.standins import condor

sys.exit(condor.{command}(condor.Cluster({folder!r}), sys.argv[1:]))
"""
UNITS = {"": None, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
DEFAULT_MEMORY = 128 * 2**20
DOWN = "CEDAR:6001:Failed to connect to <127.0.0.1:9618>"


def install(folder: Path, **settings: Any) -> dict[str, str]:
    """Create a pool.

    Parameters
    ----------
    folder : Path
        Its folder; made.
    **settings
        Settings of the engine, and missing_units (None, or "error": amounts without a unit are
        rejected).

    Returns
    -------
    dict
        PATH with the commands first.
    """
    cluster = Cluster.make(
        folder,
        **{
            "flavour": "tests.schedulers.standins.condor",
            "host": "node1",
            "queues": {"": {}},
            "missing_units": None,
            **settings,
        },
    )
    os.mkdir(cluster.path("bin"))
    for command in COMMANDS:
        path = cluster.path("bin", f"condor_{command}")
        with open(path, "w") as file:
            values = {"python": sys.executable, "root": ROOT, "folder": cluster.folder}
            file.write(COMMAND.format(command=command, **values))
        os.chmod(path, 0o755)
    return {"PATH": os.pathsep.join([cluster.path("bin"), os.environ.get("PATH", os.defpath)])}


class RejectedError(Exception):
    """A submit description that HTCondor rejects, in its words."""


# What the server calls


def job_starts(cluster: Cluster, job: Job) -> None:
    """Create the job's folder and its environment."""
    scratch = cluster.path("spool", f"dir_{job['number']}")
    os.makedirs(scratch)
    machine = os.path.join(scratch, ".machine.ad")
    with open(machine, "w") as file:
        file.write(f"Cpus = {job['cpus']}\nMemory = {job['memory'] // 2**20}\n")
    job["environment"] = {
        "_CONDOR_JOB_AD": os.path.join(scratch, ".job.ad"),
        "_CONDOR_MACHINE_AD": machine,
        "_CONDOR_SCRATCH_DIR": scratch,
        "_CONDOR_SLOT": "slot1_1",
        "BATCH_SYSTEM": "HTCondor",
        "OMP_NUM_THREADS": str(job["cpus"]),
        "TMPDIR": scratch,
    }


# The commands


def submit(cluster: Cluster, _words: list[str]) -> int:
    """Run condor_submit."""
    if cluster.down:
        sys.stderr.write("\nERROR: Can't find address of local schedd\n")
        return 1
    try:
        description = dict(_description(sys.stdin.read()))
        job = cluster.submit(lambda number: _job(cluster, description, number))
    except RejectedError as error:
        sys.stdout.write("Submitting job(s)")
        sys.stderr.write(f"ERROR: {error}\n")
        return 1
    sys.stdout.write(f"Submitting job(s).\n1 job(s) submitted to cluster {job['number']}.\n")
    return 0


def q(cluster: Cluster, words: list[str]) -> int:
    """Run condor_q."""
    if cluster.down:
        sys.stderr.write(f"Error: {DOWN}\n\nExtra Info: You probably saw this error because the\n")
        return 1
    jobs = [job for job in cluster.jobs() if status(job) is not None]
    if words == ["-totals"]:
        sys.stdout.write(
            f"\n\n-- Schedd: node1\n\nTotal for query: {len(jobs)} jobs; 0 completed\n"
        )
        return 0
    _show(jobs, words)
    return 0


def history(cluster: Cluster, words: list[str]) -> int:
    """Run condor_history."""
    _show([job for job in cluster.jobs() if status(job) is None], words)
    return 0


def rm(cluster: Cluster, words: list[str]) -> int:
    """Run condor_rm."""
    if cluster.down:
        sys.stderr.write(f"condor_rm: {DOWN}\n")
        return 1
    reason = {"RemoveReason": "via condor_rm (by user me)"}
    done = False
    for each in words:
        before = _end(cluster, each, reason)
        if before is None or "RemoveReason" in before:
            state = "not found" if before is None else "already marked for removal"
            sys.stderr.write(f"Job {each} {state}\n")
        else:
            sys.stdout.write(f"Job {each} marked for removal\n")
            done = True
    return 0 if done else 1


def hold(cluster: Cluster, number: str, reason: str, code: int) -> None:
    """Hold a job with a HoldReason and a HoldReasonCode; its processes are killed."""
    _end(cluster, number, {"HoldReason": reason, "HoldReasonCode": code})


def _end(cluster: Cluster, each: str, attributes: dict[str, Any]) -> dict[str, Any] | None:
    """End a job; return its attributes before that, None if it is not in the queue."""
    number = int(each.partition(".")[0])
    with cluster.lock():
        job = cluster.job(number)
        if job is None or status(job) is None:
            return None
        before = dict(job["extra"]["end"])
        job["extra"]["end"] = {**before, **attributes}
        cluster.write(job)
    cluster.cancel(number)
    return before


def _show(jobs: list[Job], words: list[str]) -> None:
    """Print the attributes of jobs as JSON."""
    wanted = words[words.index("-attributes") + 1].split(",")
    numbers = [word.partition(".")[0] for word in words if re.fullmatch(r"\d+\.\d+", word)]
    found = [
        {name: value for name, value in _attributes(job).items() if name in wanted}
        for job in jobs
        if str(job["number"]) in numbers
    ]
    if found:
        sys.stdout.write("[\n" + "\n,\n".join(json.dumps(job, indent=2) for job in found) + "\n]\n")


def _attributes(job: Job) -> dict[str, Any]:
    end, code = job["extra"]["end"], job["exit_status"]
    if job["state"] == "waiting" and job["waits_for"]:
        end = {**end, "LastRejMatchReason": "no match found "}
    if code is not None:
        signal = {"ExitBySignal": True, "ExitSignal": -code}
        end = {**end, **(signal if code < 0 else {"ExitBySignal": False, "ExitCode": code})}
    number = status(job)
    return {
        "ClusterId": job["number"],
        "ProcId": 0,
        "JobStatus": 4 if number is None else number,
        **end,
    }


def status(job: Job) -> int | None:
    """Return a job's JobStatus, None if it has left the queue."""
    end = job["extra"]["end"]
    if job["state"] == "finished":
        return 5 if "HoldReason" in end and "RemoveReason" not in end else None
    if "RemoveReason" in end:
        return 3
    return 5 if "HoldReason" in end else 1 if job["state"] == "waiting" else 2


# Submit descriptions


def _description(text: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a submit description."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines or lines[-1].strip() != "queue":
        raise RejectedError("no queue command")
    for line in lines[:-1]:
        name, sign, value = line.partition("=")
        if not sign:
            raise RejectedError("on Line 1 of <stdin>: \n\nERROR: Failed to parse command file")
        yield name.strip().lower(), value.strip()


def _job(cluster: Cluster, description: dict[str, str], number: int) -> Job:
    macros = {"$(ClusterId)": str(number), "$(ProcId)": "0", "$(DOLLAR)": "$"}
    given = {}
    for name, value in description.items():
        for macro, replacement in macros.items():
            value = value.replace(macro, replacement)
        given[name] = value
    requirements = given.get("requirements", "True")
    if requirements.count("(") != requirements.count(")"):
        added = "(TARGET.Disk >= RequestDisk) && (TARGET.Memory >= RequestMemory)"
        words = f"Requirements = {requirements} && {added}"
        raise RejectedError(f"Parse error in expression: \n\t{words}\n\t")
    _size(cluster, given, "request_disk")
    return {
        "name": given.get("batch_name", ""),
        "queue": "",
        "cpus": int(given.get("request_cpus", 1)),
        "gpus": int(given.get("request_gpus", 0)),
        "memory": _size(cluster, given, "request_memory") or DEFAULT_MEMORY,
        "executable": given["executable"],
        "argv": [given["executable"], *arguments(given["arguments"])],
        "folder": os.getcwd(),
        "environment": {},
        "stdout": given.get("output", os.devnull),
        "stderr": given.get("error", os.devnull),
        "extra": {"end": {}},
    }


def _size(cluster: Cluster, given: dict[str, str], name: str) -> int | None:
    """Return the bytes of an amount."""
    if name not in given:
        return None
    match = re.fullmatch(r"(\d+)([KMGT]?)B?", given[name], re.IGNORECASE)
    if match is None:
        raise RejectedError(f"{name} = {given[name]} is invalid")
    unit = UNITS[match[2].upper()]
    if unit is None and cluster.settings["missing_units"] == "error":
        words = "must contain a units suffix (i.e K, M, G or T)"
        raise RejectedError(f"\nERROR: {name}={given[name]} defaults to megabytes, but {words}")
    return int(match[1]) * (unit or (2**20 if name == "request_memory" else 2**10))


def arguments(value: str) -> list[str]:
    """Split the value of ``arguments`` by the rules of condor_submit's manual."""
    if not re.fullmatch(r'"(?:[^"]|"")*"', value, re.DOTALL):
        raise RejectedError(f"Unterminated double-quote in {value}")
    text = value[1:-1].replace('""', '"')
    words = re.findall(r"(?:'(?:[^']|'')*'|[^\s'])+", text)
    return [_unquoted(word) for word in words]


def _unquoted(word: str) -> str:
    quoted = re.findall(r"'((?:[^']|'')*)'|([^']+)", word)
    return "".join(inside.replace("''", "'") + outside for inside, outside in quoted)
