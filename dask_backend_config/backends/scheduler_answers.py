"""Ask the schedulers of this machine whether they run, and which queues they have."""

from __future__ import annotations

import re
import shlex
import shutil
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from ..schedulers import SCHEDULERS, BatchScheduler, Output, Queue
from ..schedulers.data_types import COMMAND_NOT_FOUND, TIMED_OUT
from ..schedulers.run import run_all

_MINIMUM_LIMIT = 0.1
#: What a program prints that does not know the options of a probe.
_OTHER_PROGRAM = r"\busage:|(invalid|illegal|unknown|unrecogni[sz]ed) (option|argument|command)"


class SchedulerAnswers:
    """The output of scheduler commands; each command runs once.

    Parameters
    ----------
    limit : float
        Seconds for all commands together.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._deadline = time.monotonic() + limit
        self._outputs: dict[tuple[str, ...], Output] = {}

    def detected_kind(self, environ: Mapping[str, str]) -> str:
        """Return the kind of backend for this machine, which ``auto`` stands for.

        It is the scheduler whose job this process is part of, and no command runs; else the first
        one, in the order of `SCHEDULERS`, whose controller answers; else ``local``. That its
        commands are installed is not enough.
        """
        for kind, scheduler in SCHEDULERS.items():
            if scheduler.is_job_environment(environ):
                return kind
        candidates = [entry for entry in SCHEDULERS.values() if shutil.which(entry.probe[0])]
        self._run({entry.probe for entry in candidates})
        for entry in candidates:
            if entry.probe_succeeded(self._outputs[entry.probe]):
                return entry.kind
        return "local"

    def silent(self) -> list[tuple[list[BatchScheduler], str]]:
        """Return the schedulers that `detected_kind` asked in vain, and why they did not answer.

        Their commands are installed, but no controller runs. Several schedulers stand together if
        they have a program of the same name, and it cannot be told whose it is.
        """
        found: dict[str, tuple[list[BatchScheduler], str]] = {}
        for entry in SCHEDULERS.values():
            output = self._outputs.get(entry.probe)
            if output is not None and _is_without_controller(entry, output):
                problem = self._problem(output)
                found.setdefault(entry.probe[0], ([], problem))[0].append(entry)
        return list(found.values())

    def ask(self, schedulers: Iterable[BatchScheduler]) -> None:
        """Run the commands of several schedulers at the same time, so that `queues` waits less."""
        self._run({command for entry in schedulers for command in _commands(entry)})

    def queues(self, scheduler: BatchScheduler) -> tuple[str, tuple[Queue, ...] | None]:
        """Return why a scheduler did not answer (empty if it did), and its queues if known."""
        self._run(_commands(scheduler))
        probe = self._outputs[scheduler.probe]
        if not scheduler.probe_succeeded(probe):
            return self._problem(probe), None
        if not scheduler.queue_commands:
            return "", None
        outputs = [self._outputs[command] for command in scheduler.queue_commands]
        try:
            return "", tuple(scheduler.read_queues(outputs))
        except (ValueError, LookupError):
            failed = (output for output in outputs if output.exit_code)
            return self._problem(next(failed, outputs[0])), None

    def _run(self, commands: Collection[tuple[str, ...]]) -> None:
        """Run new commands in parallel, in the time that is left."""
        new = sorted({*commands} - self._outputs.keys())
        if not new:
            return
        left = max(_MINIMUM_LIMIT, self._deadline - time.monotonic())
        self._outputs.update(zip(new, run_all(new, left), strict=True))

    def _problem(self, output: Output) -> str:
        """Return in one line why an output is not an answer."""
        if output.exit_code == COMMAND_NOT_FOUND:
            return output.message
        problem = "gave an answer that was not understood"
        if output.exit_code == TIMED_OUT:  # the last line is the time limit of this call
            output = replace(output, stderr="\n".join(output.stderr.splitlines()[:-1]))
            problem = f"did not answer within {self._limit:g} s"
        elif output.exit_code:
            problem = f"ended with exit code {output.exit_code}"
        quoted = f": {output.message}" if output.message else ""
        return f"{shlex.join(output.command)} {problem}{quoted}"


def _commands(scheduler: BatchScheduler) -> set[tuple[str, ...]]:
    return {scheduler.probe, *scheduler.queue_commands}


def _is_without_controller(scheduler: BatchScheduler, probe: Output) -> bool:
    """Return whether a probe failed for another reason than that the program is another one."""
    printed = probe.stdout + probe.stderr
    if probe.exit_code == 0:
        own = f"{scheduler.kind}|{re.escape(scheduler.title)}"
        return not scheduler.probe_succeeded(probe) and bool(re.search(own, printed, re.I))
    return probe.exit_code != COMMAND_NOT_FOUND and not re.search(_OTHER_PROGRAM, printed, re.I)
