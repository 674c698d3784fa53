"""Dependency conditions of the imitated bsub."""

from __future__ import annotations

import re

from tests.schedulers.standins.engine import Cluster
from tests.schedulers.standins.lsf_common import RefusedError

_TERM = re.compile(
    r"""(?P<kind>done|ended|exit|started)\s*\(\s*"?(?P<of>[^()"&|!\s]+)"?\s*\)
        |"?(?P<done>[^()"&|!\s]+)"?(?!\s*\()""",
    re.VERBOSE,
)


def depends(cluster: Cluster, condition: str | None) -> bool:
    """Return True if a condition of -w still prevents the job from starting.

    Raises
    ------
    RefusedError
        A condition that cannot be read, or one on a job that is not there.
    """
    if condition is None:
        return False
    _holds(_TERM.sub("1", condition), condition)  # before any job is looked for
    jobs = {str(job["number"]): job for job in cluster.jobs()}
    jobs.update({job["name"]: job for job in jobs.values()})

    def value(match: re.Match[str]) -> str:
        name = match["of"] or match["done"]
        job = jobs.get(name)
        if job is None:
            raise RefusedError(f"{name}: No matching job found")
        ended, good = job["state"] == "finished", job["exit_status"] == 0
        kinds = {"ended": ended, "exit": ended and not good, "started": job["started"] is not None}
        return str(int(kinds.get(match["kind"], ended and good)))

    return not _holds(_TERM.sub(value, condition), condition)


def _holds(values: str, condition: str) -> bool:
    """Evaluate an expression of 0, 1, brackets, &&, || and !."""
    python = values.replace("&&", " and ").replace("||", " or ").replace("!", " not ")
    try:
        if re.fullmatch(r"(?:[01()\s]|and|or|not)+", python):
            return bool(eval(python))
    except (SyntaxError, TypeError):
        pass
    raise RefusedError(f"{condition}: Dependency condition syntax error")
