"""HTCondor."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..core import units
from ..core.errors import ConfigValueError
from .base import BatchScheduler, JobRequest, JobState, Output, Phase, in_units
from .option_values import Option, gpu_directive, job_name, log_folder, only_says, word

_STATES: dict[str, tuple[Phase, str]] = {
    "1": ("waiting", "Idle"),
    "2": ("running", "Running"),
    "3": ("ended", "Removed"),
    "4": ("ended", "Completed"),
    "5": ("waiting", "Held"),
    "6": ("running", "Transferring output"),
    "7": ("running", "Suspended"),
}
_GONE = r"not found|already marked for removal"
#: Runs the script that its only argument holds; a submit description has no lines for it.
_RUN = 'eval "$(printf %b "$1")"'


class HTCondor(BatchScheduler):
    """HTCondor; what is submitted describes a job, and the shell's lines are an argument in it.

    It has no queues, and no walltimes either: a worker's lifetime alone ends it.

    See the manuals of condor_submit, condor_q and condor_rm.
    """

    kind = "htcondor"
    title = "HTCondor"
    prefix = ""
    cluster = "HTCondorCluster"
    job_variables = ("_CONDOR_JOB_AD", "_CONDOR_SCRATCH_DIR")
    submit_command = ("condor_submit",)
    number_pattern = r"submitted to cluster (?P<number>\d+)"
    probe = ("condor_q", "-totals")
    refusals = (
        (r"request_?gpus", "resources-per-worker.number-of-gpus"),
        (r"request_?memory", "resources-per-worker.per-thread-memory-limit"),
        (r"request_?cpus", "resources-per-worker.number-of-threads"),
        (r"request_?disk", "disk"),
        (r"accounting|acctgroup", "account"),
        (r"parse error|syntax error|line \d+", "extra-script-options"),
    )

    def options(self, request: JobRequest) -> list[str]:
        """See `BatchScheduler.options`."""
        if request.queue:
            raise ConfigValueError(
                f"queue-name is {request.queue!r}: HTCondor has no queues",
                hint="null it, or say requirements in extra-script-options",
            )
        options = [f"batch_name = {job_name(request)}"]
        if request.account:
            options.append(f"accounting_group = {word(request.account, 'account')}")
        options.append(Option(f"request_cpus = {request.threads}", "threads"))
        if request.memory:
            options.append(Option(f"request_memory = {in_units(request.memory, 2**20)}", "memory"))
        if request.own.get("disk"):
            options.append(f"request_disk = {in_units(_disk(request), 1024)}")
        if request.gpus:
            gpus = gpu_directive(request) or f"request_gpus = {request.gpus}"
            options.append(Option(gpus, "gpus"))
        if folder := log_folder(request):
            stem = f"{folder}/{request.name}-$(ClusterId).$(ProcId)"
            options += [f"output = {stem}.out", f"error = {stem}.err", f"log = {stem}.log"]
            # Workers are killed in the end: what is not written as it comes is lost.
            options += ["stream_output = True", "stream_error = True"]
        return options

    def script(self, shebang: str, head: Sequence[str], body: Sequence[str]) -> str:
        """See `BatchScheduler.script`.

        The node's own bash runs the body, as on other schedulers; HTCondor would else send a copy
        of the program along.
        """
        arguments = quoted_arguments(["bash", "-c", _RUN, "bash", _escaped(body)])
        job = ["executable = /usr/bin/env", "transfer_executable = False"]
        return "\n".join(
            [shebang, "", *head, "", *job, f"arguments = {arguments}", "", "queue", ""]
        )

    def job_number(self, output: Output) -> str:
        """See `BatchScheduler.job_number`; a cluster's only job has the number 0 in it."""
        return f"{super().job_number(output)}.0"

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`."""
        return ["condor_q", *ids, "-af", "ClusterId", "ProcId", "JobStatus", "HoldReason"]

    def states(self, output: Output) -> dict[str, JobState]:
        """See `BatchScheduler.states`; ended jobs leave the queue."""
        if output.exit_code:
            raise ValueError(output.words)
        found = {}
        for line in output.stdout.splitlines():
            if match := re.match(r"(\d+) (\d+) (\d+) ?(.*)", line):
                cluster, process, status, reason = match.groups()
                phase, meaning = _STATES.get(status, ("running", f"JobStatus {status}"))
                named = reason not in ("", "undefined")
                words = f"{meaning} ({reason})" if named else meaning
                found[f"{cluster}.{process}"] = JobState(phase, words)
        return found

    def cancel_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.cancel_command`."""
        return ["condor_rm", *ids]

    def cancelled(self, output: Output) -> bool:
        """See `BatchScheduler.cancelled`; one job of several that went makes the exit code 0."""
        return only_says(output, _GONE) or (output.exit_code == 0 and not output.stderr.strip())

    def answers(self, output: Output) -> bool:
        """See `BatchScheduler.answers`."""
        return output.exit_code == 0 and bool(re.search(r"\b\d+ jobs; ", output.stdout))

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`; there is none to read."""
        raise ValueError("HTCondor has no walltimes")

    def log_paths(self, request: JobRequest, job_id: str, folder: str) -> list[str]:
        """See `BatchScheduler.log_paths`; without a folder the output is dropped."""
        place = log_folder(request)
        stem = f"{place}/{request.name}-{job_id}"
        return [f"{stem}.err", f"{stem}.out", f"{stem}.log"] if place else []


def quoted_arguments(arguments: Sequence[str]) -> str:
    """The value of ``arguments`` in a submit description.

    White space and single quotes go between single quotes, in which a single quote is doubled;
    around all stand double quotes, in which a double quote is doubled. A dollar sign before a
    parenthesis would begin a macro.

    Examples
    --------
    >>> quoted_arguments(["-c", "it's 1"])
    "\\"-c 'it''s 1'\\""
    """
    words = [
        "'" + argument.replace("'", "''") + "'"
        if not argument or re.search(r"[\s']", argument)
        else argument
        for argument in arguments
    ]
    text = " ".join(words).replace('"', '""')
    return '"' + re.sub(r"\$(?=\w*\()", "$(DOLLAR)", text) + '"'


def _escaped(body: Sequence[str]) -> str:
    """Lines as ``printf %b`` reads them from a single one, and without a macro of HTCondor's."""
    text = "".join(line.replace("\\", r"\\") + r"\n" for line in body)
    return re.sub(r"\$(?=\$*\w*\()", r"\\0044", text)


def _disk(request: JobRequest) -> int:
    try:
        return units.memory(request.own["disk"])
    except ValueError as error:
        raise ConfigValueError(f"disk: {error}") from None
