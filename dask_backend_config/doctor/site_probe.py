"""Asks the configured job queue and this machine about what jobs would ask for.

Only `with_site` asks anybody. Where no job queue is configured it runs no command, and it never
imports dask.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from ..catalogue import backend_schema, shipped
from ..core.origins import Origin
from .facts import Facts

if TYPE_CHECKING:
    from ..schedulers import BatchScheduler, Output, Queue

#: Seconds for all commands.
LIMIT = 5.0
_LEAST = 0.1
_AUTO = "auto"
_LOCAL = "local"


def with_site(facts: Facts) -> Facts:
    """Add what the configured job queue says to what is known.

    Parameters
    ----------
    facts : Facts
        Of this process's environment.

    Returns
    -------
    Facts
        `facts` itself where no job queue is configured, or where dask cannot be imported.
    """
    default = facts.resolution.value(f"{backend_schema.ROOT}.default")
    name = _AUTO if default is None or default.value is None else default.value
    if facts.breaks_dask or not isinstance(name, str) or name == _LOCAL:
        return facts
    from ..schedulers import SCHEDULERS

    profile = None if name in (_AUTO, *SCHEDULERS) else name
    answers = _Answers()
    kind = _kind(facts, name, profile, answers)
    if kind not in SCHEDULERS:
        return facts
    from .job_requests import ConfiguredJob
    from .site import Site

    jobs = ConfiguredJob(facts.resolution, SCHEDULERS[kind], profile)
    silence, queues = answers.of(SCHEDULERS[kind])
    site = Site(
        kind=kind,
        title=SCHEDULERS[kind].title,
        section=f"{backend_schema.ROOT}.profiles.{name}"
        if profile
        else f"{backend_schema.ROOT}.{kind}",
        origin=default.origin if default else Origin("default", name=shipped.OURS),
        silence=silence,
        queues=queues,
        asked=jobs.asked(),
        names_queue_itself=jobs.names_queue_itself(),
        interface=jobs.interface(),
        interfaces=_interfaces(),
        folders=tuple(jobs.folders()),
        python=jobs.missing_python(),
    )
    return dataclasses.replace(facts, site=site)


def _kind(facts: Facts, name: str, profile: str | None, answers: _Answers) -> str:
    """The kind of backend that `name` stands for, empty where it stands for none."""
    if name == _AUTO:
        return answers.detected(facts.environ)
    if profile is None:
        return name
    said = facts.resolution.value(f"{backend_schema.ROOT}.profiles.{profile}.backend")
    return said.value if said and isinstance(said.value, str) else ""


class _Answers:
    """What schedulers answer; nobody is asked the same twice."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, ...], Output] = {}
        self._deadline = time.monotonic() + LIMIT

    def detected(self, environ: Mapping[str, str]) -> str:
        """The kind of backend that ``auto`` means here."""
        from ..schedulers.detection import detect

        def ask(schedulers: Sequence[BatchScheduler]) -> dict[str, Output]:
            self._ask({entry.probe for entry in schedulers})
            return {entry.kind: self._said[entry.probe] for entry in schedulers}

        return detect(environ, ask, lambda program: shutil.which(program) is not None)

    def of(self, scheduler: BatchScheduler) -> tuple[str, tuple[Queue, ...] | None]:
        """Why a scheduler tells nothing, empty where it does; and all its queues, if known."""
        self._ask({scheduler.probe, *scheduler.queue_commands})
        probe = self._said[scheduler.probe]
        if not scheduler.answers(probe):
            return _reason(probe), None
        if not scheduler.queue_commands:
            return "", None
        outputs = [self._said[command] for command in scheduler.queue_commands]
        failed = next((output for output in outputs if output.exit_code), None)
        if failed is not None:
            return _reason(failed), None
        try:
            return "", tuple(scheduler.queues(outputs))
        except (ValueError, LookupError):
            return _reason(outputs[0]), None

    def _ask(self, commands: Collection[tuple[str, ...]]) -> None:
        """Run those side by side that did not run yet, in the time that is left."""
        from ..schedulers.run import ask_all

        new = sorted({*commands} - self._said.keys())
        left = max(_LEAST, self._deadline - time.monotonic())
        self._said.update(zip(new, ask_all(new, left), strict=True))


def _reason(output: Output) -> str:
    """Why an output is no answer, in one line."""
    from ..schedulers.run import MISSING, NO_ANSWER

    if output.exit_code == MISSING:
        return output.words
    command = shlex.join(output.command)
    words = re.sub(r"no answer within \S+ s$", "", output.words).strip()
    said = f": {words}" if words else ""
    if output.exit_code == NO_ANSWER:
        return f"{command} gave no answer within {LIMIT:g} s{said}"
    if output.exit_code:
        return f"{command} ended with exit code {output.exit_code}{said}"
    return f"{command} gave an answer that was not understood{said}"


def _interfaces() -> tuple[str, ...]:
    """The names of this machine's network interfaces, empty where it does not tell."""
    import socket

    try:
        return tuple(name for _, name in socket.if_nameindex())
    except OSError:
        return ()
