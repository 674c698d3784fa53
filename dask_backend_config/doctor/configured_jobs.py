"""Find the jobs of all job queues and profiles that a configuration names."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..catalogue.backend_schema import ROOT
from ..config.merge import Branch, find
from ..schedulers import SCHEDULERS, BatchScheduler
from .backend_readings import Readings, is_configured
from .job_requests import ConfiguredJob


def configured_jobs(readings: Readings, detected: Collection[str]) -> Iterator[ConfiguredJob]:
    """Yield the jobs of each configured job queue, then of each profile of one.

    Each worker group has a job of its own.

    Parameters
    ----------
    readings : Readings
    detected : collection of str
        The kinds of the schedulers that answered.
    """
    resolution = readings.resolution
    for kind, scheduler in SCHEDULERS.items():
        if kind in detected or is_configured(resolution, kind):
            yield from jobs_of(readings, scheduler)
    profiles = find(resolution.tree, (ROOT, "profiles"))
    for name in profiles if isinstance(profiles, Branch) else ():
        backend = resolution.value(f"{ROOT}.profiles.{name}.backend")
        if backend and backend.value in list(SCHEDULERS):
            yield from jobs_of(readings, SCHEDULERS[backend.value], str(name))


def jobs_of(
    readings: Readings, scheduler: BatchScheduler, profile: str | None = None
) -> Iterator[ConfiguredJob]:
    """Yield the job of each worker group of a backend; one if it has no groups."""
    for group in readings.by_group(scheduler.kind, profile or ""):
        yield ConfiguredJob(readings, scheduler, profile, group)
