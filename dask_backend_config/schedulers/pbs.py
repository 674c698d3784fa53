"""PBS Professional and OpenPBS."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from .amounts import ceil_divide, clock_seconds, counted, hours_minutes_seconds, size_with_unit
from .base import BatchScheduler
from .data_types import JobRequest, JobState, Option, Output, Phase, Queue
from .option_values import gpu_directive, gpu_option, resource_spec
from .option_words import OptionRule, Words, getopt_options, listed_resources, pbs_rules, rule

_MEANINGS = {
    "Q": "queued",
    "H": "held",
    "W": "waiting for its time",
    "T": "in transit",
    "M": "moved to another server",
    "R": "running",
    "B": "array begun",
    "E": "exiting",
    "S": "suspended",
    "U": "suspended, its host is in use",
    "F": "finished",
    "X": "finished",
    "C": "completed",
}

#: Exit statuses of jobs that PBS ended.
_EXIT_STATUSES = {
    "-24": "ncpus exceeded (burst)",
    "-25": "ncpus exceeded (sum)",
    "-26": "vmem exceeded",
    "-27": "mem exceeded",
    "-28": "cput exceeded",
    "-29": "walltime exceeded",
}


class PBS(BatchScheduler):
    """PBS. Walltimes have seconds, because it reads ``HH:MM`` as minutes and seconds.

    TORQUE has commands of the same names, but no ``select``; it is not supported.

    See the manuals of qsub, qstat, qdel and pbs_resources.
    """

    kind = "pbs"
    title = "PBS"
    prefix = "#PBS"
    cluster_class = "PBSCluster"
    account_variable = "PBS_ACCOUNT"
    log_files = ("{job}.*ER", "{job}.*OU")
    default_log_files = ("{name}.e{job}", "{name}.o{job}")
    #: With another prefix, no directive is read.
    script_variables: ClassVar[Mapping[str, str]] = {"PBS_DPREFIX": ""}
    submit_command = ("qsub",)
    number_pattern = r"(?m)^(?P<number>\d+)(?=\.|\s*$)"
    cancel_program = "qdel"
    unknown_job = "unknown job ?id|job has finished"
    already_ended = f"{unknown_job}|invalid for state of job|delete already in progress"
    waiting_states = "Q H W T M"
    ended_states = "F X C"
    job_variables = ("PBS_JOBID",)
    cpu_variables = ("NCPUS", "PBS_NUM_PPN")
    scratch_variables = ("PBS_JOBFS",)
    folder_variable = "PBS_O_WORKDIR"
    discard_options = ("-j oe", "-o /dev/null")
    immediate_log = "$PBS_O_WORKDIR/{name}.e${{PBS_JOBID%%.*}}"
    probe = ("qstat", "-B")
    #: TORQUE's heading has one more column, Com.
    probe_pattern = r"\A\s*Server\s+Max\s+Tot\s+Que\s+Run\s+Hld\s+Wat\s+Trn\s+Ext\s+Status\s"
    queue_commands = (("qstat", "-Qf"), ("qstat", "-Bf"))
    error_causes = (
        (r"illegal -N value|job name is too long", "job-name"),
        # select is always there, so the other -l is one of these.
        (r"cannot be used with .select.*gpu", "gpu-directive"),
        (r"cannot be used with .select", "extra-script-options"),
        (r"resource limits", "resources-per-worker"),
        (r"unknown queue|no default queue|access to queue|queue is not enabled", "queue-name"),
        (r"walltime", "resources-per-worker.wallclock-time-limit"),
        (r"gpu", "resources-per-worker.number-of-gpus"),
        (r"\bmem\b", "resources-per-worker.per-thread-memory-limit"),
        (r"ncpus", "resources-per-worker.number-of-threads"),
        (r"invalid account|unknown project", "account"),
        (r"unknown resource|resource_list|resource=", "resource-spec"),
        (r"directive error|invalid option|illegal -. value|usage", "extra-script-options"),
    )

    def resource_options(self, request: JobRequest) -> Iterator[str]:
        """See `BatchScheduler.resource_options`."""
        gpus = gpu_option(request)
        spec = resource_spec(request, self.kind)
        fields = [] if spec else ["threads", "memory"]
        spec = spec or _select(request)
        if request.gpus and not gpus and "gpu" not in spec.lower():
            spec = f"{spec}:{gpu_directive(request) or f'ngpus={request.gpus}'}"
            fields.append("gpus")
        yield Option(f"-l {spec}", *fields)
        if gpus:
            yield Option(gpus, "gpus")
        if request.walltime:
            yield Option(f"-l walltime={hours_minutes_seconds(request.walltime)}", "walltime")

    def option_rules(self, request: JobRequest) -> Sequence[OptionRule]:
        """See `BatchScheduler.option_rules`. Of a resource, the first directive counts."""
        return (
            *pbs_rules(self.read_walltime, first=True),
            OptionRule(("-l select",), _read_select, first=True),
            rule("-l ncpus", "threads", counted, first=True),
            rule("-l ngpus", "gpus", int, first=True),
        )

    def split_options(self, line: str, names: Collection[str]) -> Iterable[Words]:
        """See `BatchScheduler.split_options`."""
        return listed_resources(getopt_options(line, {*names, "-l"}, flags="VXfhz"))

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`.

        Without -x, which fails if the server keeps no history, and -F, which older versions lack.
        """
        return ["qstat", "-f", *ids]

    def states(self, output: Output) -> Iterator[tuple[str, JobState]]:
        """See `BatchScheduler.states`. Finished jobs are reported on stderr.

        A deleted job is shown as running for up to ten seconds after its processes ended.
        """
        for number in re.findall(r"(\d+)\S* job has finished", output.stderr, re.IGNORECASE):
            yield number, JobState("ended", "F, finished")
        for name, values in _records(output.stdout, "Job Id"):
            state = values.get("job_state", "")
            reason = values.get("comment", "")
            is_deleted = " and terminated" in reason
            meaning = f"{state}, {'deleted' if is_deleted else _MEANINGS.get(state, 'unknown')}"
            phase: Phase = "ended" if is_deleted else self.phase(state)
            yield name.split(".")[0], JobState(phase, meaning, reason)

    def end_command(self, number: str) -> list[str]:
        """See `BatchScheduler.end_command`. It fails if the server keeps no history."""
        return ["qstat", "-x", "-f", number]

    def read_end(self, output: Output) -> str:
        """See `BatchScheduler.read_end`."""
        values = next((values for _, values in _records(output.stdout, "Job Id")), {})
        status = values.get("Exit_status", "")
        words = [_EXIT_STATUSES.get(status, status and f"exit status {status}")]
        return ", ".join(filter(None, [*words, values.get("comment")]))

    def is_job_environment(self, environ: Mapping[str, str]) -> bool:
        """See `BatchScheduler.is_job_environment`. Moab's jobs on TORQUE set it, too."""
        return super().is_job_environment(environ) and not environ.get("MOAB_JOBID")

    def queues(self, printed: Sequence[str]) -> Iterable[Queue]:
        """See `BatchScheduler.queues`. The server's limits hold in all queues."""
        queues, servers = printed
        server = next((values for _, values in _records(servers, "Server")), {})
        return [_queue(name, values, server) for name, values in _records(queues, "Queue")]


