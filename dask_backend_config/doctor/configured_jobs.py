"""Find the jobs of all job queues and profiles that a configuration names."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..catalogue.backend_schema import ROOT
from ..config.merge import Branch, find, is_set_by_user
from ..config.resolve import Resolution
from ..schedulers import SCHEDULERS
from .job_requests import ConfiguredJob


def configured_jobs(resolution: Resolution, detected: Collection[str]) -> Iterator[ConfiguredJob]:
    """Yield the job of each configured job queue, then of each profile of one.

    Parameters
    ----------
    resolution : Resolution
        The configuration of a new process.
    detected : collection of str
        The kinds of the schedulers that answered.
    """
    default = resolution.value(f"{ROOT}.default")
    for kind, scheduler in SCHEDULERS.items():
        is_used = kind in detected or (default is not None and default.value == kind)
        sections = ((ROOT, kind), ("jobqueue", kind))
        if is_used or any(is_set_by_user(resolution.tree, path) for path in sections):
            yield ConfiguredJob(resolution, scheduler)
    profiles = find(resolution.tree, (ROOT, "profiles"))
    for name in profiles if isinstance(profiles, Branch) else ():
        backend = resolution.value(f"{ROOT}.profiles.{name}.backend")
        if backend and backend.value in list(SCHEDULERS):
            yield ConfiguredJob(resolution, SCHEDULERS[backend.value], str(name))
