"""PBS Professional and OpenPBS."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .base import (
    BatchScheduler,
    JobRequest,
    JobState,
    Output,
    Phase,
    Queue,
    clock,
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

#: PBS names its units of 1024 like this; w is a word of 8 bytes.
_PREFIXES = " kmgtp"
_STATES: dict[str, tuple[Phase, str]] = {
    "Q": ("waiting", "queued"),
    "H": ("waiting", "held"),
    "W": ("waiting", "waiting for its time"),
    "T": ("waiting", "in transit"),
    "M": ("waiting", "moved to another server"),
    "R": ("running", "running"),
    "B": ("running", "array begun"),
    "E": ("running", "exiting"),
    "S": ("running", "suspended"),
    "U": ("running", "suspended, its host is in use"),
    "F": ("ended", "finished"),
    "X": ("ended", "finished"),
    "C": ("ended", "completed"),
}
_UNKNOWN = r"unknown job ?id"
_FINISHED = r"job has finished"


class PBS(BatchScheduler):
    """PBS; ``HH:MM`` would be minutes and seconds to it, so walltimes are given as ``HH:MM:SS``.

    TORQUE, whose commands have the same names, knows no select line and is not meant.

    See the manuals of qsub, qstat, qdel and pbs_resources.
    """

    kind = "pbs"
    title = "PBS"
    prefix = "#PBS"
    cluster = "PBSCluster"
    job_variables = ("PBS_JOBID",)
    submit_command = ("qsub",)
    number_pattern = r"(?m)^(?P<number>\d+)(?=\.|\s*$)"
    probe = ("qstat", "-B")
    queue_commands = (("qstat", "-Qf"), ("qstat", "-Bf"))
    refusals = (
        (r"illegal -N value|job name is too long", "job-name"),
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

    def options(self, request: JobRequest) -> list[str]:
        """See `BatchScheduler.options`."""
        options = identity(request, "-N ", "-q ", "-A ")
        apart = gpu_option(request)
        own = resource_spec(request, self.kind)
        spec, fields = own or _select(request), [] if own else ["threads", "memory"]
        if request.gpus and not apart and "gpu" not in spec.lower():
            spec = f"{spec}:{gpu_directive(request) or f'ngpus={request.gpus}'}"
            fields = [*fields, "gpus"]
        options.append(Option(f"-l {spec}", *fields))
        options += [Option(apart, "gpus")] if apart else []
        if request.walltime:
            walltime = hours_minutes_seconds(request.walltime)
            options.append(Option(f"-l walltime={walltime}", "walltime"))
        if folder := log_folder(request):
            options += [f"-o {folder}/", f"-e {folder}/"]
        return options

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`.

        Neither -x, which fails where the server keeps no history, nor -F, which older ones lack.
        """
        return ["qstat", "-f", *ids]

    def states(self, output: Output) -> dict[str, JobState]:
        """See `BatchScheduler.states`; of a finished job only a line on stderr is left."""
        if output.exit_code and not only_says(output, f"{_UNKNOWN}|{_FINISHED}"):
            raise ValueError(output.words)
        found = {
            number: JobState("ended", "F, finished")
            for number in re.findall(rf"(\d+)\S* {_FINISHED}", output.stderr, re.IGNORECASE)
        }
        for name, values in _records(output.stdout, "Job Id"):
            phase, meaning = _STATES.get(values.get("job_state", ""), ("running", "unknown"))
            comment = values.get("comment")
            words = f"{values.get('job_state')}, {meaning}" + (f" ({comment})" if comment else "")
            found[name.split(".")[0]] = JobState(phase, words)
        return found

    def cancel_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.cancel_command`."""
        return ["qdel", *ids]

    def cancelled(self, output: Output) -> bool:
        """See `BatchScheduler.cancelled`."""
        gone = f"{_UNKNOWN}|{_FINISHED}|invalid for state of job|delete already in progress"
        return output.exit_code == 0 or only_says(output, gone)

    def answers(self, output: Output) -> bool:
        """See `BatchScheduler.answers`; TORQUE's header has one column more, of completed jobs."""
        heads = [text.split() for text in output.stdout.splitlines() if text.strip()][:1]
        columns = ["Server", "Max", "Tot", "Que", "Run", "Hld", "Wat", "Trn", "Ext", "Status"]
        return output.exit_code == 0 and heads == [columns]

    def in_job(self, environ: Mapping[str, str]) -> bool:
        """See `BatchScheduler.in_job`; Moab's jobs on TORQUE have PBS's variables, too."""
        return super().in_job(environ) and not environ.get("MOAB_JOBID")

    def queues(self, outputs: Sequence[Output]) -> list[Queue]:
        """See `BatchScheduler.queues`; what the server limits, no queue allows."""
        for output in outputs:
            if output.exit_code:
                raise ValueError(output.words)
        queues, servers = outputs
        server = next((values for _, values in _records(servers.stdout, "Server")), {})
        return [_queue(name, values, server) for name, values in _records(queues.stdout, "Queue")]

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`: [[HH:]MM:]SS."""
        if text.count(":") > 2:
            raise ValueError(f"{text!r} is no walltime")
        return clock(text)

    def log_paths(self, request: JobRequest, job_id: str, folder: str) -> list[str]:
        """See `BatchScheduler.log_paths`; in a folder the files bear the job's whole name."""
        if place := log_folder(request):
            return [f"{place}/{job_id}.*ER", f"{place}/{job_id}.*OU"]
        return [f"{folder}/{request.name}.e{job_id}", f"{folder}/{request.name}.o{job_id}"]


