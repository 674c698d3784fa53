"""Which scheduler, if any, this machine belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from . import SCHEDULERS
from .base import BatchScheduler, Output

LOCAL = "local"


def detect(
    environ: Mapping[str, str],
    ask: Callable[[Sequence[BatchScheduler]], Mapping[str, Output]],
    on_path: Callable[[str], bool],
) -> str:
    """The kind of backend for this machine.

    Parameters
    ----------
    environ : mapping
        Where it is that of a job, the job's scheduler is meant and nobody is asked.
    ask : callable
        Runs `BatchScheduler.probe` of each scheduler on the machine, all at once, and gives
        the answers by their kinds.
    on_path : callable
        Whether a program can be found; a scheduler whose probe cannot is not asked.

    Returns
    -------
    str
        The first scheduler, in the order of `SCHEDULERS`, that it is; ``"local"`` where it is
        none. A program that merely has the name of a scheduler's is no answer.
    """
    for kind, scheduler in SCHEDULERS.items():
        if scheduler.in_job(environ):
            return kind
    candidates = [entry for entry in SCHEDULERS.values() if on_path(entry.probe[0])]
    answers = ask(candidates) if candidates else {}
    for entry in candidates:
        if entry.kind in answers and entry.answers(answers[entry.kind]):
            return entry.kind
    return LOCAL
