"""OAR."""

from __future__ import annotations

import json
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
    inline,
    log_folder,
    only_says,
    resource_spec,
    word,
)

_WAITING = ("Waiting", "Hold", "toAckReservation", "toLaunch")
_ENDED = ("Terminated", "Error", "toError")
#: What dask-jobqueue has for sites without such a property.
_NO_PROPERTY = "not_applicable"


class OAR(BatchScheduler):
    """OAR; resources are a path through its hierarchy, and a walltime of one number is hours.

    GPUs stand between host and cores, as sites with a level ``gpu`` have them; its cores are the
    next number that gives each thread one. OAR reads no directives in a script on standard input,
    so they become options and the script an argument.

    See the manuals of oarsub, oarstat and oardel.
    """

    kind = "oar"
    title = "OAR"
    prefix = "#OAR"
    cluster = "OARCluster"
    job_variables = ("OAR_JOB_ID", "OAR_JOBID")
    submit_command = ("oarsub",)
    number_pattern = r"OAR_JOB_ID=(?P<number>\d+)"
    #: It has an answer even where there are no jobs.
    probe = ("oarstat", "--accounting", "2000-01-01, 2000-01-01", "--user")
    refusals = (
        (r"queue", "queue-name"),
        (r"walltime", "resources-per-worker.wallclock-time-limit"),
        (r"gpu", "resources-per-worker.number-of-gpus"),
        (r"project", "account"),
        (r"sql|property|properties", "memory-per-core-property-name"),
        (r"not enough resources|resource", "resources-per-worker.number-of-threads"),
    )

    def options(self, request: JobRequest) -> list[str]:
        """See `BatchScheduler.options`."""
        options = identity(request, "-n ", "-q ", "--project ")
        apart = gpu_option(request)
        own = resource_spec(request, self.kind)
        spec, fields = own or _hierarchy(request), [] if own else ["threads", "gpus"]
        if request.walltime and "walltime" not in spec:
            spec += f",walltime={hours_minutes_seconds(request.walltime)}"
            fields = [*fields, "walltime"]
        options.append(Option(f"-l {spec}", *fields))
        if apart:
            options.append(Option(apart, "gpus"))
        name = request.own.get("memory-per-core-property-name")
        if request.memory and name and name != _NO_PROPERTY:
            each = in_units(request.memory, 2**20 * request.threads)
            named = word(str(name), "memory-per-core-property-name")
            options.append(Option(f"-p {named}>={each}", "memory"))
        if folder := log_folder(request):
            options.append(f"-O {folder}/{request.name}-%jobid%.out")
            options.append(f"-E {folder}/{request.name}-%jobid%.err")
        return options

    def submission(self, script: str, request: JobRequest) -> tuple[list[str], str | None]:
        """See `BatchScheduler.submission`."""
        options, lines = inline(script, self.prefix)
        body = lines[1:] if lines[0].startswith("#!") else lines
        return [*self.submit_command, *options, "\n".join(body).strip("\n")], ""

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`."""
        return ["oarstat", "--json", *(f"--job={number}" for number in ids)]

    def states(self, output: Output) -> dict[str, JobState]:
        """See `BatchScheduler.states`; where it knows none of the jobs, it prints no JSON."""
        if output.exit_code:
            raise ValueError(output.words)
        if not output.stdout.lstrip().startswith("{"):
            return {}
        return {number: _state(job) for number, job in json.loads(output.stdout).items()}

    def cancel_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.cancel_command`."""
        return ["oardel", *ids]

    def cancelled(self, output: Output) -> bool:
        """See `BatchScheduler.cancelled`."""
        return output.exit_code == 0 or only_says(output, r"already killed")

    def answers(self, output: Output) -> bool:
        """See `BatchScheduler.answers`."""
        return output.exit_code == 0 and output.stdout.startswith("Usage summary for user")

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`: HH[:MM[:SS]]."""
        if not re.fullmatch(r"\d+(:\d+){0,2}", text.strip()):
            raise ValueError(f"{text!r} is no walltime")
        parts = [int(part) for part in text.split(":")]
        return sum(number * unit for number, unit in zip(parts, (3600, 60, 1), strict=False))

    def log_paths(self, request: JobRequest, job_id: str, folder: str) -> list[str]:
        """See `BatchScheduler.log_paths`."""
        if place := log_folder(request):
            stem = f"{place}/{request.name}-{job_id}"
            return [f"{stem}.err", f"{stem}.out"]
        stem = f"{folder}/OAR.{request.name}.{job_id}"
        return [f"{stem}.stderr", f"{stem}.stdout"]


def _hierarchy(request: JobRequest) -> str:
    if not request.gpus or gpu_option(request):
        return f"/nodes=1/core={request.threads}"
    level = gpu_directive(request) or f"gpu={request.gpus}"
    return f"/nodes=1/{level}/core={in_units(request.threads, request.gpus)}"


def _state(job: dict[str, object]) -> JobState:
    state, message = str(job.get("state")), str(job.get("message") or "")
    phase: Phase = "waiting" if state in _WAITING else "ended" if state in _ENDED else "running"
    return JobState(phase, f"{state} ({message})" if message else state)
