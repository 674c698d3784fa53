"""Imitate qdel."""

from __future__ import annotations

import os
import re
import sys

from tests.schedulers.standins.engine import Cluster
from tests.schedulers.standins.pbs_options import last_of, read_options
from tests.schedulers.standins.pbs_server import (
    Context,
    SilentError,
    job_number,
    known_job,
    version,
)
from tests.schedulers.standins.pbs_values import RefusedError

QDEL_USAGE = """\
usage:
\tqdel [-W force|suppress_email=X] [-x] job_identifier...
\tqdel --version
"""


def qdel(words: list[str], context: Context, environ: dict[str, str]) -> int:
    """Run the command and return its exit code."""
    if version(words):
        return 0
    options, operands, errors = read_options("qdel", "W:x", words)
    how = last_of(options, "W", "0")
    if not re.fullmatch(r"force|suppress_email=.*|\d+", how):
        sys.stderr.write("qdel: illegal -W value\n")
        errors += 1
    if errors or not operands:
        sys.stderr.write(QDEL_USAGE)
        return 2
    code, ids = 0, []
    for operand in operands:
        try:
            ids.append((job_number(operand, context.server), operand))
        except RefusedError as error:
            sys.stderr.write(f"qdel: {error.words}\n")
            code = error.code
    if not ids:
        return code
    try:
        cluster = context.connect()
    except SilentError as error:
        sys.stderr.write(f"{error.line}\nCouldn't connect to cluster: {context.server}\n")
        return error.number & 255
    purge = any(letter == "x" for letter, _ in options)
    return _delete(cluster, list(dict.fromkeys(ids)), how == "force", purge) or code


def _delete(cluster: Cluster, ids: list[tuple[int, str]], force: bool, purge: bool) -> int:
    """Delete jobs in order; like the real server, stop after the last known one."""
    left = {number for number, _ in ids if known_job(cluster, number)}
    code = 0
    for number, given in ids:
        job = known_job(cluster, number)
        name = f"{number}.{cluster.settings['host']}" if job else given
        said = None
        if job is None:
            said = (15001, "Unknown Job Id")
        elif job["state"] == "finished" and purge:
            os.remove(cluster.path("jobs", f"{number}.json"))
        elif job["state"] == "finished":
            said = (15139, "Job has finished")
        elif job["state"] == "exiting" and not force:
            said = (15016, "Request invalid for state of job")
        else:
            cluster.cancel(number, force)
        if said:
            sys.stderr.write(f"qdel: {said[1]} {name}\n")
            code = said[0] & 255
        if not (job and job["state"] == "running"):
            left.discard(number)
        if not left:
            break
    return code
