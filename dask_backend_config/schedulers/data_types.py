"""Job requests, command outputs, job states and queues: what schedulers take and return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Phase = Literal["waiting", "running", "ended"]

#: Exit codes of a command that could not be started, and of one that was killed after its limit.
COMMAND_NOT_FOUND = 127
TIMED_OUT = 124


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What one job needs, in scheduler-independent units (bytes, seconds).

    Attributes
    ----------
    name : str
        The job's name.
    queue, account : str, optional
        Queue (partition on Slurm) and account (project); None for the scheduler's default.
    threads : int
        CPUs on one host.
    memory : int, optional
        Bytes for the complete job; None for the scheduler's default.
    walltime : int, optional
        Seconds.
    gpus : int
        GPUs of the complete job.
    gpu_directive : str, optional
        The option that requests GPUs at this site, with the number filled in; None for the
        scheduler's usual one.
    log_directory : str, optional
        Absolute path of the folder for the job's output.
    scheduler_specific : mapping
        Values of the keys below ``backends.<kind>`` that only this scheduler has, and of the keys
        of ``jobqueue.<kind>`` listed in `BatchScheduler.site_keys`; by the key's last part.
    elsewhere : frozenset of str
        Fields that other options of the job script set.
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
    scheduler_specific: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()


class Option(str):
    """An option of a job script, without its prefix.

    Attributes
    ----------
    fields : tuple of str
        The fields of `JobRequest` that it expresses, of those that a queue can limit.
    """

    fields: tuple[str, ...]

    def __new__(cls, text: str, *fields: str | None) -> Option:
        """Create an option; a field that is None is left out."""
        option = super().__new__(cls, text)
        option.fields = tuple(field for field in fields if field)
        return option


@dataclass(frozen=True, slots=True)
class Output:
    """The output of a command that ended.

    Attributes
    ----------
    command : tuple of str
        The program and its arguments.
    exit_code : int
        `COMMAND_NOT_FOUND` if there is no such program, `TIMED_OUT` if it was killed.
    stdout, stderr : str
        What it printed.
    """

    command: tuple[str, ...]
    exit_code: int
    stdout: str = ""
    stderr: str = ""

    @property
    def message(self) -> str:
        """The error message in one line: stderr, or stdout if stderr is empty, no line twice.

        Explanations that follow it are left out: the usage of a command, and HTCondor's advice.
        """
        text = self.stderr.strip() or self.stdout
        lines = re.split(r"\n\s*(?:usage|extra info):", text, maxsplit=1, flags=re.I)[
            0
        ].splitlines()
        return " ".join(" ".join(dict.fromkeys(lines)).split())

    def only_reports(self, pattern: str) -> bool:
        """Return True if each line of stderr matches `pattern`, ignoring case.

        A command that is asked about several jobs fails when one of them is unknown. Its stderr
        shows whether that was the only reason.
        """
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        ran = self.exit_code not in (COMMAND_NOT_FOUND, TIMED_OUT)
        return ran and bool(lines) and all(re.search(pattern, line, re.I) for line in lines)

    def check(self, ignore: str | None = None) -> None:
        """Raise if the command failed.

        Parameters
        ----------
        ignore : str, optional
            A failure is accepted if each line of stderr matches this pattern.

        Raises
        ------
        ValueError
            If the exit code is not 0; with `message`.
        """
        if self.exit_code and not (ignore and self.only_reports(ignore)):
            raise ValueError(self.message)


@dataclass(frozen=True, slots=True)
class JobState:
    """The state of a job.

    Attributes
    ----------
    phase : {"waiting", "running", "ended"}
        What the state means for a backend.
    state : str
        The state as the scheduler names it.
    reason : str
        The scheduler's reason for the state, empty if it gives none.
    is_held : bool
        Whether the job stays in the queue, but does not run until somebody releases it.
    """

    phase: Phase
    state: str
    reason: str = ""
    is_held: bool = False

    @property
    def description(self) -> str:
        """State and reason, such as ``PENDING (Resources)``."""
        return f"{self.state} ({self.reason})" if self.reason else self.state


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, or a partition on Slurm; None for a limit that is unknown or not set.

    Attributes
    ----------
    name : str
        Its name.
    is_default : bool
        Whether jobs without a queue go there.
    is_open : bool
        Whether it accepts and starts jobs now.
    max_walltime : int, optional
        Seconds.
    max_memory : int, optional
        Bytes for one job on one host.
    max_threads, max_gpus : int, optional
        CPUs and GPUs for one job on one host.
    """

    name: str
    is_default: bool = False
    is_open: bool = True
    max_walltime: int | None = None
    max_memory: int | None = None
    max_threads: int | None = None
    max_gpus: int | None = None
