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
    for kind, scheduler in SCHEDULERS.items():
        if kind in detected or is_configured(resolution, kind):
            yield ConfiguredJob(resolution, scheduler)
    profiles = find(resolution.tree, (ROOT, "profiles"))
    for name in profiles if isinstance(profiles, Branch) else ():
        backend = resolution.value(f"{ROOT}.profiles.{name}.backend")
        if backend and backend.value in list(SCHEDULERS):
            yield ConfiguredJob(resolution, SCHEDULERS[backend.value], str(name))


def is_configured(resolution: Resolution, kind: str) -> bool:
    """Return whether ``backends.default`` is a kind of backend, or a user sets keys of it."""
    default = resolution.value(f"{ROOT}.default")
    sections = [(ROOT, kind), *([("jobqueue", kind)] if kind in SCHEDULERS else [])]
    is_default = default is not None and default.value == kind
    return is_default or any(is_set_by_user(resolution.tree, path) for path in sections)
