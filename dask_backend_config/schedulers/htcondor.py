"""HTCondor."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import OptionError
from .amounts import ceil_divide, counted, sized
from .base import BatchScheduler
from .data_types import JobRequest, JobState, Option, Output
from .option_values import gpu_directive, size_in_bytes
from .option_words import OptionRule, Words, rule

#: The values of JobStatus, from 1.
_STATES = ("Idle", "Running", "Removed", "Completed", "Held", "Transferring output", "Suspended")
_IDLE, _HELD = 1, 5
#: The values of HoldReasonCode that are not errors: a user's request, and a submission that is not
#: complete or asked for it.
_HOLDS_WITHOUT_ERROR = (1, 15, 16)
_NUMBER, _STATUS = ("ClusterId", "ProcId"), "JobStatus"
_REASONS = ("HoldReason", "HoldReasonCode", "LastRejMatchReason")
_ENDS = ("RemoveReason", "ExitBySignal", "ExitSignal", "ExitCode")
#: Runs the script in its only argument, because a submit description cannot contain a script.
_RUN = 'eval "$(printf %b "$1")"'
_UNITS = {
    first + last: 2 ** (10 * power)
    for power, letter in enumerate("kmgt", 1)
    for first in (letter, letter.upper())
    for last in ("", "b", "B")
}


class HTCondor(BatchScheduler):
    """HTCondor. The "script" is a submit description, with the lines of shell as an argument.

    It has neither queues nor walltimes; only the worker's lifetime ends a job.

    See the manuals of condor_submit, condor_q and condor_rm.
    """

    kind = "htcondor"
    title = "HTCondor"
    prefix = ""
    shell = "bash"
    cluster_class = "HTCondorCluster"
    site_keys = ("submit-command-extra", "cancel-command-extra")
    name_option = "batch_name = "
    account_option = "accounting_group = "
    log_options = (
        "output = {folder}/{name}-$(ClusterId).$(ProcId).out",
        "error = {folder}/{name}-$(ClusterId).$(ProcId).err",
        "log = {folder}/{name}-$(ClusterId).$(ProcId).log",
        # Workers are killed at the end, so output must be written as it comes.
        "stream_output = True",
        "stream_error = True",
    )
    log_files = ("{name}-{job}.err", "{name}-{job}.out", "{name}-{job}.log")
    #: The slot's description has it in MiB.
    memory_in_job = (
        "m=$(sed -n 's/^Memory = *//p' \"$_CONDOR_MACHINE_AD\" 2>/dev/null); "
        '[ -n "$m" ] && echo {share}MiB || echo auto'
    )
    submit_command = ("condor_submit",)
    number_pattern = r"submitted to cluster (?P<number>\d+)"
    cancel_program = "condor_rm"
    already_ended = "not found|already marked for removal"
    waiting_states = "Idle Held"
    ended_states = "Removed Completed"
    job_variables = ("_CONDOR_JOB_AD", "_CONDOR_SCRATCH_DIR")
    scratch_variables = ("_CONDOR_SCRATCH_DIR",)
    probe = ("condor_q", "-totals")
    probe_pattern = r"\b\d+ jobs; "
    walltime_units = ()
    #: HTCondor's own default is 128 MB, which is what a worker without a task uses.
    default_memory_per_thread = 2**30
    error_causes = (
        # An error in an expression shows the requirements that HTCondor adds, with all amounts.
        (r"parse error|syntax error|unable to insert expression", "extra-script-options"),
        (r"request_?gpus", "resources-per-worker.number-of-gpus"),
        (r"request_?memory", "resources-per-worker.per-thread-memory-limit"),
        (r"request_?cpus", "resources-per-worker.number-of-threads"),
        (r"request_?disk", "disk"),
        (r"accounting|acctgroup", "account"),
        (r"line \d+", "extra-script-options"),
    )

    def options(self, request: JobRequest) -> list[str]:
        """See `BatchScheduler.options`."""
        if request.queue:
            raise OptionError.of(
                "queue-name",
                request.queue,
                "HTCondor has no queues",
                hint="Set it to null, or set requirements in extra-script-options",
            )
        for key in self.site_keys:
            _words(request, key)  # raises if they are not a list
        return super().options(request)

    def resource_options(self, request: JobRequest) -> Iterator[str]:
        """See `BatchScheduler.resource_options`."""
        yield Option(f"request_cpus = {request.threads}", "threads")
        # Without a unit, SUBMIT_REQUEST_MISSING_UNITS of a site may reject an amount.
        if request.memory:
            yield Option(f"request_memory = {ceil_divide(request.memory, 2**20)}M", "memory")
        if disk := request.scheduler_specific.get("disk"):
            kibibytes = ceil_divide(size_in_bytes(disk, "disk"), 1024)
            yield Option(f"request_disk = {kibibytes}K")
        if request.gpus:
            yield Option(gpu_directive(request) or f"request_gpus = {request.gpus}", "gpus")

    def option_rules(self, request: JobRequest) -> Sequence[OptionRule]:
        """See `BatchScheduler.option_rules`. An expression is not read."""
        return (
            rule("batchname|jobbatchname", "name"),
            rule("accountinggroup|acctgroup", "account"),
            rule("requestcpus", "threads", counted),
            rule("requestmemory", "memory", lambda text: sized(text, _UNITS, 2**20)),
            rule("requestgpus", "gpus", int),
            rule("allowedjobduration", "walltime", counted),
            rule("allowedexecuteduration", "walltime", counted),
            *(rule(name) for name in ("requestdisk", "output", "error", "log")),
        )

    def split_options(self, line: str, names: Collection[str]) -> Iterable[Words]:
        """See `BatchScheduler.split_options`. Case and ``_`` in names do not matter."""
        name, _, value = line.partition("=")
        bare = name.strip().lower().removeprefix("+").removeprefix("my.").replace("_", "")
        if bare:
            yield bare, value.strip().strip('"'), line.strip()

    def submission(self, script: str, request: JobRequest) -> tuple[list[str], str | None]:
        """See `BatchScheduler.submission`."""
        command, stdin = super().submission(script, request)
        return [*command, *_words(request, "submit-command-extra")], stdin

    def cancel_command(self, ids: Sequence[str], request: JobRequest | None = None) -> list[str]:
        """See `BatchScheduler.cancel_command`."""
        extra = _words(request, "cancel-command-extra") if request else []
        return [self.cancel_program, *extra, *ids]

    def script(self, shebang: str, head: Sequence[str], body: Sequence[str]) -> str:
        """See `BatchScheduler.script`.

        The node's own bash runs the body, as on other schedulers. Without transfer_executable,
        HTCondor would copy the program to the node.
        """
        arguments = quoted_arguments(["bash", "-c", _RUN, "bash", _escaped(body)])
        job = ["executable = /usr/bin/env", "transfer_executable = False"]
        return "\n".join(
            [shebang, "", *head, "", *job, f"arguments = {arguments}", "", "queue", ""]
        )

    def job_number(self, output: Output) -> str:
        """See `BatchScheduler.job_number`. The only job of a cluster has the number 0 in it."""
        return f"{super().job_number(output)}.0"

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`."""
        attributes = ",".join((*_NUMBER, _STATUS, *_REASONS))
        return ["condor_q", *ids, "-json", "-attributes", attributes]

    def states(self, output: Output) -> Iterator[tuple[str, JobState]]:
        """See `BatchScheduler.states`. Ended jobs leave the queue."""
        for job in _jobs(output):
            status = job[_STATUS]
            is_known = 1 <= status <= len(_STATES)
            state = _STATES[status - 1] if is_known else f"{_STATUS} {status}"
            is_held, phase = status == _HELD, self.phase(state)
            reason = {_HELD: "HoldReason", _IDLE: "LastRejMatchReason"}.get(status, "")
            if is_held and job.get("HoldReasonCode", 1) not in _HOLDS_WITHOUT_ERROR:
                phase = "ended"
            number = ".".join(str(job[name]) for name in _NUMBER)
            yield number, JobState(phase, state, _one_line(job.get(reason)), is_held)

    def end_command(self, number: str) -> list[str]:
        """See `BatchScheduler.end_command`."""
        return ["condor_history", number, "-limit", "1", "-json", "-attributes", ",".join(_ENDS)]

    def read_end(self, output: Output) -> str:
        """See `BatchScheduler.read_end`."""
        job = next(iter(_jobs(output)), {}) if output.exit_code == 0 else {}
        if reason := job.get("RemoveReason"):
            return _one_line(reason)
        if job.get("ExitBySignal"):
            return f"signal {job.get('ExitSignal')}"
        return f"exit code {job['ExitCode']}" if "ExitCode" in job else ""

    def cancel_succeeded(self, output: Output) -> bool:
        """See `BatchScheduler.cancel_succeeded`. The exit code is 0 if any job was removed."""
        removed_all = output.exit_code == 0 and not output.stderr.strip()
        return removed_all or output.only_reports(self.already_ended)

    def cpus_of_job(self, environ: Mapping[str, str]) -> int | None:
        """See `BatchScheduler.cpus_of_job`."""
        return _of_slot("Cpus", environ)

    def memory_of_job(self, environ: Mapping[str, str]) -> int | None:
        """See `BatchScheduler.memory_of_job`: in MiB."""
        found = _of_slot("Memory", environ)
        return None if found is None else found * 2**20


