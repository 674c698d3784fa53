"""IBM Spectrum LSF and its relatives, such as OpenLava."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator, Sequence

from ..core import units
from ..core.errors import ConfigValueError
from .base import BatchScheduler, JobRequest, JobState, Output, Phase, Queue, in_units
from .option_values import Option, gpu_directive, identity, inline, log_folder, only_says, whole

#: LSF's units are of 1024; its option -M takes a bare number.
_UNITS = {letter: int(1024**power) for power, letter in enumerate("kmgtpe", 1)}
_WAITING = ("PEND", "PSUSP", "WAIT", "PROV")
_ENDED = ("DONE", "EXIT", "ZOMBI")
_JOB = re.compile(r"(\d+)\s+\S+\s+([A-Z]+)\s")
_GONE = r"is not found|No matching job found|already finished"
#: A value in the listing of a queue's limits, by the name above it.
_LIMITS = {
    "CPULIMIT": r"([\d.]+) min(?: of \S+)?",
    "RUNLIMIT": r"([\d.]+) min(?: of \S+)?",
    "PROCLIMIT": r"(\d+(?: +\d+){0,2})",
    "TASKLIMIT": r"(\d+(?: +\d+){0,2})",
    "PROCESSLIMIT": r"(\d+)",
    "THREADLIMIT": r"(\d+)",
}
_SIZE = r"([\d.]+) ?([KMGTPE])"


class LSF(BatchScheduler):
    """LSF; its walltimes are ``HH:MM``, so seconds are rounded up to minutes.

    Memory is asked for with -M, which is a limit; what a site reserves for it is its own affair:
    ``rusage[mem=...]`` waits for ever at sites that do not schedule by memory. GPUs come with
    ``j_exclusive=yes``, because a worker has its GPUs for itself and no other job may be given
    them; the mode is left alone, since ``exclusive_process`` would refuse the device to a process
    that a task starts.

    See the manuals of bsub, bjobs, bkill and bqueues.
    """

    kind = "lsf"
    title = "LSF"
    prefix = "#BSUB"
    cluster = "LSFCluster"
    site_keys = ("ncpus", "mem")
    job_variables = ("LSB_JOBID",)
    submit_command = ("bsub",)
    number_pattern = r"Job <(?P<number>\d+)>"
    #: lsid answers without the batch daemon, to which jobs go.
    probe = ("bqueues",)
    queue_commands = (("bqueues", "-l"),)
    refusals = (
        (r"no such queue|queue has been closed|cannot use the queue", "queue-name"),
        (r"illegal option -- g|gpu", "resources-per-worker.number-of-gpus"),
        (r"illegal option|option requires|resource requirement", "extra-script-options"),
        (r"runlimit", "resources-per-worker.wallclock-time-limit"),
        (r"memlimi?t", "resources-per-worker.per-thread-memory-limit"),
        (r"processors|proclimit|tasklimit", "resources-per-worker.number-of-threads"),
        (r"bad job name", "job-name"),
        (r"project", "account"),
    )

    def options(self, request: JobRequest) -> list[str]:
        """See `BatchScheduler.options`."""
        options = identity(request, "-J ", "-q ", "-P ")
        cpus = request.own.get("ncpus")
        slots = whole(cpus or request.threads, "ncpus")
        options.append(Option(f"-n {slots}", *([] if cpus else ["threads"])))
        if slots > 1:
            options.append('-R "span[hosts=1]"')
        if memory := _memory(request):
            amount = in_units(memory, _unit(request.own.get("memory-unit") or "kb"))
            own_memory = request.own.get("mem")
            options.append(Option(f"-M {amount}", *([] if own_memory else ["memory"])))
        if request.walltime:
            minutes = in_units(request.walltime, 60)
            options.append(Option(f"-W {minutes // 60:02d}:{minutes % 60:02d}", "walltime"))
        if request.gpus:
            own = gpu_directive(request)
            options.append(Option(own or f'-gpu "num={request.gpus}:j_exclusive=yes"', "gpus"))
        if folder := log_folder(request):
            options.append(f"-o {folder}/{request.name}-%J.out")
            options.append(f"-e {folder}/{request.name}-%J.err")
        return options

    def submission(self, script: str, request: JobRequest) -> tuple[list[str], str | None]:
        """See `BatchScheduler.submission`; bsub reads no directives in a file that it is named.

        So they become options there, and the shebang the program that runs the file.
        """
        if not self.submits_files(request):
            return list(self.submit_command), script
        options, lines = inline(script, self.prefix)
        shell = shlex.split(lines[0][2:]) if lines[0].startswith("#!") else ["/bin/sh"]
        return [*self.submit_command, *options, *shell], None

    def submits_files(self, request: JobRequest) -> bool:
        """See `BatchScheduler.submits_files`."""
        return request.own.get("submit-by-stdin") is False

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`; -p and -s give reasons, -w avoids line breaks."""
        return ["bjobs", "-w", "-a", "-p", "-s", *ids]

    def states(self, output: Output) -> dict[str, JobState]:
        """See `BatchScheduler.states`; a job's reasons stand on lines of their own, below it."""
        if output.exit_code and not only_says(output, _GONE):
            raise ValueError(output.words)
        found: dict[str, list[str]] = {}
        for text in output.stdout.splitlines():
            if match := _JOB.match(text):
                number, state = match.groups()
                found[number] = [state]
            elif found and text[:1].isspace() and text.strip():
                found[number].append(text.strip().rstrip(";"))
        return {number: _state(*words) for number, words in found.items()}

    def cancel_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.cancel_command`."""
        return ["bkill", *ids]

    def cancelled(self, output: Output) -> bool:
        """See `BatchScheduler.cancelled`."""
        return output.exit_code == 0 or only_says(output, _GONE)

    def answers(self, output: Output) -> bool:
        """See `BatchScheduler.answers`."""
        return output.exit_code == 0 and output.stdout.startswith("QUEUE_NAME")

    def queues(self, outputs: Sequence[Output]) -> list[Queue]:
        """See `BatchScheduler.queues`."""
        (output,) = outputs
        if output.exit_code:
            raise ValueError(output.words)
        blocks = re.split(r"^QUEUE: ", output.stdout, flags=re.MULTILINE)[1:]
        return [_queue(block) for block in blocks]

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`: [HH:]MM, and what a host's name behind it says."""
        match = re.fullmatch(r"(?:(\d+):)?(\d+)(?:/\S+)?", text.strip())
        if not match:
            raise ValueError(f"{text!r} is no walltime")
        hours, minutes = match.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60

    def log_paths(self, request: JobRequest, job_id: str, folder: str) -> list[str]:
        """See `BatchScheduler.log_paths`; without a folder the output is mailed."""
        place = log_folder(request)
        stem = f"{place}/{request.name}-{job_id}"
        return [f"{stem}.err", f"{stem}.out"] if place else []


