"""Slurm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .base import BatchScheduler, ceil_divide, clock_seconds, hours_minutes_seconds
from .data_types import JobRequest, JobState, Option, Output, Queue
from .option_values import gpu_directive, one_word, positive_integer

_MEBIBYTE = 2**20
#: A partition's time limit if it has none.
_UNLIMITED = ("infinite", "UNLIMITED", "n/a")


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
    probe = ("scontrol", "ping")
    probe_pattern = " is UP"
    queue_commands = (("sinfo", "--all", "--noheader", "--format", "%P|%a|%l|%c|%m|%G"),)
    error_causes = (
        (r"invalid account|account name", "account"),
        (r"partition", "queue-name"),
        (r"time limit|timelimit|--time", "resources-per-worker.wallclock-time-limit"),
        (r"generic resource|gres", "resources-per-worker.number-of-gpus"),
        (r"memory|--mem\b", "resources-per-worker.per-thread-memory-limit"),
        (r"cpu count|more processors", "resources-per-worker.number-of-threads"),
        (r"node configuration", "resources-per-worker"),
        (r"unrecognized option|invalid option|invalid feature|qos", "extra-script-options"),
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

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`: M, M:S, H:M:S, D-H, D-H:M or D-H:M:S."""
        days, dash, clock = text.strip().rpartition("-")
        colons = clock.count(":")
        units = (3600, 60, 1) if dash or colons == 2 else (60, 1)  # of the first part, ...
        seconds = clock_seconds(clock, units[colons::-1])
        return seconds + clock_seconds(days, (86400,)) if dash else seconds

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
