"""Grid Engine: Sun's, Univa's, Son of Grid Engine and Open Grid Scheduler."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ..core.errors import OptionError
from .amounts import ceil_divide, clock_seconds, counted, hours_minutes_seconds, sized
from .base import BatchScheduler
from .data_types import JobRequest, JobState, Option, Output, Phase, Queue
from .option_values import gpu_directive, one_word, resource_spec
from .option_words import OptionRule, Words, dashed_options, listed_resources, rule

#: A line of qstat: number, priority, name, user, state, date. A name may contain blanks.
_JOB = re.compile(r"\s*(\d+)\s+\S+\s.*?\s([a-zA-Z]{1,6})\s+\d\d/\d\d/\d{4}\s")
#: qstat shows states without reasons, `qstat -j` reasons without states. That fails, without
#: consequence, if a job is unknown.
_SHOW_STATES = 'qstat || exit; qstat -j "$1" 2>/dev/null; true'
#: A reason in the output of `qstat -j`.
_REASON = re.compile(r"^(?:error reason|scheduling info)[\s\d]*:\s+((?:.*\n(?!\S))*.*)$", re.M)
#: Meanings of the letters in a state, the most important letter first.
_MEANINGS = (
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


#: A small letter is a power of 1000, a capital one of 1024.
_UNITS = {
    name: unit
    for power, letter in enumerate("kmgt", 1)
    for name, unit in ((letter, 1000**power), (letter.upper(), 1024**power))
}
#: Usual names of resources for memory, which are counted for each slot.
_MEMORY = ("mem_free", "mf", "h_vmem", "m_mem_free", "s_vmem", "h_rss", "virtual_free", "vf")


class GridEngine(BatchScheduler):
    """Grid Engine. Memory is requested for each slot, as Grid Engine counts it.

    Whether a site counts GPUs for each slot or for the job cannot be known here. With one slot it
    makes no difference; with more, ``gpu-directive`` must be set. The shell is named, because the
    default of queues is csh.

    See the manuals of qsub, qstat, qdel, qconf, complex and queue_conf.
    """

    kind = "sge"
    title = "Grid Engine"
    prefix = "#$"
    shell = "bash"
    cluster_class = "SGECluster"
    account_option = "-P "
    log_options = ("-o {folder}/",)
    log_files = default_log_files = ("{name}.o{job}",)
    submit_command = ("qsub",)
    number_pattern = r"(?i)your job (?P<number>\d+) "
    cancel_program = "qdel"
    already_ended = "has deleted job|has registered the job|is already in deletion|does not exist"
    job_variables = ("JOB_ID",)
    cpu_variables = ("NSLOTS",)
    #: One of these is set in a job, too. Other programs also set JOB_ID, and SGE_ROOT is set in
    #: every shell of a site.
    _more_job_variables = ("SGE_TASK_ID", "SGE_JOB_SPOOL_DIR")
    probe = ("qstat", "-g", "c")
    probe_pattern = r"\ACLUSTER QUEUE"
    queue_commands = (("qconf", "-sq", "*"), ("qstat", "-g", "c"))
    error_causes = (
        (r"parallel environment", "parallel-environment"),
        (r"unknown queue|queue \S+ does not exist", "queue-name"),
        (r"project", "account"),
        (r"object name", "job-name"),
        (r"h_rt", "resources-per-worker.wallclock-time-limit"),
        (r"(resource|attribute) \"\w*gpu", "gpu-resource"),
        (r"(resource|attribute) \"\w*(mem|vf\b|mf\b|rss)", "memory-resource"),
    )

    def resource_options(self, request: JobRequest) -> Iterator[str]:
        """See `BatchScheduler.resource_options`."""
        spec = resource_spec(request, self.kind)
        yield from _slots(request, bool(spec))
        yield from [f"-l {spec}"] if spec else _memory(request)
        if request.gpus and (request.gpu_directive or not spec):
            yield Option(_gpus(request), "gpus")
        if request.walltime:
            yield Option(f"-l h_rt={hours_minutes_seconds(request.walltime)}", "walltime")
        yield from ("-S /bin/bash", "-cwd", "-j y")

    def option_rules(self, request: JobRequest) -> Sequence[OptionRule]:
        """See `BatchScheduler.option_rules`."""
        site = request.scheduler_specific
        memory = dict.fromkeys([*_MEMORY, str(site.get("memory-resource") or _MEMORY[0])])
        return (
            rule("-N", "name"),
            rule("-q", "queue"),
            rule("-P", "account"),
            rule("-pe", "threads", lambda text: counted(text.split()[-1])),
            rule("-l h_rt", "walltime", _time),
            rule("-l s_rt", "walltime", _time),
            *(rule(f"-l {name}", "memory_per_thread", _size) for name in memory),
            *(rule(name) for name in ("-o", "-e", "-j", "-S", "-A", "-M", "-m", "-p", "-v", "-w")),
        )

    def split_options(self, line: str, names: Collection[str]) -> Iterable[Words]:
        """See `BatchScheduler.split_options`. What follows -soft is only a wish."""
        is_wish = False
        options = dashed_options(line, {*names, "-l"}, values={"-pe": 2})
        for option in listed_resources(options):
            if option[0] in ("-soft", "-hard"):
                is_wish = option[0] == "-soft"
            elif not is_wish:
                yield option

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`."""
        return ["sh", "-c", _SHOW_STATES, "qstat", ",".join(ids)]

    def states(self, output: Output) -> Iterator[tuple[str, JobState]]:
        """See `BatchScheduler.states`. The output lists all jobs of the user."""
        table, *details = re.split(r"^=+\njob_number:\s+", output.stdout, flags=re.MULTILINE)
        reasons = {part.split(maxsplit=1)[0]: _reason(part) for part in details}
        for match in filter(None, map(_JOB.match, table.splitlines())):
            number, letters = match.groups()
            yield number, _state(letters, reasons.get(number, ""))

    def end_command(self, number: str) -> list[str]:
        """See `BatchScheduler.end_command`."""
        return ["qacct", "-j", number]

    def read_end(self, output: Output) -> str:
        """See `BatchScheduler.read_end`. A job that was restarted has several records."""
        failed = re.findall(r"^failed\s+\d+\s*:\s*(.*?)\s*$", output.stdout, re.MULTILINE)
        status = re.findall(r"^exit_status\s+(\S+)", output.stdout, re.MULTILINE)
        words = [*failed[-1:], *(f"exit status {number}" for number in status[-1:])]
        return ", ".join(words)

    def cancel_succeeded(self, output: Output) -> bool:
        """See `BatchScheduler.cancel_succeeded`. qdel reports each job on stdout."""
        return super().cancel_succeeded(replace(output, stderr=output.stdout + output.stderr))

    def is_job_environment(self, environ: Mapping[str, str]) -> bool:
        """See `BatchScheduler.is_job_environment`."""
        more = any(environ.get(name) for name in self._more_job_variables)
        return more and super().is_job_environment(environ)

    def queues(self, printed: Sequence[str]) -> Iterable[Queue]:
        """See `BatchScheduler.queues`. There is no default queue."""
        settings, usage = printed
        closed = _closed_queues(usage)
        text = re.sub(r"\\\n\s*", "", settings)
        blocks = re.split(r"^(?=qname\s)", text, flags=re.MULTILINE)[1:]
        return [_queue(block, closed) for block in blocks]


