"""Create the engine's job, with its files, from a submission to the imitated LSF."""

from __future__ import annotations

import os
import pwd
import re
import shlex
from typing import Any, NamedTuple

from tests.schedulers.standins.engine import Cluster, Job
from tests.schedulers.standins.lsf_common import IBM, Batch
from tests.schedulers.standins.lsf_depends import depends
from tests.schedulers.standins.lsf_options import Options, last
from tests.schedulers.standins.lsf_request import Request


def user() -> str:
    """Return the name of the submitting user."""
    return pwd.getpwuid(os.getuid()).pw_name


class Submission(NamedTuple):
    """A checked call of bsub, before the job has a number."""

    batch: Batch
    queue: str
    options: Options
    request: Request
    command: list[str]
    script: str | None


def make_job(submission: Submission, number: int) -> Job:
    """Write the files of a submission and return the engine's job."""
    batch, queue, options, request, command, script = submission
    cluster = batch.cluster
    text = script if script is not None and not command else _line(command)
    shell = last(options, "L")
    folder = os.path.abspath(last(options, "cwd") or os.getcwd())
    name = last(options, "J") or text.strip().replace("\n", ";")
    path = _write_files(cluster, number, text, options, is_script=not command)
    outputs = _outputs(options, folder, number)
    direct = batch.conf.get("LSB_STDOUT_DIRECT", "N") in "Yy" and outputs["out"]
    waits = depends(cluster, last(options, "w"))
    return {
        "number": number,
        "name": name,
        "queue": queue,
        "state": "held" if waits or "H" in options else "waiting",
        **_resources(submission),
        "eligible": request["begin"],
        "executable": shell or "/bin/sh",
        "argv": [f"-{os.path.basename(shell)}" if shell else "/bin/sh", path],
        "folder": folder,
        "umask": _umask(),
        "stdin": _in_folder(last(options, "i") or last(options, "is"), folder),
        "stdout": direct or cluster.path("spool", f"{number}.out"),
        "stderr": cluster.path("spool", f"{number}.{'err' if outputs['err'] else 'out'}"),
        "environment": {
            **request["environment"],
            **_variables(submission, number, name),
            "LSB_JOBFILENAME": path,
            "PWD": folder,
        },
        "extra": {
            **outputs,
            **_facts(options, request),
            "select_fails": _never(submission),
            "depends": last(options, "w") if waits else None,
            "command": text.strip().replace("\n", ";"),
            "script": text,
        },
    }


def _resources(submission: Submission) -> Job:
    """Return the resources that the job needs from the engine."""
    settings, request = submission.batch.cluster.settings, submission.request
    queue = settings["queues"][submission.queue]
    limit = request["minutes"] or queue.get("default_runlimit") or queue.get("runlimit")
    exclusive = "x" in submission.options
    memory = request["least_memory"] if _never(submission) else request["memory"]
    return {
        "cpus": settings["node"]["cpus"] if exclusive else request["slots"],
        "memory": memory,
        "gpus": request["gpus"] or request["rusage_gpus"],
        "walltime": limit * settings["minute"] if limit else None,
    }


def _never(submission: Submission) -> bool:
    """Return the reason if a select needs more memory than the host has."""
    total: int = submission.batch.cluster.settings["node"]["memory"]
    least: int = submission.request["least_memory"]
    return least > total


def _facts(options: Options, request: Request) -> dict[str, Any]:
    """Return what bjobs shows about a job."""
    return {
        "user": user(),
        "project": last(options, "P") or os.environ.get("LSB_DEFAULTPROJECT", "default"),
        "requirement": request["requirement"],
        "gpu": last(options, "gpu"),
        "slots": request["slots"],
        "memory_limit": request["memory_limit"],
        "folder": os.getcwd(),
        "description": last(options, "Jd") or "",
        "mails_report": "N" in options,
    }


def _line(command: list[str]) -> str:
    """Return the command line for the job's shell; LSF does not quote the first word."""
    return " ".join([*command[:1], *map(_word, command[1:])])


def _word(word: str) -> str:
    """Quote an argument only if LSF does."""
    if " " in word:
        return f"'{word}'" if '"' in word or "$" in word else f'"{word}"'
    escaped = re.sub(r"""(["'\\()])""", r"\\\1", word)
    return f"'{escaped}'" if word.startswith("$") else escaped


def _write_files(
    cluster: Cluster, number: int, text: str, options: Options, *, is_script: bool
) -> str:
    path = cluster.path("spool", str(number))
    if is_script:
        with open(path + ".shell", "w") as file:
            file.write(text)
        os.chmod(path + ".shell", 0o700)
        text = shlex.quote(path + ".shell")
    before = last(options, "E")
    with open(path, "w") as file:
        file.write((f"( {before}\n) || exit 1\n" if before else "") + text + "\n")
    return path


def _outputs(options: Options, folder: str, number: int) -> dict[str, Any]:
    """Return the paths of the output, None if LSF would mail it."""
    out, err = last(options, "oo") or last(options, "o"), last(options, "eo") or last(options, "e")
    paths = {}
    for name, text in (("out", out), ("err", err if err != out else None)):
        path = _in_folder(text, folder)
        if path is not None:
            path = path.replace("%J", str(number)).replace("%I", "0")
            if os.path.isdir(path):
                path = os.path.join(path, f"{number}.{name}")
        paths[name] = path
    return {**paths, "out_anew": "oo" in options, "err_anew": "eo" in options}


def _in_folder(path: str | None, folder: str) -> str | None:
    return None if path is None else os.path.join(folder, path)


def _umask() -> int:
    mask = os.umask(0o77)
    os.umask(mask)
    return mask


def _variables(submission: Submission, number: int, name: str) -> dict[str, str]:
    batch, queue, options, request, _, _ = submission
    host, slots = batch.host, request["slots"]
    variables = {
        "LSB_JOBID": str(number),
        "LSB_JOBINDEX": "0",
        "LSB_JOBNAME": name[:4094],
        "LSB_QUEUE": queue,
        "LSB_HOSTS": " ".join([host] * slots),
        "LSB_MCPU_HOSTS": f"{host} {slots} ",
        "LSB_SUB_HOST": host,
        "LSB_TRAPSIGS": "trap # 15 10 12 2 1",
        "LS_SUBCWD": os.getcwd(),
        "LSF_ENVDIR": os.environ["LSF_ENVDIR"],
        "LSF_BINDIR": batch.cluster.path("bin"),
        "LSFUSER": user(),
        "USER": user(),
    }
    for option, variable in (("o", "LSB_OUTPUTFILE"), ("e", "LSB_ERRORFILE")):
        text = last(options, option)
        if text is not None:
            variables[variable] = text
    if batch.flavour == IBM:
        variables["LSB_BATCH_JID"] = str(number)
        variables["LSB_DJOB_NUMPROC"] = variables["LSB_MAX_NUM_PROCESSORS"] = str(slots)
        variables["LSB_PROJECT_NAME"] = last(options, "P") or "default"
    return variables
