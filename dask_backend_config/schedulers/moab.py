"""Moab."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from .amounts import ceil_divide, counted, hours_minutes_seconds, size_with_unit
from .base import BatchScheduler
from .data_types import JobRequest, JobState, Option, Output, Phase
from .option_values import gpu_directive, gpu_option, resource_spec
from .option_words import OptionRule, Words, getopt_options, listed_resources, pbs_rules, rule

#: The parts of showq's output, by the first word of their headings.
_PARTS: dict[str, Phase] = {
    "active": "running",
    "eligible": "waiting",
    "idle": "waiting",
    "blocked": "waiting",
}
#: Number, user, state, processors, a time and a date. TORQUE appends a host to the number.
_JOB = re.compile(
    r"(\d+|[A-Za-z][\w-]*\.\d+)(?:\.\S+)?\s+\S+\s+([A-Za-z]+)\s+\d+\s+\S+\s+[A-Z][a-z]{2} [A-Z]"
)


class Moab(BatchScheduler):
    """Moab. It reads the directives of PBS, but ``nodes=1:ppn=N`` instead of ``select``.

    See the manuals of msub, showq and canceljob.
    """

    kind = "moab"
    title = "Moab"
    prefix = "#PBS"
    cluster_class = "MoabCluster"
    account_variable = "PBS_ACCOUNT"
    log_files = default_log_files = ("{name}.e{job}", "{name}.o{job}")
    submit_command = ("msub",)
    number_pattern = r"(?m)^\s*(?P<number>\d+|[A-Za-z][\w-]*\.\d+)(?:\.\S+)?\s*$"
    cancel_program = "canceljob"
    already_ended = r"cannot locate job|invalid job|not found|already (completed|cancell?ed)"
    job_variables = ("MOAB_JOBID",)
    cpu_variables = ("PBS_NUM_PPN",)
    folder_variable = "PBS_O_WORKDIR"
    discard_options = ("-j oe", "-o /dev/null")
    immediate_log = "$PBS_O_WORKDIR/{name}.e${{PBS_JOBID%%.*}}"
    probe = ("showq", "-s")
    probe_pattern = "(?i)total jobs"
    walltime_units = (1, 60, 3600, 86400)
    error_causes = (
        (r"class|queue", "queue-name"),
        (r"account|credential", "account"),
        (r"gpu|gres", "resources-per-worker.number-of-gpus"),
        (r"wallclock|walltime|wclimit|duration", "resources-per-worker.wallclock-time-limit"),
        (r"\bmem", "resources-per-worker.per-thread-memory-limit"),
        (r"procs?\b|ppn", "resources-per-worker.number-of-threads"),
    )

    def resource_options(self, request: JobRequest) -> Iterator[str]:
        """See `BatchScheduler.resource_options`."""
        gpus = gpu_option(request)
        if spec := resource_spec(request, self.kind):
            yield Option(f"-l {spec}")
        else:
            fields = ("threads", "memory", None if gpus else "gpus")
            yield Option(f"-l {_resources(request)}", *fields)
        if gpus:
            yield Option(gpus, "gpus")
        if request.walltime:
            yield Option(f"-l walltime={hours_minutes_seconds(request.walltime)}", "walltime")

    def option_rules(self, request: JobRequest) -> Sequence[OptionRule]:
        """See `BatchScheduler.option_rules`."""
        return (
            *pbs_rules(self.read_walltime),
            rule("-l procs", "threads", counted),
            rule("-l pmem", "memory_per_thread", size_with_unit),
        )

    def split_options(self, line: str, names: Collection[str]) -> Iterable[Words]:
        """See `BatchScheduler.split_options`."""
        return listed_resources(getopt_options(line, {*names, "-l"}, flags="EKVXhz"))

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`. checkjob shows only one job at a time."""
        return ["showq"]

    def states(self, output: Output) -> Iterator[tuple[str, JobState]]:
        """See `BatchScheduler.states`. Ended jobs are not listed."""
        part = ""
        for line in output.stdout.splitlines():
            words = line.lower().split()
            if words[1:2] and words[0] in _PARTS and words[1].startswith("jobs"):
                part = words[0]
            elif part and (match := _JOB.match(line)):
                number, state = match.groups()
                reason = part if part == "blocked" else ""
                yield number, JobState(_PARTS[part], state, reason)

    def log_paths(self, request: JobRequest, job_id: str, folder: str) -> list[str]:
        """See `BatchScheduler.log_paths`. In their names, ``Moab.13`` is 13."""
        return super().log_paths(request, job_id.rpartition(".")[2], folder)


def _resources(request: JobRequest) -> str:
    nodes = f"nodes=1:ppn={request.threads}"
    if request.gpus and not gpu_option(request):
        nodes += f":{gpu_directive(request) or f'gpus={request.gpus}'}"
    return f"{nodes},mem={ceil_divide(request.memory, 2**20)}mb" if request.memory else nodes
