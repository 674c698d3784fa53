"""The interface of a batch scheduler, and what all schedulers share.

A scheduler translates: a job request into the directives of a job script, and the output of a
command into data. It runs no command. docs/add-a-backend.md describes how to add one.
"""

from __future__ import annotations

import abc
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from .amounts import clock_seconds, counted
from .data_types import JobRequest, JobState, Option, Output, Phase, Queue
from .option_values import job_name, log_folder, one_word
from .option_words import OptionRule, Words, getopt_options


class BatchScheduler(abc.ABC):
    """A kind of batch scheduler, without state.

    The defaults of options and log files are those of ``qsub`` as POSIX specifies it.
    """

    #: The section below ``backends`` and ``jobqueue``, and the name in `get_backend`.
    kind: ClassVar[str]
    #: The name in messages.
    title: ClassVar[str]
    #: Begins each directive in a job script, such as ``#SBATCH``.
    prefix: ClassVar[str]
    #: The scheduler's own word for a queue.
    queue_noun: ClassVar[str] = "queue"
    #: The class of ``dask_jobqueue`` for a cluster on this scheduler; if it has none, any works.
    cluster_class: ClassVar[str] = "SLURMCluster"
    #: The keys of ``backends.<kind>`` that only this scheduler has, in the form of
    #: backends-schema.yaml, for a scheduler that is not in that file. Null is their default.
    keys: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    #: Keys of ``jobqueue.<kind>`` that have no equivalent below ``backends``.
    site_keys: ClassVar[tuple[str, ...]] = ()

    #: The shell that runs a job script, if its first line does not decide that.
    shell: ClassVar[str] = ""
    #: The options for the job's name, queue and account, without the value.
    name_option: ClassVar[str] = "-N "
    queue_option: ClassVar[str] = "-q "
    account_option: ClassVar[str] = "-A "
    #: The environment variable with the account if neither an argument nor a key sets it.
    account_variable: ClassVar[str] = ""
    #: The options for log files in ``log-directory``, with ``{folder}`` and the job's ``{name}``.
    log_options: ClassVar[tuple[str, ...]] = ("-o {folder}/", "-e {folder}/")
    #: The log files in that folder, the likeliest to explain an error first: ``{name}``, ``{job}``;
    #: ``*`` stands for an unknown part, as in `glob.glob`.
    log_files: ClassVar[tuple[str, ...]] = ("{name}-{job}.err", "{name}-{job}.out")
    #: The same in the working directory of the submission, if ``log-directory`` is not set.
    default_log_files: ClassVar[tuple[str, ...]] = ()

    #: Options that may be given several times, and all of them hold.
    repeatable_options: ClassVar[tuple[str, ...]] = ()
    #: Environment variables of `submit_command` that change what a job script asks for -> the
    #: option that each replaces, in its long form; empty if it spoils any submission.
    script_variables: ClassVar[Mapping[str, str]] = {}
    #: Shell code that prints the memory of a worker in a job, or ``auto``; ``{share}`` stands for
    #: the worker's share of ``$m``, the MiB of the job. Empty if a job cannot find out.
    memory_in_job: ClassVar[str] = ""
    #: Bytes that a job requests for each thread if its memory is not set, None for no request.
    default_memory_per_thread: ClassVar[int | None] = None

    #: Submits a job script that it reads from standard input.
    submit_command: ClassVar[tuple[str, ...]]
    #: Finds the job's number in the output of `submit_command`, as group ``number``.
    number_pattern: ClassVar[str] = r"(?P<number>\d+)"
    #: Cancels the jobs whose numbers follow.
    cancel_program: ClassVar[str]
    #: Matches each error line of `cancel_program` about a job that had ended before.
    already_ended: ClassVar[str]
    #: Matches each error line of `states_command` that only tells that a job is unknown or ended;
    #: empty if the command does not fail then.
    unknown_job: ClassVar[str] = ""
    #: States, separated by blanks, of jobs that wait and that have ended. Any other state counts as
    #: running, because a running job must not be replaced.
    waiting_states: ClassVar[str] = ""
    ended_states: ClassVar[str] = ""

    #: Environment variables; inside a job at least one of them is set.
    job_variables: ClassVar[tuple[str, ...]]
    #: Matches the job's number at the beginning of such a variable.
    variable_number: ClassVar[str] = r"\d+"
    #: The variables with the CPUs of a job, of which the first that is set counts.
    cpu_variables: ClassVar[tuple[str, ...]] = ()
    #: The variables with a job's own folder on a local disk, which dask would not find itself.
    scratch_variables: ClassVar[tuple[str, ...]] = ()
    #: The variable with the working directory of the submission, if jobs start elsewhere.
    folder_variable: ClassVar[str] = ""
    #: If output is delivered or completed only after a job ended: options that discard it, and the
    #: file in the working directory of the submission to which a script can write it instead, as
    #: shell code.
    discard_options: ClassVar[tuple[str, ...]] = ()
    immediate_log: ClassVar[str] = ""
    #: A quick command that fails if no controller answers.
    probe: ClassVar[tuple[str, ...]]
    #: Found in the output of `probe` if a controller of this kind answered.
    probe_pattern: ClassVar[str]
    #: Commands that list queues and their limits; empty if there is none.
    queue_commands: ClassVar[tuple[tuple[str, ...], ...]] = ()
    #: (pattern, key): the key to check if submission fails with a matching message, ignoring case;
    #: the first match counts, and an empty key stands for words that can mean several.
    error_causes: ClassVar[tuple[tuple[str, str], ...]] = ()
    #: Seconds of each part of a walltime ``D:HH:MM:SS``, the last part first.
    walltime_units: ClassVar[tuple[int, ...]] = (1, 60, 3600)

    def options(self, request: JobRequest) -> list[str]:
        """Return the options for `request`, each without `prefix`.

        An `Option` names the fields of the request that it expresses, so that an option that
        exceeds a queue's limit can be traced to a key.

        Raises
        ------
        OptionError
            If the scheduler cannot express the request.
        """
        options: list[str] = [Option(f"{self.name_option}{job_name(request)}", "name")]
        if request.queue:
            queue = one_word(request.queue, "queue-name")
            options.append(Option(f"{self.queue_option}{queue}", "queue"))
        if request.account:
            account = one_word(request.account, "account")
            options.append(Option(f"{self.account_option}{account}", "account"))
        options += self.resource_options(request)
        if folder := log_folder(request):
            options += [text.format(folder=folder, name=request.name) for text in self.log_options]
        return options

    @abc.abstractmethod
    def resource_options(self, request: JobRequest) -> Iterable[str]:
        """Return the options for CPUs, memory, walltime and GPUs.

        Raises
        ------
        OptionError
            If the scheduler cannot express the request.
        """

    def option_rules(self, request: JobRequest) -> Sequence[OptionRule]:
        """Return how options are read whose values matter, or that have several forms."""
        return ()

    def split_options(self, line: str, names: Collection[str]) -> Iterable[Words]:
        """Return name, value and wording of each option in a line.

        Parameters
        ----------
        line : str
            Without `prefix`.
        names : collection of str
            Options that take a value.
        """
        return getopt_options(line, names)

    def script(self, shebang: str, head: Sequence[str], body: Sequence[str]) -> str:
        """Return the job script.

        Parameters
        ----------
        shebang : str
            The first line.
        head : sequence of str
            Options without `prefix`.
        body : sequence of str
            Lines of shell.
        """
        options = [f"{self.prefix} {line}" for line in head]
        return "\n".join([shebang, "", *options, "", *body, ""])

    def submission(self, script: str, request: JobRequest) -> tuple[list[str], str | None]:
        """Return the command that submits `script`, and its standard input.

        The input is None if the script's path must be appended to the command.
        """
        return list(self.submit_command), script

    def needs_script_file(self, request: JobRequest) -> bool:
        """Return True if the script must be a file that exists on nodes until the job ends."""
        return False

    def job_number(self, output: Output) -> str:
        """Return the number of the job that was submitted.

        Raises
        ------
        ValueError
            If the output of `submit_command` does not contain it.
        """
        match = re.search(self.number_pattern, output.stdout)
        if match is None:
            raise ValueError(f"no job number in {output.stdout!r}")
        return match["number"]

    @abc.abstractmethod
    def states_command(self, ids: Sequence[str]) -> list[str]:
        """Return the one command that shows the states of all jobs in `ids`."""

    def read_states(self, output: Output) -> dict[str, JobState]:
        """Return job number -> state for all jobs in the output of `states_command`.

        Raises
        ------
        ValueError
            If the command failed, for example because the controller is down.
        """
        output.check(ignore=self.unknown_job)
        return dict(self.states(output))

    def states(self, output: Output) -> Iterable[tuple[str, JobState]]:
        """Return number and state of each job in an output of `states_command` that is valid."""
        raise NotImplementedError

    def end_command(self, number: str) -> list[str]:
        """Return a command that tells how an ended job ended; empty if the state tells it."""
        return []

    def read_end(self, output: Output) -> str:
        """Return how a job ended from the output of `end_command`; empty if it does not tell."""
        return ""

    def phase(self, state: str) -> Phase:
        """Return what a state means for a backend."""
        if state in self.waiting_states.split():
            return "waiting"
        return "ended" if state in self.ended_states.split() else "running"

    def cancel_command(self, ids: Sequence[str], request: JobRequest | None = None) -> list[str]:
        """Return the one command that cancels all jobs in `ids`, all of one `request`."""
        return [self.cancel_program, *ids]

    def cancel_succeeded(self, output: Output) -> bool:
        """Return True if no job of `cancel_command` is still active."""
        return output.exit_code == 0 or output.only_reports(self.already_ended)

    def probe_succeeded(self, output: Output) -> bool:
        """Return True if `output` of `probe` comes from a controller of this kind."""
        return output.exit_code == 0 and bool(re.search(self.probe_pattern, output.stdout))

    def read_queues(self, outputs: Sequence[Output]) -> list[Queue]:
        """Return the queues in the outputs of `queue_commands`.

        Raises
        ------
        ValueError
            If a command failed.
        """
        for output in outputs:
            output.check()
        return list(self.queues([output.stdout for output in outputs]))

    def queues(self, printed: Sequence[str]) -> Iterable[Queue]:
        """Return the queues in what each of `queue_commands` printed."""
        return ()

    def read_walltime(self, text: str) -> int:
        """Return the seconds of a walltime as the scheduler reads it.

        The values of ``jobqueue.<kind>.walltime`` are in this form.

        Raises
        ------
        ValueError
            If the scheduler would reject it.
        """
        return clock_seconds(text, self.walltime_units)

    def is_job_environment(self, environ: Mapping[str, str]) -> bool:
        """Return True if these environment variables are those of a job."""
        return any(environ.get(name) for name in self.job_variables)

    def cpus_of_job(self, environ: Mapping[str, str]) -> int | None:
        """Return the CPUs that a job's variables name, or None; or raise ValueError or OSError."""
        text = next(filter(None, map(environ.get, self.cpu_variables)), None)
        return None if text is None else counted(text)

    def memory_of_job(self, environ: Mapping[str, str]) -> int | None:
        """Return the bytes that a job's variables name, or None; or raise ValueError or OSError."""
        return None

    def suspected_key(self, message: str) -> str | None:
        """Return the key that probably caused an error message of `submit_command`, or None."""
        found = (key for text, key in self.error_causes if re.search(text, message, re.IGNORECASE))
        return next(found, None) or None

    def log_paths(self, request: JobRequest, job_id: str, folder: str) -> list[str]:
        """Return the paths or `glob` patterns of a job's log files, the likeliest first.

        `folder` is the working directory of the submission.
        """
        own_folder = log_folder(request)
        files = self.log_files if own_folder else self.default_log_files
        names = [text.format(name=request.name, job=job_id) for text in files]
        return [f"{own_folder or folder}/{name}" for name in names]
