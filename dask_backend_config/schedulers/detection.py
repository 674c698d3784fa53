"""Find out which scheduler, if any, this machine belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from . import SCHEDULERS
from .base import BatchScheduler
from .data_types import Output

LOCAL = "local"


def detect(
    environ: Mapping[str, str],
    run_probes: Callable[[Sequence[BatchScheduler]], Mapping[str, Output]],
    is_on_path: Callable[[str], bool],
) -> str:
    """Return the kind of backend for this machine.

    Parameters
    ----------
    environ : mapping
        Environment variables. Inside a job, its scheduler is returned and no command runs.
    run_probes : callable
        Runs `BatchScheduler.probe` of each scheduler, all at once; returns the outputs by kind.
    is_on_path : callable
        Whether a program can be found. A scheduler is skipped if its probe cannot.

    Returns
    -------
    str
        The first scheduler, in the order of `SCHEDULERS`, whose controller answers; ``"local"`` if
        none does. That its commands are installed is not enough.
    """
    for kind, scheduler in SCHEDULERS.items():
        if scheduler.is_job_environment(environ):
            return kind
    candidates = [entry for entry in SCHEDULERS.values() if is_on_path(entry.probe[0])]
    outputs = run_probes(candidates) if candidates else {}
    answered = (entry.kind for entry in candidates if entry.probe_succeeded(outputs[entry.kind]))
    return next(answered, LOCAL)
