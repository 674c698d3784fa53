"""IBM Spectrum LSF and its relatives, such as OpenLava."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..core.errors import OptionError
from .amounts import ceil_divide, clock_seconds, counted, sized
from .base import BatchScheduler
from .data_types import JobRequest, JobState, Option, Output, Queue
from .option_values import gpu_directive, positive_integer, separate_directives, size_in_bytes
from .option_words import OptionRule, Words, dashed_options, rule

#: LSF's units are powers of 1024.
_UNITS = {letter: int(1024**power) for power, letter in enumerate("kmgtpe", 1)}
#: A line of bjobs: number, user, state. A job's reasons follow on indented lines.
_JOB = re.compile(r"(\d+)\s+\S+\s+([A-Z]+)\s")
#: The values of a queue's limits, by the name in the line above; of any other name, a size.
_LIMITS = {
    **dict.fromkeys(("CPULIMIT", "RUNLIMIT"), r"([\d.]+) min(?: of \S+)?"),
    **dict.fromkeys(("PROCLIMIT", "TASKLIMIT"), r"(\d+(?: +\d+){0,2})"),
    **dict.fromkeys(("PROCESSLIMIT", "THREADLIMIT"), r"(\d+)"),
}
_SIZE = r"([\d.]+) ?([KMGTPE])"
#: Options that begin as one of those in `LSF.option_rules`.
_LONGER = (
    "-Jd",
    "-Ne",
    "-We",
    "-Wep",
    "-Wt",
    "-mig",
    "-network",
    "-nnodes",
    "-outdir",
    "-ptl",
    "-pack",
)


class LSF(BatchScheduler):
    """LSF. Its walltimes are ``HH:MM``, so seconds are rounded up to minutes.

    Memory is requested with -M, which is a limit. ``rusage[mem=...]`` would reserve memory, but
    jobs would then wait forever at sites that do not schedule by memory. GPUs are requested with
    ``j_exclusive=yes``, so that no other job uses them. The mode is not ``exclusive_process``,
    because then a process started by a task could not use the GPU.

    See the manuals of bsub, bjobs, bkill and bqueues.
    """

    kind = "lsf"
    title = "LSF"
    prefix = "#BSUB"
    cluster_class = "LSFCluster"
    site_keys = ("ncpus", "mem")
    name_option = "-J "
    account_option = "-P "
    log_options = ("-o {folder}/{name}-%J.out", "-e {folder}/{name}-%J.err")
    repeatable_options = ("-R",)
    #: Without its message, the number of a job would be unknown.
    script_variables: ClassVar[Mapping[str, str]] = {"BSUB_QUIET": "", "BSUB_QUIET2": ""}
    submit_command = ("bsub",)
    number_pattern = r"Job <(?P<number>\d+)>"
    cancel_program = "bkill"
    already_ended = unknown_job = "is not found|No matching job found|already finished"
    waiting_states = "PEND PSUSP WAIT PROV"
    ended_states = "DONE EXIT ZOMBI"
    job_variables = ("LSB_JOBID",)
    cpu_variables = ("LSB_DJOB_NUMPROC",)
    #: Not lsid, which succeeds even if the batch daemon is down.
    probe = ("bqueues",)
    probe_pattern = r"\AQUEUE_NAME"
    queue_commands = (("bqueues", "-l"),)
    walltime_units = (60, 3600)
    error_causes = (
        (r"no such queue|queue has been closed|cannot use the queue", "queue-name"),
        (r"illegal option -- g|\bgpus?\b", "resources-per-worker.number-of-gpus"),
        (r"illegal option|option requires|resource requirement", "extra-script-options"),
        (r"runlimit", "resources-per-worker.wallclock-time-limit"),
        (r"memlimi?t", "resources-per-worker.per-thread-memory-limit"),
        (r"processors|proclimit|tasklimit", "resources-per-worker.number-of-threads"),
        (r"bad job name", "job-name"),
        (r"project", "account"),
    )

    def resource_options(self, request: JobRequest) -> Iterator[str]:
        """See `BatchScheduler.resource_options`."""
        site = request.scheduler_specific
        slots = positive_integer(site.get("ncpus") or request.threads, "ncpus")
        yield Option(f"-n {slots}", None if site.get("ncpus") else "threads")
        if slots > 1:
            yield Option('-R "span[hosts=1]"')
        memory = size_in_bytes(site["mem"], "mem") if site.get("mem") else request.memory
        if memory:
            amount = ceil_divide(memory, _unit(site.get("memory-unit") or "kb"))
            yield Option(f"-M {amount}", None if site.get("mem") else "memory")
        if request.walltime:
            minutes = ceil_divide(request.walltime, 60)
            yield Option(f"-W {minutes // 60:02d}:{minutes % 60:02d}", "walltime")
        if request.gpus:
            default = f'-gpu "num={request.gpus}:j_exclusive=yes"'
            yield Option(gpu_directive(request) or default, "gpus")

    def option_rules(self, request: JobRequest) -> Sequence[OptionRule]:
        """See `BatchScheduler.option_rules`. Of most options, the first counts."""
        set_unit = request.scheduler_specific.get("memory-unit")
        unit, unit_of_rusage = _unit(set_unit or "kb"), _unit(set_unit or "mb")
        units = {name: size for letter, size in _UNITS.items() for name in _spellings(letter)}
        return (
            rule("-J", "name"),
            rule("-q", "queue"),
            rule("-P", "account"),
            rule("-n", "threads", counted, first=True),
            rule("-M", "memory", lambda text: sized(text.rstrip("!"), units, unit), first=True),
            rule("-W", "walltime", self.read_walltime, first=True),
            OptionRule(("-gpu",), _read_gpus),
            OptionRule(("-R",), lambda text: _read_rusage(text, units, unit_of_rusage)),
            *(rule(name) for name in ("-o", "-oo", "-e", "-eo", "-m", "-u", "-app", "-sp")),
        )

    def split_options(self, line: str, names: Collection[str]) -> Iterable[Words]:
        """See `BatchScheduler.split_options`."""
        return dashed_options(line, {*names, *_LONGER}, joined=True)

    def submission(self, script: str, request: JobRequest) -> tuple[list[str], str | None]:
        """See `BatchScheduler.submission`.

        bsub reads directives from standard input only. For a file, they become arguments, and the
        shebang the program that runs the file.
        """
        if not self.needs_script_file(request):
            return super().submission(script, request)
        options, lines = separate_directives(script, self.prefix)
        shell = shlex.split(lines[0][2:]) if lines[0].startswith("#!") else ["/bin/sh"]
        return [*self.submit_command, *options, *shell], None

    def needs_script_file(self, request: JobRequest) -> bool:
        """See `BatchScheduler.needs_script_file`."""
        return request.scheduler_specific.get("submit-by-stdin") is False

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`. -p and -s add reasons, -w avoids line breaks."""
        return ["bjobs", "-w", "-a", "-p", "-s", *ids]

    def states(self, output: Output) -> Iterator[tuple[str, JobState]]:
        """See `BatchScheduler.states`."""
        found: dict[str, list[str]] = {}
        for line in output.stdout.splitlines():
            if match := _JOB.match(line):
                number, state = match.groups()
                found[number] = [state]
            elif found and line[:1].isspace() and line.strip():
                found[number].append(line.strip().rstrip(";"))
        for number, (state, *reasons) in found.items():
            yield number, JobState(self.phase(state), state, "; ".join(reasons))

    def end_command(self, number: str) -> list[str]:
        """See `BatchScheduler.end_command`."""
        return ["bjobs", "-l", number]

    def read_end(self, output: Output) -> str:
        """See `BatchScheduler.read_end`. Lines are broken anywhere, and indented by 21 blanks."""
        text = re.sub(r"\n {21}", "", output.stdout)
        found = re.search(r"TERM_\w+: [^.;\n]*", text) or re.search(
            r"Exited (?:with exit code|by signal) \d+", text
        )
        return found[0] if found else ""

    def queues(self, printed: Sequence[str]) -> Iterable[Queue]:
        """See `BatchScheduler.queues`."""
        return map(_queue, re.split(r"^QUEUE: ", printed[0], flags=re.MULTILINE)[1:])

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`: [HH:]MM, with or without ``/HOST``."""
        return clock_seconds(re.sub(r"/\S+\s*$", "", text), self.walltime_units)


def limit_unit(conf: str) -> str | None:
    """Return the unit of -M in the content of an ``lsf.conf``, such as ``mb``; None if not set.

    Examples
    --------
    >>> limit_unit("LSF_UNIT_FOR_LIMITS=GB  # all limits")
    'gb'
    """
    found = re.findall(r"^\s*LSF_UNIT_FOR_LIMITS\s*=\s*[\"']?([KMGTPE])B?\b", conf, re.M | re.I)
    return f"{found[-1].lower()}b" if found else None


def _spellings(letter: str) -> tuple[str, ...]:
    return letter, letter.upper(), f"{letter}b", f"{letter}B", f"{letter.upper()}B"


def _read_rusage(text: str, units: Mapping[str, int], unit: int) -> Mapping[str, Any]:
    found = re.search(r"rusage\[[^]]*\bmem\s*=\s*(\w+)", text)
    return {"memory_reserved": sized(found[1], units, unit)} if found else {}


def _read_gpus(text: str) -> Mapping[str, Any]:
    found = re.search(r"(?:^|:)\s*num\s*=\s*(\d+)", text)
    return {"gpus": int(found[1]) if found else 1}


def _unit(name: str) -> int:
    try:
        return _UNITS[str(name).lower()[:1]]
    except KeyError:
        raise OptionError.of("memory-unit", name, "must be kb, mb, gb or tb") from None


def _queue(block: str) -> Queue:
    """Return a queue of ``bqueues -l``. Values before MAXIMUM LIMITS are defaults."""
    head, _, rest = block.partition("PARAMETERS/STATISTICS")
    status = re.search(r"\b(Open|Closed):(\w+)", rest)
    limits = dict(_limits(rest.partition("MAXIMUM LIMITS:")[2] or rest))
    runs = limits.get("RUNLIMIT")
    threads = limits.get("TASKLIMIT") or limits.get("PROCLIMIT")
    memory = limits.get("MEMLIMIT")
    return Queue(
        name=head.split()[0],
        is_default="the default queue" in head or "one of the default queues" in head,
        is_open=status is not None and status.groups() == ("Open", "Active"),
        max_walltime=round(float(runs) * 60) if runs else None,
        max_memory=int(float(memory[:-1]) * _UNITS[memory[-1].lower()]) if memory else None,
        max_threads=int(threads.split()[-1]) if threads else None,
    )


def _limits(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each limit: a line of names, then a line of values."""
    for above, below in itertools.pairwise(text.splitlines()):
        names = above.split()
        if not names or not all(re.fullmatch(r"[A-Z]+LIMIT", name) for name in names):
            continue
        position = 0
        for name in names:
            match = re.compile(r"\s*" + _LIMITS.get(name, _SIZE)).match(below, position)
            if not match:
                break
            position = match.end()
            yield name, match.group().strip() if name not in _LIMITS else match.group(1)
