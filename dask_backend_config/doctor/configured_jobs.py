"""Find the jobs of all job queues and profiles that a configuration names."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalogue.backend_schema import ROOT
from ..config.merge import Leaf, is_set_by_user
from ..schedulers import SCHEDULERS
from .facts import Facts
from .job_requests import ConfiguredJob


def configured_jobs(facts: Facts) -> Iterator[ConfiguredJob]:
    """Yield the job of each configured job queue, then of each profile of one."""
    default = facts.resolution.value(f"{ROOT}.default")
    detected = facts.site.kind if facts.site else None
    for kind, scheduler in SCHEDULERS.items():
        is_used = kind in (detected, default and default.value)
        sections = ((ROOT, kind), ("jobqueue", kind))
        if is_used or any(is_set_by_user(facts.resolution.tree, path) for path in sections):
            yield ConfiguredJob(facts.resolution, scheduler)
    for name in facts.section(ROOT, "profiles"):
        backend = facts.section(ROOT, "profiles", name).get("backend")
        if isinstance(backend, Leaf) and backend.value in SCHEDULERS:
            yield ConfiguredJob(facts.resolution, SCHEDULERS[backend.value], str(name))