def limit_unit(conf: str) -> str | None:
    """The unit of -M in the text of an ``lsf.conf``, such as ``mb``; None where it says none.

    Examples
    --------
    >>> limit_unit("LSF_UNIT_FOR_LIMITS=GB  # all limits")
    'gb'
    """
    found = re.findall(r"^\s*LSF_UNIT_FOR_LIMITS\s*=\s*[\"']?([KMGTPE])B?\b", conf, re.M | re.I)
    return f"{found[-1].lower()}b" if found else None


def _memory(request: JobRequest) -> int | None:
    if not request.own.get("mem"):
        return request.memory
    try:
        return units.memory(request.own["mem"])
    except ValueError as error:
        raise ConfigValueError(f"mem: {error}") from None


def _unit(name: str) -> int:
    try:
        return _UNITS[str(name).lower()[:1]]
    except KeyError:
        raise ConfigValueError(f"memory-unit is {name!r}: must be kb, mb, gb or tb") from None


def _state(state: str, *reasons: str) -> JobState:
    phase: Phase = "waiting" if state in _WAITING else "ended" if state in _ENDED else "running"
    return JobState(phase, f"{state} ({'; '.join(reasons)})" if reasons else state)


def _queue(block: str) -> Queue:
    """One queue of ``bqueues -l``; what comes before the maximum limits are defaults."""
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
        max_memory=_bytes(memory) if memory else None,
        max_threads=int(threads.split()[-1]) if threads else None,
    )


def _limits(text: str) -> Iterator[tuple[str, str]]:
    """Name and value of each limit: a line of names stands above a line of values."""
    lines = text.splitlines()
    for above, below in itertools.pairwise(lines):
        names = above.split()
        if not names or not all(re.fullmatch(r"[A-Z]+LIMIT", name) for name in names):
            continue
        place = 0
        for name in names:
            match = re.compile(r"\s*" + _LIMITS.get(name, _SIZE)).match(below, place)
            if not match:
                break
            place = match.end()
            yield name, match.group().strip() if name not in _LIMITS else match.group(1)


def _bytes(text: str) -> int:
    return int(float(text[:-1]) * _UNITS[text[-1].lower()])
