"""OAR."""

from __future__ import annotations

import json
import math
import operator
import re
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .amounts import ceil_divide, clock_seconds, hours_minutes_seconds
from .base import BatchScheduler
from .data_types import JobRequest, JobState, Option, Output
from .option_values import gpu_directive, gpu_option, one_word, resource_spec, separate_directives
from .option_words import OptionRule, Words, getopt_options, rule

#: The value in dask-jobqueue for sites without such a property.
_NO_PROPERTY = "not_applicable"
#: What oardel prints, and its exit code, if the controller is down.
_UNREACHABLE, _NOT_NOTIFIED = "Could not connect to the socket", 2
#: Events that end a running job, those that do not explain the end of a job, and parts of a message
#: that are no reasons.
_KILLS = ("WALLTIME", "FRAG_JOB_REQUEST", "BESTEFFORT_KILL", "EXTERMINATE_JOB")
_NO_CAUSE = r"SWITCH_INTO|SEND_KILL|LOG_|MAIL_|USER_(MAIL|EXEC)|RESUBMIT|WAKEUP|\w+_SUCCESS"
_NO_REASON = r"Karma=|quota_ok"
#: Levels of the hierarchy that are hosts or groups of hosts.
_HOSTS = ("nodes", "host", "network_address", "cluster", "switch")


