"""Write the job script of one or more workers as a string."""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...schedulers import BatchScheduler, JobRequest
from ...schedulers.option_reader import (
    ReadOption,
    given_options,
    own_options,
    read_fields,
    with_fields,
)
from .. import task_resources
from ..resources import QueueWorkerResources
from ..task_threads import share_of_task
from ..worker_environment import LOOPBACK
from .lifetime import RetirementOptions
from .planned_ends import BEGAN
from .setup_commands import watched

#: Placeholders of an offline script for the values that only a running cluster has.
ADDRESS = "<scheduler-address>"
NAME = "<worker-name>"

#: Module of distributed that runs a worker.
DASK_WORKER = "distributed.cli.dask_worker"


@dataclass(frozen=True)
class WorkerJob:
    """A job of one or more workers, without the scheduler's address and the job's name.

    Attributes
    ----------
    scheduler : BatchScheduler
    request : JobRequest
        What the configuration asks for; `effective` is what holds.
    resources : QueueWorkerResources
        Of each worker; tasks are told their share of its threads.
    shebang : str
        First line of the script.
    python : str
        Interpreter, as shell code.
    worker_command : str
        Module that Python runs, and its first arguments.
    setup : sequence of str
        Lines of shell that run before the worker.
    require_setup : bool
        Whether the job ends if one of them fails.
    extra_options : sequence of str
        Scheduler options that follow those of the request, and replace them.
    skip : sequence of str
        The request's options that are left out, see `own_options`.
    variables : mapping
        Environment variables of the submission, see `BatchScheduler.script_variables`.
    workers : int
        Workers of the job, with equal shares of what it gets.
    tasks : int
        Tasks that each worker runs at once.
    group : str
        Name of the group of the workers; empty for a backend without groups.
    abstract_resources : mapping
        All of dask's abstract resources of each worker.
    configuration : sequence of str
        Lines of shell that pass configuration to the worker.
    thread_limits : sequence of str
        Variables that are set to the threads of a task unless the node sets them for a task.
    lifetime : (int, float), optional
        Seconds from the beginning of the job, setup commands included, after which the worker ends
        itself, and by how many seconds at most it ends earlier or later, at random.
    retirement : RetirementOptions
        Options of the end of the worker.
    nanny : bool
    death_timeout : float, optional
        Seconds.
    local_directory : str, optional
        May contain variables of the node.
    interface : str, optional
    certificates : mapping
        TLS options of the worker's command line, and their files.
    arguments : sequence of str
        Shell code at the end of the worker's command line.
    output : str, optional
        File to which the script writes all output, as shell code between double quotes.
    """

    scheduler: BatchScheduler
    request: JobRequest
    resources: QueueWorkerResources
    shebang: str
    python: str
    worker_command: str = DASK_WORKER
    setup: Sequence[str] = ()
    require_setup: bool = False
    extra_options: Sequence[str] = ()
    skip: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1
    tasks: int = 1
    group: str = ""
    abstract_resources: Mapping[str, float] = field(default_factory=dict)
    configuration: Sequence[str] = ()
    thread_limits: Sequence[str] = ()
    lifetime: tuple[int, float] | None = None
    retirement: RetirementOptions = field(default_factory=RetirementOptions)
    nanny: bool = True
    death_timeout: float | None = None
    local_directory: str | None = None
    interface: str | None = None
    certificates: Mapping[str, str] | None = None
    arguments: Sequence[str] = ()
    output: str | None = None

    def with_immediate_log(self) -> WorkerJob:
        """Return the job with its log written as it comes, not delivered after the job ended."""
        if self.request.log_directory or not self.scheduler.immediate_log:
            return self
        output = self.scheduler.immediate_log.format(name=self.request.name)
        options = [*self.extra_options, *self.scheduler.discard_options]
        return replace(self, output=output, extra_options=options)

    def workers_of(self, name: str) -> list[str]:
        """Return the names of the workers of a job, as distributed's nannies make them."""
        return [name] if self.workers == 1 else [f"{name}-{i}" for i in range(self.workers)]

    def script(self, address: str = ADDRESS, name: str = NAME) -> str:
        """Return the complete job script.

        Raises
        ------
        ConfigValueError
            If the batch scheduler has no option for the request.
        """
        return self.scheduler.script(self.shebang, self.header(), self._body(address, name))

    def header(self) -> list[str]:
        """Return the scheduler options without their prefix: the request's, then the extra ones.

        Raises
        ------
        ConfigValueError
            If the batch scheduler has no option for the request.
        """
        return [*self.requested_options(), *self.extra_options]

    def requested_options(self) -> list[str]:
        """Return the options of the request, without those that are skipped or set again."""
        return list(self._own_options)

    @functools.cached_property
    def _own_options(self) -> list[str]:
        return own_options(self.scheduler, self.request, self.extra_options, self.skip)

    @functools.cached_property
    def read_options(self) -> dict[str, ReadOption]:
        """The fields of the request that other options set, as the scheduler reads them."""
        others = [*self.extra_options, *self.options_in_environment.values()]
        return read_fields(self.scheduler, self.request, self.requested_options(), others)

    @functools.cached_property
    def effective(self) -> JobRequest:
        """The request with the changes by other options: what a job gets."""
        return with_fields(self.request, self.read_options)

    @functools.cached_property
    def ignored_variables(self) -> tuple[str, ...]:
        """The variables that must not be set at the submission: the script sets the same."""
        given = given_options(self.scheduler, self.request, self.header())
        names = {option.name for option in given}
        kinds = {kind for option in given for kind in option.kinds}
        return tuple(
            variable
            for variable, option in self.scheduler.script_variables.items()
            if not option
            or any(
                each.name in names or each.kinds & kinds
                for each in given_options(self.scheduler, self.request, [f"{option}="])
            )
        )

    @property
    def options_in_environment(self) -> dict[str, str]:
        """Variable -> the option that it adds to those of the script."""
        return {
            name: f"{option}={self.variables[name]}"
            for name, option in self.scheduler.script_variables.items()
            if name in self.variables and name not in self.ignored_variables
        }

    def kinds_of(self, option: str) -> set[str]:
        """Return the kinds of amounts that an option sets, see `GivenOption.kinds`."""
        given = given_options(self.scheduler, self.request, [option])
        return {kind for each in given for kind in each.kinds}

    def _body(self, address: str, name: str) -> list[str]:
        each = share_of_task(self.resources, self.tasks)
        resources = shlex.quote(task_resources.encoded(each))
        return [
            *([f"export {BEGAN}=$(date +%s)"] if self.lifetime else []),
            *self._start_of_log(),
            *([f'cd "${{{folder}:-.}}"'] if (folder := self.scheduler.folder_variable) else []),
            *self.configuration,
            f"export {task_resources.VARIABLE}={resources}",
            *self._thread_limits(each.number_of_threads),
            *watched(self.setup, self.require_setup, self.scheduler.shell or self.shebang),
            self._command(address, name),
        ]

    def _thread_limits(self, threads: int | None) -> list[str]:
        """Return shell code that sets `thread_limits`, where they are unset or all CPUs of the job.

        PBS and HTCondor set some of them to the CPUs of the job, as for a single program.
        """
        granted = self.read_options.get("threads")
        cpus = (granted and granted.value) or self.request.threads
        return [
            f'[ "${{{name}:-{cpus}}}" != {cpus} ] || export {name}={threads}'
            for name in self.thread_limits
        ]

    def _start_of_log(self) -> list[str]:
        """Return shell code that sends all output to the log, and writes its first line."""
        if not self.request.log_directory:
            return [f'exec > "{self.output}" 2>&1'] if self.output else []
        number = ""
        for name in reversed(self.scheduler.job_variables):
            if not name.startswith("_"):  # HTCondor's are not job numbers
                number = f"${{{name}:-{number}}}"
        job = f", job {number}" if number else ""
        return ["exec >&2", f'echo "# host ${{HOSTNAME:-$(hostname)}}{job}"']

    def _command(self, address: str, name: str) -> str:
        words = [self.python, "-m", *map(shlex.quote, self.worker_command.split())]
        words += [_quoted(address), "--name", _quoted(name)]
        words += ["--nthreads", str(self.tasks)]
        words += ["--memory-limit", self._memory_limit()]
        if self.workers > 1:
            words += ["--nworkers", str(self.workers)]
        if self.worker_command == DASK_WORKER:
            words.append("--nanny" if self.nanny else "--no-nanny")
            words += ["--dashboard-address", f"{LOOPBACK}:0"]
        if self.death_timeout is not None:
            words += ["--death-timeout", f"{self.death_timeout:g}"]
        if self.local_directory is not None:
            words += ["--local-directory", quoted_for_node(self.local_directory)]
        if self.interface is not None:
            words += ["--interface", shlex.quote(self.interface)]
        if self.lifetime is not None:
            limit, stagger = self.lifetime
            rest = f'"$(({limit} - $(date +%s) + {BEGAN})) seconds"'
            words += ["--lifetime", rest]
            words += ["--lifetime-stagger", f'"{stagger:g} seconds"']
        for option, value in (self.certificates or {}).items():
            words += [option, _quoted(value)]
        words += self.arguments
        if self.group:
            amounts = self.abstract_resources.items()
            pairs = ",".join(f"{resource}={amount:g}" for resource, amount in amounts)
            words += ["--resources", shlex.quote(pairs)]
        return " ".join(words)

    def _memory_limit(self) -> str:
        """Return the memory of a worker, as shell code if only the job itself can find out."""
        if self.effective.memory:
            return str(self.effective.memory // self.workers)
        code = self.scheduler.memory_in_job
        share = '"$m"' if self.workers == 1 else f'"$((m / {self.workers}))"'
        return f'"$({code.replace("{share}", share)})"' if code else "auto"


def quoted_for_node(text: str) -> str:
    """Return a string as one shell word, in which the node expands ``~`` and ``$VARIABLES``.

    Examples
    --------
    >>> print(quoted_for_node("$TMPDIR/my files"), quoted_for_node("--nthreads"))
    "$TMPDIR/my files" --nthreads
    """
    if text == shlex.quote(text) or re.fullmatch(r"~?[\w@%+=:,./-]*", text, re.ASCII):
        return text
    home = re.match(r"~[\w.-]*/", text)
    rest = text[home.end() :] if home else text
    escaped = re.sub(r'["`\\]|\$(?![A-Za-z_{])', r"\\\g<0>", rest)
    return f'{home.group() if home else ""}"{escaped}"'


def _quoted(text: str) -> str:
    """Return a string as one shell word; a string that starts with a placeholder is unchanged."""
    return text if text.startswith("<") else shlex.quote(text)
