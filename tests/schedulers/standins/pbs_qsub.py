"""Imitate qsub: reject what OpenPBS rejects, and submit the job."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

from tests.schedulers.standins.engine import Cluster, Job
from tests.schedulers.standins.pbs_request import USAGE, Request, read_request
from tests.schedulers.standins.pbs_server import (
    Context,
    Plan,
    SilentError,
    allocation,
    check_limits,
    find_queue,
    plan,
    user,
    version,
    why_never,
)
from tests.schedulers.standins.pbs_values import (
    ILLEGAL,
    RefusedError,
    amount,
    check_plain,
    read_select,
)

#: What OpenPBS can do and this cannot: said aloud, with an exit code of its own.
NOT_HERE = {"I", "J", "X"}
NOT_HERE_ATTRIBUTES = {"block", "depend", "interactive", "stagein", "stageout"}
ATTRIBUTES = {"group_list", "run_count", "sandbox", "umask"}
#: Values that the client library takes; the others are "illegal -X value".
VALUES = {
    "c": r"[nscwu]|[cw]=\d+",
    "e": r"\s*\S.*",
    "j": r"oe|eo|n",
    "k": r"(?=.*[oen])(?!.*[oe].*n|.*n.*[oe])[oedn]+",
    "m": r"\s*(?:n|[abej]*[abe][abej]*)",
    "M": r"[^\s#@,]+(?:@[^\s#@,]+)?(?:,[^\s#@,]+(?:@[^\s#@,]+)?)*",
    "N": r"[A-Za-z0-9_+.-]+",
    "o": r"\s*\S.*",
    "R": r"[oe]+",
    "S": r"/[^\s#@,]*(?:@[^\s#@,]+)?(?:,/[^\s#@,]*(?:@[^\s#@,]+)?)*",
    "u": r"[^\s#@,]+(?:@[^\s#@,]+)?(?:,[^\s#@,]+(?:@[^\s#@,]+)?)*",
}


def qsub(words: list[str], context: Context, environ: dict[str, str]) -> int:
    """Run the command and return its exit code."""
    if version(words):
        return 0
    try:
        request = read_request(words, environ)
        _check_here(request)
        queue = _queue(request, context)
        cluster = context.connect()
        _check_values(request)
        job = _submit(cluster, request, queue, environ)
    except SilentError as error:
        silent = f"cannot connect to server {context.server} (errno={error.number})"
        sys.stderr.write(f"{error.line}\nqsub: {silent}\n")
        return error.number & 255
    except RefusedError as error:
        sys.stderr.write(error.words if error.words.endswith("\n") else f"qsub: {error.words}\n")
        if error.words.startswith("illegal -"):
            sys.stderr.write(USAGE)
        return error.code
    if "z" not in request.options:
        sys.stdout.write(f"{job['number']}.{cluster.settings['host']}\n")
    return 0


def _check_here(request: Request) -> None:
    """Reject what is not implemented, so that no test relies on it."""
    missing = [f"-{letter}" for letter in request.options if letter in NOT_HERE]
    missing += [f"-W {name}" for name in request.attributes if name in NOT_HERE_ATTRIBUTES]
    if missing:
        raise RefusedError(199, f"this stand-in for OpenPBS cannot do {missing[0]}")


def _queue(request: Request, context: Context) -> str:
    """Return the name of the requested queue, and use its server."""
    asked = request.options.get("q", "")
    match = re.fullmatch(r"\s*([!-~]{0,15}?)(?:@([!-~]+))?", asked, re.ASCII)
    if not match or "#" in asked or asked.count("@") > 1 or asked.endswith("@"):
        raise RefusedError(2, f"illegally formed destination: {asked}")
    context.server = match[2] or context.server
    return match[1]


def _check_values(request: Request) -> None:
    """Reject what OpenPBS's client library rejects before it contacts the server."""
    for letter, value in request.options.items():
        if letter == "N" and len(value) > 230:
            raise RefusedError(2, "Job name is too long ")
        fits = letter not in VALUES or re.fullmatch(VALUES[letter], value, re.ASCII)
        if not fits or (letter == "p" and not -1024 <= _leading_number(value) <= 1023):
            raise RefusedError(2, f"illegal -{letter} value")
    for name, value in request.resources.items():
        if name == "select":
            read_select(value)
        check_plain(name, value, "Resource_List")
    if set(request.attributes) - ATTRIBUTES:
        raise RefusedError(15002, "Error (15002) submitting job")
    if not re.fullmatch(r"[0-7]{1,4}", request.attributes.get("umask", "0")):
        raise RefusedError(2, "illegal -W value")
    if not re.fullmatch(r"[+-]?\d*", request.options.get("p", "")):
        raise RefusedError(15014, f"{ILLEGAL} Priority")


