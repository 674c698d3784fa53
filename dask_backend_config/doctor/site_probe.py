"""Ask the configured scheduler and this machine about the resources that jobs request.

No command runs unless a job queue is configured, and dask is never imported.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ..catalogue import backend_schema, shipped
from ..core.origins import Origin
from .facts import Facts

if TYPE_CHECKING:
    from ..backends.scheduler_answers import SchedulerAnswers

#: Seconds for all commands together.
LIMIT = 5.0
_AUTO = "auto"


def with_site(facts: Facts) -> Facts:
    """Return the facts with what the configured job queue answers.

    Parameters
    ----------
    facts : Facts
        Of this process's environment.

    Returns
    -------
    Facts
        `facts` itself if no job queue is configured, or dask cannot be imported.
    """
    default = facts.resolution.value(f"{backend_schema.ROOT}.default")
    name = _AUTO if default is None or default.value is None else default.value
    if facts.breaks_dask or not isinstance(name, str) or name == "local":
        return facts
    from ..backends.scheduler_answers import SchedulerAnswers
    from ..schedulers import SCHEDULERS

    profile = None if name in (_AUTO, *SCHEDULERS) else name
    answers = SchedulerAnswers(LIMIT)
    kind = _kind(facts, name, profile, answers)
    if kind not in SCHEDULERS:
        return facts
    from .job_requests import ConfiguredJob
    from .site import Site

    job = ConfiguredJob(facts.resolution, SCHEDULERS[kind], profile)
    no_answer, queues = answers.queues(SCHEDULERS[kind])
    site = Site(
        kind=kind,
        title=SCHEDULERS[kind].title,
        section=f"{backend_schema.ROOT}.{f'profiles.{profile}' if profile else kind}",
        origin=default.origin if default else Origin("default", name=shipped.OURS),
        no_answer=no_answer,
        queues=queues,
        requested=job.requested_resources(),
        queue_in_extra_options=job.queue_in_extra_options(),
        interface=job.scheduler_interface(),
        interfaces=_interfaces(),
        folders=tuple(job.folders()),
        python=job.missing_python(),
    )
    return dataclasses.replace(facts, site=site)


def _kind(facts: Facts, name: str, profile: str | None, answers: SchedulerAnswers) -> str:
    """Return the kind of backend that `name` stands for, empty if unknown."""
    if name == _AUTO:
        return answers.detected_kind(facts.environ)
    if profile is None:
        return name
    found = facts.resolution.value(f"{backend_schema.ROOT}.profiles.{profile}.backend")
    return found.value if found and isinstance(found.value, str) else ""


def _interfaces() -> tuple[str, ...]:
    """Return the names of this machine's network interfaces, empty if unknown."""
    import socket

    try:
        return tuple(name for _, name in socket.if_nameindex())
    except OSError:
        return ()
