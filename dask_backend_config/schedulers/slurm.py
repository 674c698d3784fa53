"""Slurm."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from .base import BatchScheduler, JobRequest, JobState, Output, Phase, Queue, in_units
from .option_values import Option, gpu_directive, identity, log_folder, whole, word

_MEBIBYTE = 2**20
#: The first word of a time limit without end.
_ENDLESS = ("infinite", "UNLIMITED", "n/a")
_WAITING = (
    "CONFIGURING",
    "PENDING",
    "REQUEUED",
    "REQUEUE_FED",
    "REQUEUE_HOLD",
    "RESV_DEL_HOLD",
    "SPECIAL_EXIT",
)
_ENDED = (
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "LAUNCH_FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "RECONFIG_FAIL",
    "REVOKED",
    "TIMEOUT",
)


class Slurm(BatchScheduler):
    """Slurm; ``HH:MM`` would be minutes and seconds to it, so walltimes are given as ``HH:MM:SS``.

    See the manuals of sbatch, squeue, scancel, sinfo and scontrol.
    """

    kind = "slurm"
    title = "Slurm"
    prefix = "#SBATCH"
    cluster = "SLURMCluster"
    submit_command = ("sbatch",)
    number_pattern = r"batch job (?P<number>\d+)"
    site_keys = ("job-cpu", "job-mem")
    job_variables = ("SLURM_JOB_ID", "SLURM_JOBID")
    probe = ("scontrol", "ping")
    queue_commands = (("sinfo", "--all", "--noheader", "--format", "%P|%a|%l|%c|%m|%G"),)
    refusals = (
        (r"invalid account|account name", "account"),
        (r"partition", "queue-name"),
        (r"time limit|timelimit|--time", "resources-per-worker.wallclock-time-limit"),
        (r"generic resource|gres", "resources-per-worker.number-of-gpus"),
        (r"memory|--mem\b", "resources-per-worker.per-thread-memory-limit"),
        (r"cpu count|more processors", "resources-per-worker.number-of-threads"),
        (r"node configuration", "resources-per-worker"),
        (r"unrecognized option|invalid option|invalid feature|qos", "extra-script-options"),
    )

    def options(self, request: JobRequest) -> list[str]:
        """See `BatchScheduler.options`."""
        options = identity(request, "--job-name=", "--partition=", "--account=")
        options += ["--nodes=1", "--ntasks=1"]
        cpus = request.own.get("job-cpu")
        threads = whole(cpus or request.threads, "job-cpu")
        options.append(Option(f"--cpus-per-task={threads}", *([] if cpus else ["threads"])))
        if request.own.get("job-mem"):
            options.append(f"--mem={word(str(request.own['job-mem']), 'job-mem')}")
        elif request.memory:
            options.append(Option(f"--mem={in_units(request.memory, _MEBIBYTE)}M", "memory"))
        if request.walltime:
            options.append(Option(f"--time={_time(request.walltime)}", "walltime"))
        if request.gpus:
            gpus = gpu_directive(request) or f"--gres=gpu:{request.gpus}"
            options.append(Option(gpus, "gpus"))
        if folder := log_folder(request):
            options.append(f"--output={folder}/{request.name}-%j.out")
            options.append(f"--error={folder}/{request.name}-%j.err")
        return options

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`."""
        jobs = ",".join(ids)
        return ["squeue", "--noheader", "--states=all", "--format=%i|%T|%r", f"--jobs={jobs}"]

    def states(self, output: Output) -> dict[str, JobState]:
        """See `BatchScheduler.states`; one unknown number alone makes squeue fail."""
        if output.exit_code and "Invalid job id" not in output.stderr:
            raise ValueError(output.words)
        found = {}
        for line in output.stdout.splitlines():
            number, state, reason = line.strip().split("|", 2)
            named = reason not in ("", "None")
            found[number] = JobState(_phase(state), f"{state} ({reason})" if named else state)
        return found

    def cancel_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.cancel_command`."""
        return ["scancel", *ids]

    def cancelled(self, output: Output) -> bool:
        """See `BatchScheduler.cancelled`."""
        return output.exit_code == 0 or "Invalid job id" in output.stderr

    def answers(self, output: Output) -> bool:
        """See `BatchScheduler.answers`; exit code 0 means that any controller is up."""
        return output.exit_code == 0 and " is UP" in output.stdout

    def queues(self, outputs: Sequence[Output]) -> list[Queue]:
        """See `BatchScheduler.queues`; a partition has a line for each kind of node."""
        (output,) = outputs
        if output.exit_code:
            raise ValueError(output.words)
        found: dict[str, Queue] = {}
        for line in output.stdout.splitlines():
            queue = _queue(line)
            known = found.get(queue.name)
            found[queue.name] = _larger(known, queue) if known else queue
        return list(found.values())

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`: M, M:S, H:M:S, D-H, D-H:M and D-H:M:S."""
        days, dash, rest = text.strip().rpartition("-")
        if not re.fullmatch(r"\d+(:\d+){0,2}", rest) or (dash and not days.isdigit()):
            raise ValueError(f"{text!r} is no walltime")
        numbers = [int(part) for part in rest.split(":")]
        units = (3600, 60, 1) if dash or len(numbers) == 3 else (60, 1)
        seconds = sum(number * unit for number, unit in zip(numbers, units, strict=False))
        return int(days or 0) * 86400 + seconds

    def log_paths(self, request: JobRequest, job_id: str, folder: str) -> list[str]:
        """See `BatchScheduler.log_paths`."""
        if place := log_folder(request):
            stem = f"{place}/{request.name}-{job_id}"
            return [f"{stem}.err", f"{stem}.out"]
        return [os.path.join(folder, f"slurm-{job_id}.out")]


def _time(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days}-{clock}" if days else clock


def _phase(state: str) -> Phase:
    if state in _WAITING:
        return "waiting"
    return "ended" if state in _ENDED else "running"


def _queue(line: str) -> Queue:
    """From ``main*|up|2:00:00|8|16000|gpu:2(S:0)``; ``8+`` and ``16000+`` are the least of several.

    A lower bound is no limit, so it counts as unknown.
    """
    name, available, limit, cpus, memory, gres = line.strip().split("|")
    return Queue(
        name=name.removesuffix("*"),
        is_default=name.endswith("*"),
        is_open=available == "up",
        max_walltime=None if limit in _ENDLESS else Slurm().read_walltime(limit),
        max_threads=int(cpus) if cpus.isdigit() else None,
        max_memory=int(memory) * _MEBIBYTE if memory.isdigit() else None,
        max_gpus=_gpus(gres),
    )


def _gpus(gres: str) -> int:
    """GPUs of one node in text such as ``gpu:a100:4(S:0-1),shard:8``.

    Examples
    --------
    >>> _gpus("gpu:2"), _gpus("(null)"), _gpus("gpu:a100:2(S:0),gpu:v100:1")
    (2, 0, 3)
    """
    found = re.findall(r"(?:^|,)gpu(?::[^:,(]+)?:(\d+)", gres)
    return sum(map(int, found)) or int(bool(re.match(r"gpu(?:$|[,(])", gres)))


def _larger(one: Queue, other: Queue) -> Queue:
    def most(name: str) -> int | None:
        values = (getattr(one, name), getattr(other, name))
        return None if None in values else max(values)

    return Queue(
        one.name,
        one.is_default,
        one.is_open or other.is_open,
        one.max_walltime,
        most("max_memory"),
        most("max_threads"),
        most("max_gpus"),
    )