def _select(request: JobRequest) -> str:
    select = f"select=1:ncpus={request.threads}"
    if not request.memory:
        return select
    kibibytes = in_units(request.memory, 1024)
    exact = f"{kibibytes}kb" if kibibytes % 1024 else f"{kibibytes // 1024}mb"
    return f"{select}:mem={exact}"


def _records(text: str, kind: str) -> list[tuple[str, dict[str, str]]]:
    """Name and attributes of each ``KIND: NAME``; a long line goes on behind a tab."""
    found: list[tuple[str, dict[str, str]]] = []
    for part in text.replace("\n\t", "").splitlines():
        if part.startswith(f"{kind}: "):
            found.append((part.partition(": ")[2].strip(), {}))
        elif found and (match := re.match(r" {4}([\w.]+) = (.*)", part)):
            found[-1][1].setdefault(match.group(1), match.group(2).strip())
    return found


def _queue(name: str, values: Mapping[str, str], server: Mapping[str, str]) -> Queue:
    def limit(resource: str) -> str | None:
        key = f"resources_max.{resource}"
        return values.get(key) or server.get(key)

    takes = values.get("enabled") == "True" and values.get("from_route_only") != "True"
    walltime, memory, threads, gpus = map(limit, ("walltime", "mem", "ncpus", "ngpus"))
    return Queue(
        name=name,
        is_default=server.get("default_queue") == name,
        is_open=takes and values.get("started") == "True",
        max_walltime=clock(walltime) if walltime else None,
        max_memory=_bytes(memory) if memory else None,
        max_threads=int(threads) if threads else None,
        max_gpus=int(gpus) if gpus else None,
    )


def _bytes(text: str) -> int:
    """Bytes of a size of PBS's.

    Examples
    --------
    >>> _bytes("4gb"), _bytes("16kw")
    (4294967296, 131072)
    """
    match = re.fullmatch(r"(\d+)([kmgtp]?)(b|w|)", text.strip().lower())
    if not match:
        raise ValueError(f"{text!r} is no size")
    number, prefix, unit = match.groups()
    return int(number) * int(1024 ** _PREFIXES.index(prefix or " ")) * (8 if unit == "w" else 1)