def _words(request: JobRequest, key: str) -> list[str]:
    words = request.scheduler_specific.get(key) or []
    if isinstance(words, str) or not isinstance(words, Sequence):
        raise OptionError.of(key, words, "must be a list of arguments")
    return [str(word) for word in words]


def _jobs(output: Output) -> list[dict[str, Any]]:
    """Return the attributes of the jobs in an output in JSON, which is empty without jobs."""
    found: list[dict[str, Any]] = json.loads(output.stdout or "[]")
    return found


def _one_line(reason: str | None) -> str:
    return " ".join((reason or "").split())


def quoted_arguments(arguments: Sequence[str]) -> str:
    """Return the value of ``arguments`` in a submit description.

    An argument with white space or single quotes is put between single quotes, and its single
    quotes are doubled. All arguments are put between double quotes, and their double quotes are
    doubled. A dollar sign before a parenthesis would begin a macro.

    Examples
    --------
    >>> quoted_arguments(["-c", "it's 1"])
    "\\"-c 'it''s 1'\\""
    """
    words = [
        "'" + argument.replace("'", "''") + "'" if re.search(r"[\s']|^$", argument) else argument
        for argument in arguments
    ]
    text = " ".join(words).replace('"', '""')
    return '"' + re.sub(r"\$(?=\w*\()", "$(DOLLAR)", text) + '"'


def _escaped(body: Sequence[str]) -> str:
    """Return lines as one argument of ``printf %b``, without HTCondor macros."""
    lines = "\n".join(body).split("\n")  # an entry may have several
    text = "".join(line.replace("\\", r"\\") + r"\n" for line in lines)
    return re.sub(r"\$(?=\$*\w*\()", r"\\0044", text)


def _of_slot(name: str, environ: Mapping[str, str]) -> int | None:
    """Return a number in the file that describes the slot of a job."""
    text = (
        Path(environ["_CONDOR_MACHINE_AD"]).read_text(encoding="utf-8")
        if "_CONDOR_MACHINE_AD" in environ
        else ""
    )
    found = re.search(rf"(?m)^{name} *= *(\d+)", text)
    return int(found[1]) if found else None