def _slots(request: JobRequest, has_spec: bool) -> Iterator[str]:
    if environment := request.scheduler_specific.get("parallel-environment"):
        name = one_word(str(environment), "parallel-environment")
        yield Option(f"-pe {name} {request.threads}", "threads")
    elif request.threads > 1 and not has_spec and "threads" not in request.elsewhere:
        raise OptionError.of(
            "number-of-threads",
            request.threads,
            "a job has one slot, because backends.sge.parallel-environment isn't set",
            hint="Set it to one that keeps all slots on one host. Run: qconf -spl",
        )


def _memory(request: JobRequest) -> Iterator[str]:
    resource = request.scheduler_specific.get("memory-resource")
    if resource and request.memory:
        per_slot = ceil_divide(request.memory, 2**20 * request.threads)
        yield Option(f"-l {one_word(str(resource), 'memory-resource')}={per_slot}M", "memory")


def _gpus(request: JobRequest) -> str:
    if directive := gpu_directive(request):
        return directive
    name = str(request.scheduler_specific.get("gpu-resource") or "gpu")
    resource = one_word(name, "gpu-resource")
    if request.threads > 1:
        raise OptionError.of(
            "number-of-gpus",
            request.gpus,
            f"number-of-threads is {request.threads}, and some sites count {resource} for each "
            "slot, others for the job",
            hint=f"Set backends.sge.gpu-directive, such as '-l {resource}={{number_of_gpus}}'. "
            "In qconf -sc, the column consumable is YES for each slot, JOB for the job",
        )
    return f"-l {resource}={request.gpus}"


def _time(text: str) -> int:
    """Return the seconds of ``3600`` or ``1:00:00``; an empty part is 0."""
    if text.count(":") == 2:
        text = ":".join(part or "0" for part in text.split(":"))
    elif not text.isdigit():
        raise ValueError(f"{text!r} is not a time")
    return clock_seconds(text, GridEngine.walltime_units)


def _size(text: str) -> int:
    return sized(text, _UNITS, 1)


def _reason(details: str) -> str:
    """Return the first reason about the job's own requests in the output of `qstat -j`."""
    lines = [line.strip() for found in _REASON.findall(details) for line in found.splitlines()]
    own = (line for line in lines if not line.startswith(("queue instance", "(Collecting")))
    return next(own, "")


def _state(letters: str, reason: str) -> JobState:
    phase: Phase = "waiting" if "w" in letters or letters.endswith("q") else "running"
    meaning = next((words for letter, words in _MEANINGS if letter in letters), "unknown")
    return JobState(phase, f"{letters}, {meaning}", reason if phase == "waiting" else "")


def _closed_queues(usage: str) -> set[str]:
    """Return the queues of ``qstat -g c`` whose slots are all disabled or in error."""
    rows = [line.split() for line in usage.splitlines()[2:]]
    return {name for name, *_, total, _, unusable in rows if int(unusable) >= int(total)}


def _queue(block: str, closed: set[str]) -> Queue:
    """Return a queue from its settings. Of values that differ between hosts, the largest counts."""
    values = dict(re.findall(r"^(\w+)\s+(.+?)\s*$", block, re.MULTILINE))
    slots = [int(number) for number in re.findall(r"(?:^|=)(\d+)", values.get("slots", ""))]
    times = re.findall(r"(?:^|=)([\w:]+)", values.get("h_rt", "INFINITY"))
    limits = [clock_seconds(time, GridEngine.walltime_units) for time in times if time[0] != "I"]
    return Queue(
        name=values["qname"],
        is_open=values["qname"] not in closed,
        max_walltime=max(limits) if len(limits) == len(times) else None,
        max_threads=max(slots, default=None),
    )
