"""Grid Engine and its relatives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..core.errors import ConfigValueError
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
    identity,
    log_folder,
    only_says,
    resource_spec,
    word,
)

_MEBIBYTE = 2**20
#: A line of qstat: number, priority, name, user, state, date; a name may hold blanks.
_JOB = re.compile(r"\s*(\d+)\s+\S+\s.*?\s([a-zA-Z]{1,6})\s+\d\d/\d\d/\d{4}\s")
_GONE = r"has deleted job|has registered the job|is already in deletion|does not exist"
#: The list has no reasons, and `qstat -j` no states. What it says of unknown jobs is no failure.
_LIST = 'qstat || exit; qstat -j "$1" 2>/dev/null; true'
#: A reason in `qstat -j`; of those for waiting, the first that is about the job's own requests.
_REASON = re.compile(r"^(?:error reason|scheduling info)[\s\d]*:\s+((?:.*\n(?!\S))*.*)$", re.M)
#: Letters of a state, the telling ones first.
_LETTERS = (
    ("E", "error"),
    ("d", "being deleted"),
    ("h", "held"),
    ("s", "suspended"),
    ("S", "suspended by its queue"),
    ("T", "suspended by a threshold"),
    ("P", "preempted"),
    ("w", "queued"),
    ("t", "starting"),
    ("r", "running"),
)


class GridEngine(BatchScheduler):
    """Grid Engine; memory is asked for each slot, as its complexes are counted.

    What a site's complex for GPUs is counted by, the slot or the job, cannot be known here: for one
    slot it is the same, for more ``gpu-directive`` has to say it. The shell is named, since queues
    have csh for the scripts of jobs unless they are told otherwise.

    See the manuals of qsub, qstat, qdel, qconf, complex and queue_conf.
    """

    kind = "sge"
    title = "Grid Engine"
    prefix = "#$"
    cluster = "SGECluster"
    job_variables = ("JOB_ID",)
    submit_command = ("qsub",)
    number_pattern = r"(?i)your job (?P<number>\d+) "
    #: A job has these as well; JOB_ID alone is anybody's, and SGE_ROOT is in every shell of a site.
    _also = ("SGE_TASK_ID", "SGE_JOB_SPOOL_DIR")
    probe = ("qstat", "-g", "c")
    queue_commands = (("qconf", "-sq", "*"), ("qstat", "-g", "c"))
    refusals = (
        (r"parallel environment", "parallel-environment"),
        (r"queue", "queue-name"),
        (r"project", "account"),
        (r"object name", "job-name"),
        (r"h_rt", "resources-per-worker.wallclock-time-limit"),
        (r"gpu", "gpu-resource"),
        (r"unknown resource|mem", "memory-resource"),
    )

    def options(self, request: JobRequest) -> list[str]:
        """See `BatchScheduler.options`."""
        options = identity(request, "-N ", "-q ", "-P ")
        spec = resource_spec(request, self.kind)
        options += _slots(request, bool(spec))
        options += [f"-l {spec}"] if spec else _memory(request)
        if request.gpus and (request.gpu_directive or not spec):
            options.append(Option(_gpus(request), "gpus"))
        if request.walltime:
            walltime = hours_minutes_seconds(request.walltime)
            options.append(Option(f"-l h_rt={walltime}", "walltime"))
        options += ["-S /bin/bash", "-cwd", "-j y"]
        if folder := log_folder(request):
            options.append(f"-o {folder}/")
        return options

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`."""
        return ["sh", "-c", _LIST, "qstat", ",".join(ids)]

    def states(self, output: Output) -> dict[str, JobState]:
        """See `BatchScheduler.states`; lists all of a user's jobs, and reasons of a few."""
        if output.exit_code:
            raise ValueError(output.words)
        table, *details = re.split(r"^=+\njob_number:\s+", output.stdout, flags=re.MULTILINE)
        reasons = {part.split(maxsplit=1)[0]: _reason(part) for part in details}
        matches = (_JOB.match(text) for text in table.splitlines())
        rows = [match.groups() for match in matches if match]
        return {number: _state(letters, reasons.get(number, "")) for number, letters in rows}

    def cancel_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.cancel_command`."""
        return ["qdel", *ids]

    def cancelled(self, output: Output) -> bool:
        """See `BatchScheduler.cancelled`; what it says of each job goes to stdout."""
        said = Output(output.command, output.exit_code, stderr=output.stdout + output.stderr)
        return output.exit_code == 0 or only_says(said, _GONE)

    def answers(self, output: Output) -> bool:
        """See `BatchScheduler.answers`."""
        return output.exit_code == 0 and output.stdout.startswith("CLUSTER QUEUE")

    def in_job(self, environ: Mapping[str, str]) -> bool:
        """See `BatchScheduler.in_job`."""
        return super().in_job(environ) and any(environ.get(name) for name in self._also)

    def queues(self, outputs: Sequence[Output]) -> list[Queue]:
        """See `BatchScheduler.queues`; there is no default queue."""
        for output in outputs:
            if output.exit_code:
                raise ValueError(output.words)
        settings, usage = outputs
        shut = _shut(usage.stdout)
        text = re.sub(r"\\\n\s*", "", settings.stdout)
        blocks = re.split(r"^qname\s+", text, flags=re.MULTILINE)[1:]
        return [_queue(block, shut) for block in blocks]

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`: [[HH:]MM:]SS."""
        if text.count(":") > 2:
            raise ValueError(f"{text!r} is no walltime")
        return clock(text)

    def log_paths(self, request: JobRequest, job_id: str, folder: str) -> list[str]:
        """See `BatchScheduler.log_paths`."""
        return [f"{log_folder(request) or folder}/{request.name}.o{job_id}"]


def _slots(request: JobRequest, has_spec: bool) -> list[str]:
    environment = request.own.get("parallel-environment")
    if environment:
        name = word(str(environment), "parallel-environment")
        return [Option(f"-pe {name} {request.threads}", "threads")]
    if request.threads > 1 and not has_spec:
        raise ConfigValueError(
            f"number-of-threads is {request.threads}, but backends.sge.parallel-environment is "
            "null: a job without one has a single slot",
            hint="name one that keeps all slots on one host; qconf -spl lists them",
        )
    return []


def _memory(request: JobRequest) -> list[str]:
    resource = request.own.get("memory-resource")
    if not resource or not request.memory:
        return []
    each = in_units(request.memory, _MEBIBYTE * request.threads)
    name = word(str(resource), "memory-resource")
    return [Option(f"-l {name}={each}M", "memory")]


def _gpus(request: JobRequest) -> str:
    if own := gpu_directive(request):
        return own
    resource = word(str(request.own.get("gpu-resource") or "gpu"), "gpu-resource")
    if request.threads > 1:
        raise ConfigValueError(
            f"number-of-gpus is {request.gpus} and number-of-threads {request.threads}: "
            f"Grid Engine counts {resource} for each slot or for the job, as the site says",
            hint=f"say backends.sge.gpu-directive, such as '-l {resource}={{number_of_gpus}}'; "
            "in qconf -sc the column consumable is YES for each slot, JOB for the job",
        )
    return f"-l {resource}={request.gpus}"


def _reason(details: str) -> str:
    lines = [line.strip() for found in _REASON.findall(details) for line in found.splitlines()]
    own = (line for line in lines if not line.startswith(("queue instance", "(Collecting")))
    return next(own, "")


def _state(letters: str, reason: str) -> JobState:
    phase: Phase = "waiting" if "w" in letters or letters.endswith("q") else "running"
    meaning = next((words for letter, words in _LETTERS if letter in letters), "unknown")
    words = f"{letters}, {meaning}"
    return JobState(phase, f"{words} ({reason})" if reason and phase == "waiting" else words)


def _shut(usage: str) -> set[str]:
    """The queues of ``qstat -g c`` all of whose slots are disabled or out of order."""
    rows = [text.split() for text in usage.splitlines()[2:]]
    return {name for name, *_, total, _, down in rows if int(down) >= int(total)}


def _queue(block: str, shut: set[str]) -> Queue:
    """From one queue's settings; of values that differ between hosts the largest counts."""
    name, _, rest = block.partition("\n")
    values = dict(re.findall(r"^(\w+)\s+(.+)$", rest, re.MULTILINE))
    slots = [int(number) for number in re.findall(r"(?:^|=)(\d+)", values.get("slots", ""))]
    times = re.findall(r"(?:^|=)([\w:]+)", values.get("h_rt", "INFINITY"))
    endless = "INFINITY" in times
    return Queue(
        name=name.strip(),
        is_open=name.strip() not in shut,
        max_walltime=None if endless else max(map(clock, times)),
        max_threads=max(slots, default=None),
    )
