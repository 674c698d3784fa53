"""What all batch schedulers have in common: what is asked of them, and what they answer.

A scheduler is a set of pure functions: a request to the options of a job script, and the output of
a command to data. Nothing runs here.
"""

from __future__ import annotations

import abc
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Phase = Literal["waiting", "running", "ended"]


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One job, in units that no scheduler has of its own.

    Attributes
    ----------
    name : str
        The job's name.
    queue, account : str, optional
    threads : int
        CPUs on one host.
    memory : int, optional
        Bytes of the whole job; None is the scheduler's default.
    walltime : int, optional
        Seconds.
    gpus : int
        GPUs of the whole job.
    gpu_directive : str, optional
        The site's own option for GPUs, with the number filled in.
    log_directory : str, optional
        Absolute path of the folder for the job's output.
    own : mapping
        The tunables that only this scheduler has, by their names below ``backends.<kind>``, and
        those of ``jobqueue.<kind>`` that `BatchScheduler.site_keys` lists.
    """

    name: str
    queue: str | None = None
    account: str | None = None
    threads: int = 1
    memory: int | None = None
    walltime: int | None = None
    gpus: int = 0
    gpu_directive: str | None = None
    log_directory: str | None = None
    own: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Output:
    """What a command said.

    Attributes
    ----------
    command : tuple of str
    exit_code : int
        127 where the command is missing, 124 where it gave no answer in time.
    stdout, stderr : str
    """

    command: tuple[str, ...]
    exit_code: int
    stdout: str = ""
    stderr: str = ""

    @property
    def words(self) -> str:
        """What it said of a failure, in one line: stderr, else stdout; what it repeated, once."""
        lines = (self.stderr.strip() or self.stdout).splitlines()
        return " ".join(" ".join(dict.fromkeys(lines)).split())


@dataclass(frozen=True, slots=True)
class JobState:
    """Where a job stands.

    Attributes
    ----------
    phase : {"waiting", "running", "ended"}
    words : str
        The scheduler's own: its state, and its reason where it gives one.
    """

    phase: Phase
    words: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue or partition; a limit that is None is not known or does not exist.

    Attributes
    ----------
    name : str
    is_default : bool
    is_open : bool
        Whether it takes and starts jobs now.
    max_walltime : int, optional
        Seconds.
    max_memory : int, optional
        Bytes of one job on one host.
    max_threads, max_gpus : int, optional
        Of one job on one host.
    """

    name: str
    is_default: bool = False
    is_open: bool = True
    max_walltime: int | None = None
    max_memory: int | None = None
    max_threads: int | None = None
    max_gpus: int | None = None