def _leading_number(text: str) -> int:
    match = re.match(r"\s*([+-]?\d+)", text, re.ASCII)
    return int(match[1]) if match else 0


def _submit(cluster: Cluster, request: Request, queue: str, environ: dict[str, str]) -> Job:
    """Check the job on the server and submit it."""
    name, limits = find_queue(cluster, queue)
    wanted = plan(cluster, limits, request.resources)
    check_limits(cluster, limits, wanted)
    return cluster.submit(lambda number: _job(cluster, request, number, name, wanted, environ))


def _job(
    cluster: Cluster,
    request: Request,
    number: int,
    queue: str,
    wanted: Plan,
    environ: dict[str, str],
) -> Job:
    """Return the engine's job."""
    settings, options, host = cluster.settings, request.options, cluster.settings["host"]
    shell = options.get("S", environ.get("PBS_SHELL", settings["shell"])).partition("@")[0]
    start = _start(cluster, request, f"{number}.{host}", shell)
    walltime = wanted.listed.get("walltime")
    spool = cluster.path("spool", f"{number}.{host}")
    joined = options.get("j", "n")
    names = {"o": spool + ".OU", "e": spool + ".ER"}
    return {
        **start,
        "name": options["N"],
        "queue": queue,
        "state": "held" if "h" in options else "waiting",
        "eligible": request.eligible,
        "cpus": wanted.total.get("ncpus", 0),
        "memory": wanted.total.get("mem"),
        "gpus": wanted.total.get("ngpus", 0),
        "never": why_never(cluster, wanted),
        "walltime": None if walltime is None else amount("walltime", walltime),
        "folder": settings["home"],
        "umask": int(request.attributes.get("umask", "077"), 8),
        "environment": {},
        "stdout": names["e" if joined == "eo" else "o"],
        "stderr": names["o" if joined == "oe" else "e"],
        "extra": {
            **_told(request, number),
            "shell": shell,
            "resources": wanted.listed,
            "exec_vnode": allocation(host, wanted),
            "cpus_of_first": wanted.chunks[0][1].get("ncpus", "1"),
            "variables": _variables(request, queue, environ),
        },
    }


def _told(request: Request, number: int) -> dict[str, Any]:
    """Return what qstat shows about the request of a job."""
    return {
        "owner": f"{user()}@localhost",
        "options": request.options,
        "attributes": request.attributes,
        "execution_time": request.eligible,
        "paths": _paths(request, number),
        "submit_arguments": " ".join(request.submit_arguments),
    }


def _start(cluster: Cluster, request: Request, name: str, shell: str) -> Job:
    """Return how the job starts: a shell that reads the script's path on stdin, or the command."""
    if request.command:
        return {"executable": request.command[0], "argv": request.command}
    path = cluster.path("spool", f"{name}.SC")
    with open(path, "w", newline="", errors="surrogateescape") as file:
        file.write(request.script)
    os.chmod(path, 0o700)
    with open(f"{path}.stdin", "w") as file:
        file.write(f"{path}\n")
    return {
        "executable": shell,
        "argv": ["-" + os.path.basename(shell)],
        "stdin": f"{path}.stdin",
    }


def _paths(request: Request, number: int) -> dict[str, str]:
    """Return Error_Path and Output_Path: host and absolute path, with a slash after a folder."""
    paths = {}
    for letter, kind in (("e", "Error_Path"), ("o", "Output_Path")):
        given = request.options.get(letter, "").strip()
        host = re.match(r"([A-Za-z0-9.-]+):", given)
        path = os.path.join(_folder(), given[host.end() :] if host else given)
        if not given:
            paths[kind] = f"localhost:{path}{request.options['N']}.{letter}{number}"
            continue
        if os.path.isdir(path) and not path.endswith("/"):
            path += "/"
        paths[kind] = f"{host[1] if host else 'localhost'}:{path}"
    return paths


def _folder() -> str:
    """Return the working directory by the name that the user uses."""
    named = os.environ.get("PWD", "")
    if named and os.path.exists(named) and os.path.samefile(named, "."):
        return named
    return os.getcwd()


def _variables(request: Request, queue: str, environ: dict[str, str]) -> dict[str, str]:
    """Return a job's Variable_List."""
    asked = ("HOME", "LANG", "LOGNAME", "PATH", "MAIL", "SHELL", "TZ")
    variables = {f"PBS_O_{name}": environ[name] for name in asked if name in environ}
    variables = {"PBS_O_HOME": "/", **variables}
    variables |= {"PBS_O_WORKDIR": _folder(), "PBS_O_SYSTEM": "Linux"}
    whole = environ if "V" in request.options else {}
    for source in (request.variables, whole):
        for name, value in source.items():
            if not name.startswith("PBS_O_") and name not in variables:
                variables[name] = value
    return {**variables, "PBS_O_QUEUE": queue, "PBS_O_HOST": "localhost"}
