"""Ask the configured schedulers and this machine about the resources that jobs request.

No command runs unless a job queue is configured, and dask is never imported.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..catalogue import backend_schema, shipped
from ..core.keys import join_path
from ..core.origins import Origin
from .facts import Facts

if TYPE_CHECKING:
    from ..backends.scheduler_answers import SchedulerAnswers
    from .job_requests import ConfiguredJob
    from .site import Site

#: Seconds for all commands together.
LIMIT = 5.0
_AUTO = "auto"
_DEFAULT = f"{backend_schema.ROOT}.default"
_PROFILES = (backend_schema.ROOT, "profiles")


def with_sites(facts: Facts, name: str = "") -> Facts:
    """Return the facts with what the configured job queues answer, or those that ``auto`` misses.

    These are the job queue of ``backends.default``, and of each profile for a batch scheduler whose
    commands are installed. Each worker group has a site of its own.

    Parameters
    ----------
    facts : Facts
        Of this process's environment.
    name : str, optional
        A kind of backend or a profile that is asked about in any case.

    Returns
    -------
    Facts
        `facts` itself if no job queue is configured, or dask cannot be imported.
    """
    profiles = facts.section(*_PROFILES)
    names = [_default(facts), name, *(each for each in profiles if _is_installed(facts, each))]
    names = [each for each in names if isinstance(each, str) and each not in ("", "local")]
    if facts.breaks_dask or not names or shipped.OURS not in shipped.trees():
        return facts
    from ..backends.scheduler_answers import SchedulerAnswers
    from ..schedulers import SCHEDULERS

    answers = SchedulerAnswers(LIMIT)
    kinds = {each: kind for each in names if (kind := _kind(facts, each, answers)) in SCHEDULERS}
    answers.ask([SCHEDULERS[kind] for kind in kinds.values()])
    sites = [site for each, kind in kinds.items() for site in _sites(facts, each, kind, answers)]
    if _AUTO in names and _AUTO not in kinds:
        sites = [*_silent_sites(facts, answers), *sites]
    return dataclasses.replace(facts, sites=tuple(sites))


def _sites(facts: Facts, name: str, kind: str, answers: SchedulerAnswers) -> Iterator[Site]:
    """Yield what is known about each kind of job of a kind of backend or a profile."""
    from ..schedulers import SCHEDULERS
    from .configured_jobs import jobs_of

    profile = None if name in (_AUTO, *SCHEDULERS) else name
    key = _backend_key(name) if profile else f"{backend_schema.ROOT}.{kind}"
    key = _DEFAULT if name == _default(facts) else key
    for job in jobs_of(facts.readings, SCHEDULERS[kind], profile):
        yield _site(facts, key, job, answers)


def _site(facts: Facts, key: str, job: ConfiguredJob, answers: SchedulerAnswers) -> Site:
    """Return what is known about a job of the backend that a key chooses."""
    from .site import Site

    scheduler, found = job.scheduler, facts.resolution.value(key)
    no_answer, queues = answers.queues(scheduler)
    return Site(
        kind=scheduler.kind,
        title=scheduler.title,
        section=job.section,
        key=key,
        origin=found.origin if found else Origin("default", name=shipped.OURS),
        no_answer=no_answer,
        queues=queues,
        requested=job.requested_resources(),
        queue_in_extra_options=job.queue_in_extra_options(),
        interface=job.scheduler_interface(),
        interfaces=_interfaces(),
        folders=tuple(job.folders()),
        python=job.missing_python(),
    )


def _silent_sites(facts: Facts, answers: SchedulerAnswers) -> Iterator[Site]:
    """Yield the schedulers whose commands are installed, but which ``auto`` does not find."""
    from .site import Site

    found = facts.resolution.value(_DEFAULT)
    origin = found.origin if found else Origin("default", name=shipped.OURS)
    for schedulers, problem in answers.silent():
        kind, title = schedulers[0].kind, " or ".join(each.title for each in schedulers)
        section = f"{backend_schema.ROOT}.{kind}"
        yield Site(kind, title, section, _DEFAULT, origin, no_answer=problem, replaced=True)


def _default(facts: Facts) -> object:
    """Return the value of ``backends.default``."""
    found = facts.resolution.value(_DEFAULT)
    return _AUTO if found is None or found.value is None else found.value


def _kind(facts: Facts, name: str, answers: SchedulerAnswers) -> str:
    """Return the kind of backend that `name` stands for, empty if unknown."""
    from ..schedulers import SCHEDULERS

    if name == _AUTO:
        return answers.detected_kind(facts.environ)
    return name if name in SCHEDULERS else _kind_of_profile(facts, name)


def _kind_of_profile(facts: Facts, name: object) -> str:
    """Return the kind of backend that a profile sets, empty if there is none."""
    found = facts.resolution.value(_backend_key(name))
    return found.value if found and isinstance(found.value, str) else ""


def _backend_key(profile: object) -> str:
    return f"{join_path(_PROFILES)}.{profile}.backend"


def _is_installed(facts: Facts, profile: object) -> bool:
    """Return whether the commands of a profile's batch scheduler are installed here."""
    from ..schedulers import SCHEDULERS

    scheduler = SCHEDULERS.get(_kind_of_profile(facts, profile))
    return scheduler is not None and shutil.which(scheduler.probe[0]) is not None


def _interfaces() -> tuple[str, ...]:
    """Return the names of this machine's network interfaces, empty if unknown."""
    import socket

    try:
        return tuple(name for _, name in socket.if_nameindex())
    except OSError:
        return ()
