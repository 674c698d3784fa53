"""Moab."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .base import (
    BatchScheduler,
    JobRequest,
    JobState,
    Output,
    Phase,
    hours_minutes_seconds,
    in_units,
)
from .option_values import (
    Option,
    gpu_directive,
    gpu_option,
    identity,
    log_folder,
    only_says,
    resource_spec,
)

#: The parts of showq's answer, by the first word of their headings.
_PARTS: dict[str, Phase] = {
    "active": "running",
    "eligible": "waiting",
    "idle": "waiting",
    "blocked": "waiting",
}
#: Number, user, state, processors, a time and a date; TORQUE's numbers have a host's name behind.
_JOB = re.compile(
    r"(\d+|[A-Za-z][\w-]*\.\d+)(?:\.\S+)?\s+\S+\s+([A-Za-z]+)\s+\d+\s+\S+\s+[A-Z][a-z]{2} [A-Z]"
)


class Moab(BatchScheduler):
    """Moab; it reads PBS's directives, but of resources it knows ``nodes=1:ppn=N`` and no select.

    See the manuals of msub, showq and canceljob.
    """

    kind = "moab"
    title = "Moab"
    prefix = "#PBS"
    cluster = "MoabCluster"
    job_variables = ("MOAB_JOBID",)
    submit_command = ("msub",)
    number_pattern = r"(?m)^\s*(?P<number>\d+|[A-Za-z][\w-]*\.\d+)(?:\.\S+)?\s*$"
    probe = ("showq", "-s")
    refusals = (
        (r"class|queue", "queue-name"),
        (r"account|credential", "account"),
        (r"gpu|gres", "resources-per-worker.number-of-gpus"),
        (r"wallclock|walltime|wclimit|duration", "resources-per-worker.wallclock-time-limit"),
        (r"\bmem", "resources-per-worker.per-thread-memory-limit"),
        (r"procs?\b|ppn|nodes?\b", "resources-per-worker.number-of-threads"),
    )

    def options(self, request: JobRequest) -> list[str]:
        """See `BatchScheduler.options`."""
        options = identity(request, "-N ", "-q ", "-A ")
        own = resource_spec(request, self.kind)
        fields = [] if own else ["threads", "memory", "gpus"]
        options.append(Option(f"-l {own or _resources(request)}", *fields))
        if apart := gpu_option(request):
            options.append(Option(apart, "gpus"))
        if request.walltime:
            walltime = hours_minutes_seconds(request.walltime)
            options.append(Option(f"-l walltime={walltime}", "walltime"))
        if folder := log_folder(request):
            options += [f"-o {folder}/", f"-e {folder}/"]
        return options

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`; checkjob would tell of one job at a time."""
        return ["showq"]

    def states(self, output: Output) -> dict[str, JobState]:
        """See `BatchScheduler.states`; ended jobs are in no part of the answer."""
        if output.exit_code:
            raise ValueError(output.words)
        found: dict[str, JobState] = {}
        part = ""
        for text in output.stdout.splitlines():
            words = text.lower().split()
            if words[1:2] and words[0] in _PARTS and words[1].startswith("jobs"):
                part = words[0]
            elif part and (match := _JOB.match(text)):
                number, state = match.groups()
                said = f"{state} (blocked)" if part == "blocked" else state
                found[number] = JobState(_PARTS[part], said)
        return found

    def cancel_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.cancel_command`."""
        return ["canceljob", *ids]

    def cancelled(self, output: Output) -> bool:
        """See `BatchScheduler.cancelled`."""
        gone = r"cannot locate job|invalid job|not found|already (completed|cancell?ed)"
        return output.exit_code == 0 or only_says(output, gone)

    def answers(self, output: Output) -> bool:
        """See `BatchScheduler.answers`."""
        return output.exit_code == 0 and "total jobs" in output.stdout.lower()

    def log_paths(self, request: JobRequest, job_id: str, folder: str) -> list[str]:
        """See `BatchScheduler.log_paths`."""
        number = job_id.rpartition(".")[2]
        stem = f"{log_folder(request) or folder}/{request.name}"
        return [f"{stem}.e{number}", f"{stem}.o{number}"]


def _resources(request: JobRequest) -> str:
    nodes = f"nodes=1:ppn={request.threads}"
    if request.gpus and not gpu_option(request):
        nodes += f":{gpu_directive(request) or f'gpus={request.gpus}'}"
    return f"{nodes},mem={in_units(request.memory, 2**20)}mb" if request.memory else nodes