class OAR(BatchScheduler):
    """OAR. Resources are a path through its hierarchy, and a walltime of one number is hours.

    The path names GPUs between host and cores, as sites with a level ``gpu`` define it. Cores are
    then counted for each GPU, rounded up so that each thread has one. OAR does not read directives
    from standard input, so they become options of the command, and the script an argument.

    See the manuals of oarsub, oarstat and oardel.
    """

    kind = "oar"
    title = "OAR"
    prefix = "#OAR"
    cluster_class = "OARCluster"
    name_option = "-n "
    account_option = "--project "
    log_options = ("-O {folder}/{name}-%jobid%.out", "-E {folder}/{name}-%jobid%.err")
    default_log_files = ("OAR.{name}.{job}.stderr", "OAR.{name}.{job}.stdout")
    #: After it killed a job, OAR adds a line to its output.
    discard_options = ("-O /dev/null", "-E /dev/null")
    immediate_log = "$OAR_WORKDIR/OAR.{name}.$OAR_JOB_ID.stderr"
    submit_command = ("oarsub",)
    number_pattern = r"OAR_JOB_ID=(?P<number>\d+)"
    cancel_program = "oardel"
    already_ended = "already killed"
    waiting_states = "Waiting Hold toAckReservation toLaunch"
    ended_states = "Terminated Error toError"
    job_variables = ("OAR_JOB_ID", "OAR_JOBID")
    #: Prints something even if there are no jobs.
    probe = ("oarstat", "--accounting", "2000-01-01, 2000-01-01", "--user")
    probe_pattern = r"\AUsage summary for user"
    error_causes = (
        (r"unknown option|unknown job type|\Ausage:", "extra-script-options"),
        (r"queue \S+ does not exist|submit jobs in the \S+ queue", "queue-name"),
        (r"cannot recognize", "resource-spec"),
        # "Set default walltime" precedes each rejection of a job without one.
        (r"(?<!default )walltime", "resources-per-worker.wallclock-time-limit"),
        (r"column .gpu", "resources-per-worker.number-of-gpus"),
        # Only the option for memory compares so; PostgreSQL shows its beginning, MySQL does not.
        (r"column \"(\w+)\w*\" does not exist.*\(\1(>=|\.\.\.)", "memory-per-core-property-name"),
        (r"unknown column \S+ in .where clause", "memory-per-core-property-name"),
        (r"column \"\w+\" does not exist.*\bselect\b", "resource-spec"),
        (r"not enough resources", "resources-per-worker"),
        (r"\bproject\b", "account"),
    )

    def resource_options(self, request: JobRequest) -> Iterator[str]:
        """See `BatchScheduler.resource_options`."""
        gpus = gpu_option(request)
        spec = resource_spec(request, self.kind)
        fields = [] if spec else ["threads"] if gpus else ["threads", "gpus"]
        spec = spec or _hierarchy(request)
        if request.walltime and "walltime" not in spec:
            spec += f",walltime={hours_minutes_seconds(request.walltime)}"
            fields.append("walltime")
        yield Option(f"-l {spec}", *fields)
        if gpus:
            yield Option(gpus, "gpus")
        key = "memory-per-core-property-name"
        name = request.scheduler_specific.get(key)
        if request.memory and name and name != _NO_PROPERTY:
            per_core = ceil_divide(request.memory, 2**20 * request.threads)
            yield Option(f"-p {one_word(str(name), key)}>={per_core}", "memory")

    def option_rules(self, request: JobRequest) -> Sequence[OptionRule]:
        """See `BatchScheduler.option_rules`. Several -l are alternatives."""
        return (
            rule("-n|--name", "name"),
            rule("-q|--queue", "queue"),
            rule("--project", "account"),
            OptionRule(("-l", "--resource"), self._read_resources),
            *(
                rule(names)
                for names in ("-p|--property", "-t|--type", "-O|--stdout", "-E|--stderr")
            ),
        )

    def split_options(self, line: str, names: Collection[str]) -> Iterable[Words]:
        """See `BatchScheduler.split_options`."""
        return getopt_options(line, names, flags="CISVh")

    def submission(self, script: str, request: JobRequest) -> tuple[list[str], str | None]:
        """See `BatchScheduler.submission`."""
        options, lines = separate_directives(script, self.prefix)
        body = lines[1:] if lines[0].startswith("#!") else lines
        return [*self.submit_command, *options, "\n".join(body).strip("\n")], ""

    def states_command(self, ids: Sequence[str]) -> list[str]:
        """See `BatchScheduler.states_command`. Only --full shows how a job ended."""
        return ["oarstat", "--json", "--full", *(f"--job={number}" for number in ids)]

    def states(self, output: Output) -> Iterator[tuple[str, JobState]]:
        """See `BatchScheduler.states`. If no job is known, the output is not JSON."""
        if output.stdout.lstrip().startswith("{"):
            for number, job in json.loads(output.stdout).items():
                yield number, self._state(job)

    def cancel_succeeded(self, output: Output) -> bool:
        """See `BatchScheduler.cancel_succeeded`.

        With the controller down, oardel fails, but the jobs are deleted when it is back.
        """
        lines = output.stderr.splitlines(keepends=True)
        others = "".join(line for line in lines if _UNREACHABLE not in line)
        is_registered = output.exit_code == _NOT_NOTIFIED and "REGISTERED" in output.stdout
        code = 0 if is_registered and not others.strip() else output.exit_code
        return super().cancel_succeeded(replace(output, exit_code=code, stderr=others))

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`: HH[:MM[:SS]]."""
        return clock_seconds(text, (3600, 60, 1)[text.count(":") :: -1])

    def cpus_of_job(self, environ: Mapping[str, str]) -> int | None:
        """See `BatchScheduler.cpus_of_job`: the file of the nodes has a line for each core."""
        if "OAR_NODEFILE" not in environ:
            return None
        hosts = Path(environ["OAR_NODEFILE"]).read_text(encoding="utf-8").split()
        return hosts.count(socket.gethostname()) or len(hosts) or None

    def _state(self, job: Mapping[str, Any]) -> JobState:
        """Return the state of a job whose end may have begun."""
        state, phase = job["state"], self.phase(job["state"])
        events = sorted(job.get("events") or [], key=operator.itemgetter("event_id"))
        if phase == "running" and any(event["type"] in _KILLS for event in events):
            phase, state = "ended", f"{state}, being killed"
        if phase != "ended":
            return JobState(phase, state, _reason(job) if phase == "waiting" else "")
        causes = [event for event in events if not re.match(_NO_CAUSE, event["type"])]
        causes.sort(key=lambda event: event["type"] == "FRAG_JOB_REQUEST")  # at a walltime, too
        words = [f"{cause['type']}: {cause['description']}" for cause in causes][:1]
        words += _exit(job.get("exit_code") or 0)
        return JobState(phase, state, ", ".join(words) or _reason(job))

    def _read_resources(self, text: str) -> Mapping[str, Any]:
        path, _, time = text.partition("walltime=")
        return {**_levels(path), **({"walltime": self.read_walltime(time)} if time else {})}


def _reason(job: Mapping[str, Any]) -> str:
    """Return the reason in the message about a job, which may only repeat the request.

    Examples
    --------
    >>> _reason({"message": "R=8,W=0:5:0,J=B,N=dask-worker (Karma=0.000,quota_ok)"})
    ''
    >>> _reason({"message": "No enough matching resources (no_matching_slot)"})
    'No enough matching resources (no_matching_slot)'
    """
    message = job.get("message") or ""
    if not re.match(r"R=\d+,W=", message):
        return message
    words = re.findall(r"\((.*)\)\s*$", message)
    found = (word for word in ",".join(words).split(",") if not re.match(_NO_REASON, word))
    return ",".join(found)


def _exit(code: int) -> Iterator[str]:
    """Yield how a process ended, unless it succeeded, from its status of `os.wait`."""
    if code & 127:
        yield f"signal {code & 127}"
    elif code:
        yield f"exit status {code >> 8}"


def _levels(path: str) -> Mapping[str, Any]:
    """Return the amounts of one host in a path such as ``/nodes=1/gpu=2/core=4``."""
    found = re.findall(r"([\w]+)=(\d+)", re.sub(r"\{.*?\}", "", path))
    numbers = {name: int(number) for name, number in found if name not in _HOSTS}
    names = list(numbers)
    amounts: dict[str, int] = {}
    if names[-1:] == ["core"]:
        amounts["threads"] = math.prod(numbers.values())
    if "gpu" in numbers:
        amounts["gpus"] = math.prod(numbers[name] for name in names[: names.index("gpu") + 1])
    return amounts


def _hierarchy(request: JobRequest) -> str:
    if not request.gpus or gpu_option(request):
        return f"/nodes=1/core={request.threads}"
    level = gpu_directive(request) or f"gpu={request.gpus}"
    return f"/nodes=1/{level}/core={ceil_divide(request.threads, request.gpus)}"
