"""OAR."""

from __future__ import annotations

import json
import math
import re
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .amounts import ceil_divide, clock_seconds, hours_minutes_seconds
from .base import BatchScheduler
from .data_types import JobRequest, JobState, Option, Output
from .option_values import gpu_directive, gpu_option, one_word, resource_spec, separate_directives
from .option_words import OptionRule, Words, getopt_options, rule

#: The value in dask-jobqueue for sites without such a property.
_NO_PROPERTY = "not_applicable"
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
        (r"queue", "queue-name"),
        (r"walltime", "resources-per-worker.wallclock-time-limit"),
        (r"gpu", "resources-per-worker.number-of-gpus"),
        (r"project", "account"),
        (r"sql|property|properties", "memory-per-core-property-name"),
        (r"not enough resources|resource", "resources-per-worker.number-of-threads"),
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
        """See `BatchScheduler.states_command`."""
        return ["oarstat", "--json", *(f"--job={number}" for number in ids)]

    def states(self, output: Output) -> Iterator[tuple[str, JobState]]:
        """See `BatchScheduler.states`. If no job is known, the output is not JSON."""
        if output.stdout.lstrip().startswith("{"):
            for number, job in json.loads(output.stdout).items():
                state = job["state"]
                yield number, JobState(self.phase(state), state, job.get("message") or "")

    def read_walltime(self, text: str) -> int:
        """See `BatchScheduler.read_walltime`: HH[:MM[:SS]]."""
        return clock_seconds(text, (3600, 60, 1)[text.count(":") :: -1])

    def cpus_of_job(self, environ: Mapping[str, str]) -> int | None:
        """See `BatchScheduler.cpus_of_job`: the file of the nodes has a line for each core."""
        if "OAR_NODEFILE" not in environ:
            return None
        hosts = Path(environ["OAR_NODEFILE"]).read_text(encoding="utf-8").split()
        return hosts.count(socket.gethostname()) or len(hosts) or None

    def _read_resources(self, text: str) -> Mapping[str, Any]:
        path, _, time = text.partition("walltime=")
        return {**_levels(path), **({"walltime": self.read_walltime(time)} if time else {})}


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