class BatchScheduler(abc.ABC):
    """One kind of batch scheduler; stateless."""

    #: The section below ``backends`` and ``jobqueue``, and the name that people give it.
    kind: ClassVar[str]
    title: ClassVar[str]
    #: What stands before each option in the head of a job script.
    prefix: ClassVar[str]
    #: The class of ``dask_jobqueue`` that holds such a cluster.
    cluster: ClassVar[str]
    #: Keys of ``jobqueue.<kind>`` that no key below ``backends`` stands for.
    site_keys: ClassVar[tuple[str, ...]] = ()
    #: Variables of which any is set in each job.
    job_variables: ClassVar[tuple[str, ...]]
    #: Submits a script that comes on standard input.
    submit_command: ClassVar[tuple[str, ...]]
    #: Where the answer to a submission has the job's number, in the group ``number``.
    number_pattern: ClassVar[str] = r"(?P<number>\d+)"
    #: Asks whether a controller is there: quick, and fails where it is not.
    probe: ClassVar[tuple[str, ...]]
    #: Commands whose outputs tell of queues; empty where nobody asks.
    queue_commands: ClassVar[tuple[tuple[str, ...], ...]] = ()
    #: Pattern in the words of a refusal, ignoring case -> the tunable to look at.
    refusals: ClassVar[tuple[tuple[str, str], ...]] = ()

    @abc.abstractmethod
    def options(self, request: JobRequest) -> list[str]:
        """Return the options for a request, each without `prefix`.

        An `Option` names the fields of the request that it asks for, if a queue can limit them.

        Raises
        ------
        ConfigValueError
            If the scheduler has no option for it.
        """

    def script(self, shebang: str, head: Sequence[str], body: Sequence[str]) -> str:
        """The text of a job script.

        Parameters
        ----------
        shebang : str
        head : sequence of str
            Options without `prefix`.
        body : sequence of str
            Lines of shell.
        """
        options = [f"{self.prefix} {line}" for line in head]
        return "\n".join([shebang, "", *options, "", *body, ""])

    def submission(self, script: str, request: JobRequest) -> tuple[list[str], str | None]:
        """The command that submits `script`, and what it reads from standard input.

        None for that where the command takes the path of a file with the script at its end.
        """
        return list(self.submit_command), script

    def submits_files(self, request: JobRequest) -> bool:
        """Whether `submission` wants a file that nodes can read as long as the job lives."""
        return False

    def job_number(self, output: Output) -> str:
        """The job's number in the answer to a submission.

        Raises
        ------
        ValueError
            Where it is not there.
        """
        match = re.search(self.number_pattern, output.stdout)
        if match is None:
            raise ValueError(f"no job number in {output.stdout!r}")
        return match["number"]

    @abc.abstractmethod
    def states_command(self, ids: Sequence[str]) -> list[str]:
        """The command that tells the states of jobs, all in one call."""

    @abc.abstractmethod
    def states(self, output: Output) -> dict[str, JobState]:
        """Job number -> state, of all jobs that the answer of `states_command` knows.

        Raises
        ------
        ValueError
            Where the answer is none, such as that of a controller that is down.
        """

    @abc.abstractmethod
    def cancel_command(self, ids: Sequence[str]) -> list[str]:
        """The command that ends jobs, all in one call."""

    @abc.abstractmethod
    def cancelled(self, output: Output) -> bool:
        """Whether after `cancel_command` none of its jobs goes on; gone before is as well."""

    @abc.abstractmethod
    def answers(self, output: Output) -> bool:
        """Whether the answer to `probe` comes from a controller of this kind."""

    def queues(self, outputs: Sequence[Output]) -> list[Queue]:
        """The queues in the answers to `queue_commands`; empty where they cannot be told.

        Raises
        ------
        ValueError
            Where an answer is none.
        """
        return []

    def read_walltime(self, text: str) -> int:
        """Seconds of a walltime as the scheduler itself reads it, for ``jobqueue.<kind>.walltime``.

        Raises
        ------
        ValueError
            Where the scheduler would not read it.
        """
        return clock(text)

    def in_job(self, environ: Mapping[str, str]) -> bool:
        """Whether `environ` is that of a job."""
        return any(environ.get(name) for name in self.job_variables)

    def suspect(self, words: str) -> str | None:
        """The tunable that a refusal in the scheduler's words is about, None where unknown."""
        found = (key for pattern, key in self.refusals if re.search(pattern, words, re.IGNORECASE))
        return next(found, None)

    @abc.abstractmethod
    def log_paths(self, request: JobRequest, job_id: str, folder: str) -> list[str]:
        """Where a job's output lies, the likeliest first; `folder` is where it was submitted.

        A ``*`` stands for what cannot be known, as `glob.glob` reads it.
        """


def clock(text: str) -> int:
    """Seconds of ``[[D:]HH:]MM:SS`` as PBS and Grid Engine read it, the last part seconds.

    Raises
    ------
    ValueError
        Where it is none.

    Examples
    --------
    >>> clock("10:00"), clock("01:30:00")
    (600, 5400)
    """
    if not re.fullmatch(r"\d+(:\d+){0,3}", text.strip()):
        raise ValueError(f"{text!r} is no walltime")
    seconds = 0
    for part, factor in zip(reversed(text.split(":")), (1, 60, 3600, 86400), strict=False):
        seconds += int(part) * factor
    return seconds


def hours_minutes_seconds(seconds: int) -> str:
    """``HH:MM:SS``, with more than 24 hours where it is longer.

    Examples
    --------
    >>> hours_minutes_seconds(93784)
    '26:03:04'
    """
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def in_units(amount: int, unit: int) -> int:
    """Whole units that hold `amount`; nothing that was asked for is rounded away.

    Examples
    --------
    >>> in_units(1025, 1024)
    2
    """
    return -(-amount // unit)
