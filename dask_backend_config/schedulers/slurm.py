"""Slurm."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from .amounts import ceil_divide, clock_seconds, counted, hours_minutes_seconds, sized
from .base import BatchScheduler
from .data_types import JobRequest, JobState, Option, Output, Queue
from .option_values import gpu_directive, one_word, positive_integer
from .option_words import OptionRule, Words, getopt_options, rule

_MEBIBYTE = 2**20
#: A partition's time limit if it has none.
_UNLIMITED = ("infinite", "UNLIMITED", "n/a")
_UNITS = {
    name: 2 ** (10 * power)
    for power, letter in enumerate("kmgt", 1)
    for name in (letter, letter.upper(), f"{letter}b", f"{letter.upper()}B", f"{letter.upper()}b")
}
#: Options that make abbreviations of those in `option_rules` ambiguous.
_SIMILAR = tuple(
    f"--{name}"
    for name in (
        "acctg-freq", "cpu-freq", "error", "exclude", "exclusive", "export",
        "gid", "gpu-bind", "gpu-freq", "gpus-per-socket", "gres-flags", "mem-bind", "nice",
        "nodefile", "nodelist", "ntasks-per-core", "ntasks-per-gpu", "ntasks-per-node",
        "ntasks-per-socket", "open-mode", "overcommit", "oversubscribe", "parsable", "priority",
        "profile", "propagate", "quiet", "time-min",
    )
)  # fmt: skip
#: What the names of SBATCH_ variables stand for where they are not the option's own.
_VARIABLES = {
    "ARRAY_INX": "array", "CPU_FREQ_REQ": "cpu-freq", "DEBUG": "verbose", "MEM_PER_NODE": "mem",
    "REQ_SWITCH": "switches", "TIMELIMIT": "time", "WAIT4SWITCH": "switches",
}  # fmt: skip
_SAME = (
    "ACCOUNT ACCTG_FREQ BATCH CLUSTERS CONSTRAINT CONTAINER CORE_SPEC CPUS_PER_GPU DELAY_BOOT "
    "DISTRIBUTION ERROR EXCLUSIVE EXPORT GET_USER_ENV GPU_BIND GPU_FREQ GPUS GPUS_PER_NODE "
    "GPUS_PER_TASK GRES GRES_FLAGS HINT IGNORE_PBS INPUT JOB_NAME MEM_BIND MEM_PER_CPU "
    "MEM_PER_GPU NETWORK NO_KILL NO_REQUEUE OPEN_MODE OUTPUT OVERCOMMIT PARTITION POWER PROFILE "
    "QOS REQUEUE RESERVATION SIGNAL SPREAD_JOB THREAD_SPEC THREADS_PER_CORE USE_MIN_NODES WAIT "
    "WAIT_ALL_NODES WCKEY"
)


class Slurm(BatchScheduler):
    """Slurm. Walltimes have seconds, because it reads ``HH:MM`` as minutes and seconds.

    See the manuals of sbatch, squeue, scancel, sinfo and scontrol.
    """

    kind = "slurm"
    title = "Slurm"
    queue_noun = "partition"
    prefix = "#SBATCH"
    cluster_class = "SLURMCluster"
    site_keys = ("job-cpu", "job-mem")
    name_option = "--job-name="
    queue_option = "--partition="
    account_option = "--account="
    log_options = ("--output={folder}/{name}-%j.out", "--error={folder}/{name}-%j.err")
    default_log_files = ("slurm-{job}.out",)
    script_variables: ClassVar[Mapping[str, str]] = {
        f"SBATCH_{name}": f"--{_VARIABLES.get(name) or name.lower().replace('_', '-')}"
        for name in (*_SAME.split(), *_VARIABLES)
    }
    #: Slurm sets one of both, in MiB.
    memory_in_job = (
        "m=$((${SLURM_MEM_PER_NODE:-$((${SLURM_MEM_PER_CPU:-0} * ${SLURM_CPUS_ON_NODE:-1}))})); "
        '[ "$m" -gt 0 ] && echo {share}MiB || echo auto'
    )
    submit_command = ("sbatch",)
    number_pattern = r"batch job (?P<number>\d+)"
    cancel_program = "scancel"
    already_ended = unknown_job = "Invalid job id"
    waiting_states = (
        "CONFIGURING PENDING REQUEUED REQUEUE_FED REQUEUE_HOLD RESV_DEL_HOLD SPECIAL_EXIT"
    )
    ended_states = (
        "BOOT_FAIL CANCELLED COMPLETED DEADLINE FAILED LAUNCH_FAILED NODE_FAIL OUT_OF_MEMORY "
        "PREEMPTED RECONFIG_FAIL REVOKED TIMEOUT"
    )
    job_variables = ("SLURM_JOB_ID", "SLURM_JOBID")
    cpu_variables = ("SLURM_CPUS_ON_NODE",)
    scratch_variables = ("SLURM_TMPDIR",)
    probe = ("scontrol", "ping")
    probe_pattern = " is UP"
    queue_commands = (("sinfo", "--all", "--noheader", "--format", "%P|%a|%l|%c|%m|%G"),)
    error_causes = (
        (r"unrecognized option|invalid option|option '.*' is ambiguous", "extra-script-options"),
        (r"invalid account|account name", "account"),
        (r"MaxWall", "resources-per-worker.wallclock-time-limit"),
        (r"MaxGRES", "resources-per-worker.number-of-gpus"),
        (r"MaxMem", "resources-per-worker.per-thread-memory-limit"),
        (r"MaxCpu", "resources-per-worker.number-of-threads"),
        # It is said of any limit, of the number of jobs as well.
        (r"accounting/QOS policy|partition configuration", ""),
        (r"time limit|timelimit|--time", "resources-per-worker.wallclock-time-limit"),
        (r"partition", "queue-name"),
        (r"generic resource|gres", "resources-per-worker.number-of-gpus"),
        (r"memory|--mem\b", "resources-per-worker.per-thread-memory-limit"),
        (r"cpu count|more processors", "resources-per-worker.number-of-threads"),
        (r"node configuration", "resources-per-worker"),
        (r"invalid feature|invalid qos", "extra-script-options"),
    )

    def resource_options(self, request: JobRequest) -> Iterator[str]:
        """See `BatchScheduler.resource_options`."""
        site = request.scheduler_specific
        site_cpus = site.get("job-cpu")
        cpus = f"--cpus-per-task={positive_integer(site_cpus or request.threads, 'job-cpu')}"
        yield from ("--nodes=1", "--ntasks=1", Option(cpus, None if site_cpus else "threads"))
        if site.get("job-mem"):
            yield f"--mem={one_word(str(site['job-mem']), 'job-mem')}"
        elif request.memory:
            yield Option(f"--mem={ceil_divide(request.memory, _MEBIBYTE)}M", "memory")
        if request.walltime:
            days, rest = divmod(request.walltime, 86400)
            clock = hours_minutes_seconds(rest)
            yield Option(f"--time={days}-{clock}" if days else f"--time={clock}", "walltime")
        if request.gpus:
            yield Option(gpu_directive(request) or f"--gres=gpu:{request.gpus}", "gpus")

    def option_rules(self, request: JobRequest) -> Sequence[OptionRule]:
        """See `BatchScheduler.option_rules`."""
        return (
            rule("-J|--job-name", "name"),
            rule("-p|--partition", "queue"),
            rule("-A|--account", "account"),
            rule("-c|--cpus-per-task", "threads", counted),
            # Its number depends on the GPUs; Slurm accepts only one of both.
            OptionRule(("--cpus-per-gpu",), amount="threads"),
            rule("-n|--ntasks", "tasks", counted),
            rule("--mem", "memory", _memory),
            rule("--mem-per-cpu", "memory_per_thread", _memory),
            rule("--mem-per-gpu", "memory_per_gpu", _memory),
            rule("-t|--time", "walltime", self._time),
            OptionRule(("--gres",), _gres, amount="gpus"),
            *(rule(names, "gpus", _number_of_gpus) for names in _GPU_OPTIONS),
            *(rule(names) for names in ("-N|--nodes", "-o|--output", "-e|--error", "-q|--qos")),
            *(rule(names) for names in ("-a|--array", "-C|--constraint", "-m|--distribution")),
        )

    def split_options(self, line: str, names: Collection[str]) -> Iterable[Words]:
        """See `BatchScheduler.split_options`."""
        return getopt_options(line, names, flags="HIOQVWhksuv", similar=_SIMILAR)

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`."""
        jobs = ",".join(ids)
        return ["squeue", "--noheader", "--states=all", "--format=%i|%T|%r", f"--jobs={jobs}"]

    def states(self, output: Output) -> Iterator[tuple[str, JobState]]:
        """See `BatchScheduler.states`. squeue fails if its only job is unknown."""
        for line in output.stdout.splitlines():
            number, state, reason = line.strip().split("|", 2)
            yield number, JobState(self.phase(state), state, reason if reason != "None" else "")

    def queues(self, printed: Sequence[str]) -> Iterable[Queue]:
        """See `BatchScheduler.queues`. A partition has a line for each kind of node."""
        found: dict[str, Queue] = {}
        for line in printed[0].splitlines():
            queue = self._queue(line)
            known = found.get(queue.name)
            found[queue.name] = _combined(known, queue) if known else queue
        return found.values()

    def memory_of_job(self, environ: Mapping[str, str]) -> int | None:
        """See `BatchScheduler.memory_of_job`: in MiB, per node or CPU; 0 is all that there is."""
        per_node, per_cpu = environ.get("SLURM_MEM_PER_NODE"), environ.get("SLURM_MEM_PER_CPU")
        cpus = 1 if per_node else self.cpus_of_job(environ) or 1
        return int(per_node or per_cpu or 0) * cpus * _MEBIBYTE or None

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`: M, M:S, H:M:S, D-H, D-H:M or D-H:M:S."""
        days, dash, clock = text.strip().rpartition("-")
        colons = clock.count(":")
        units = (3600, 60, 1) if dash or colons == 2 else (60, 1)  # of the first part, ...
        seconds = clock_seconds(clock, units[colons::-1])
        return seconds + clock_seconds(days, (86400,)) if dash else seconds

    def _time(self, text: str) -> int | None:
        """Return the seconds of --time, None for no limit."""
        if text.lower() in ("infinite", "unlimited", "-1"):
            return None
        return self.read_walltime(text) or None

    def _queue(self, line: str) -> Queue:
        """Return a partition from a line such as ``main*|up|2:00:00|8|16000|gpu:2(S:0)``.

        ``8+`` is the smallest of several numbers. A limit is then unknown.
        """
        name, available, limit, cpus, memory, gres = line.strip().split("|")
        return Queue(
            name=name.removesuffix("*"),
            is_default=name.endswith("*"),
            is_open=available == "up",
            max_walltime=None if limit in _UNLIMITED else self.read_walltime(limit),
            max_threads=int(cpus) if cpus.isdigit() else None,
            max_memory=int(memory) * _MEBIBYTE if memory.isdigit() else None,
            max_gpus=_gpus(gres),
        )


_GPU_OPTIONS = ("-G|--gpus", "--gpus-per-node", "--gpus-per-task")


def _memory(text: str) -> int:
    """Return the bytes of an amount of memory; 0, all memory of the node, is not an amount."""
    if not text[-1:].isalnum() or "." in text:
        raise ValueError(f"{text!r} is not an amount of memory")
    return sized(text, _UNITS, _MEBIBYTE)


def _gres(text: str) -> Mapping[str, Any]:
    return {"gpus": _gpus(text.replace("gres:", ""))}


def _number_of_gpus(text: str) -> int:
    """Return the number in ``2`` or ``a100:2``; several types are added up.

    Examples
    --------
    >>> _number_of_gpus("2"), _number_of_gpus("a100:2,v100:1"), _number_of_gpus("a100")
    (2, 3, 1)
    """
    parts = [part.rpartition(":")[2] for part in text.split(",")]
    return sum(int(part) if part.isdigit() else 1 for part in parts)


def _gpus(gres: str) -> int:
    """Return the GPUs of one node from a list such as ``gpu:a100:4(S:0-1),shard:8``.

    Examples
    --------
    >>> _gpus("gpu:2"), _gpus("(null)"), _gpus("gpu:a100:2(S:0),gpu:v100:1")
    (2, 0, 3)
    """
    found = re.findall(r"(?:^|,)gpu(?::[^:,(]+)?:(\d+)", gres)
    return sum(map(int, found)) or int(bool(re.match(r"gpu(?:$|[,(])", gres)))


def _combined(one: Queue, other: Queue) -> Queue:
    """Return a partition with the larger limits of two kinds of nodes."""
    limits: dict[str, int | None] = {}
    for name in ("max_memory", "max_threads", "max_gpus"):
        first, second = getattr(one, name), getattr(other, name)
        limits[name] = None if first is None or second is None else max(first, second)
    return replace(one, is_open=one.is_open or other.is_open, **limits)  # type: ignore[arg-type]