def _select(request: JobRequest) -> str:
    select = f"select=1:ncpus={request.threads}"
    if not request.memory:
        return select
    kibibytes = ceil_divide(request.memory, 1024)
    exact = f"{kibibytes}kb" if kibibytes % 1024 else f"{kibibytes // 1024}mb"
    return f"{select}:mem={exact}"


def _read_select(text: str) -> Mapping[str, Any]:
    """Return the amounts of the first chunk, in which the worker runs."""
    head, *parts = text.split("+")[0].split(":")
    values = dict(part.partition("=")[::2] for part in ([head] if "=" in head else []) + parts)
    readers: Mapping[str, tuple[str, Callable[[str], int]]] = {
        "ncpus": ("threads", counted),
        "ngpus": ("gpus", int),
        "mem": ("memory", size_with_unit),
    }
    return {kind: read(values[name]) for name, (kind, read) in readers.items() if name in values}


def _records(text: str, kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield name and attributes of each ``KIND: NAME``. A tab continues the line before."""
    parts = re.split(rf"^{kind}: (.*)", text.replace("\n\t", ""), flags=re.MULTILINE)[1:]
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        values = re.findall(r"^ {4}([\w.]+) = (.*)", body, re.MULTILINE)
        # The first value of a name counts.
        yield name.strip(), {key: value.strip() for key, value in reversed(values)}


def _queue(name: str, values: Mapping[str, str], server: Mapping[str, str]) -> Queue:
    def limit(resource: str) -> str | None:
        key = f"resources_max.{resource}"
        return values.get(key) or server.get(key)

    accepts = values.get("enabled") == "True" and values.get("from_route_only") != "True"
    walltime, memory, threads, gpus = map(limit, ("walltime", "mem", "ncpus", "ngpus"))
    return Queue(
        name=name,
        is_default=server.get("default_queue") == name,
        is_open=accepts and values.get("started") == "True",
        max_walltime=clock_seconds(walltime, PBS.walltime_units) if walltime else None,
        max_memory=size_with_unit(memory) if memory else None,
        max_threads=int(threads) if threads else None,
        max_gpus=int(gpus) if gpus else None,
    )
