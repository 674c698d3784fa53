"""Ask the schedulers of this machine whether they run, and which queues they have."""

from __future__ import annotations

import shlex
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ..schedulers import BatchScheduler, Output, Queue
from ..schedulers.data_types import COMMAND_NOT_FOUND, TIMED_OUT
from ..schedulers.detection import detect
from ..schedulers.run import run_all

_MINIMUM_LIMIT = 0.1


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

        It is the scheduler whose job this process is part of, else the first one whose controller
        answers, else ``local``.
        """

        def probe(schedulers: Sequence[BatchScheduler]) -> dict[str, Output]:
            self._run({entry.probe for entry in schedulers})
            return {entry.kind: self._outputs[entry.probe] for entry in schedulers}

        return detect(environ, probe, lambda program: shutil.which(program) is not None)

    def queues(self, scheduler: BatchScheduler) -> tuple[str, tuple[Queue, ...] | None]:
        """Return why a scheduler did not answer (empty if it did), and its queues if known."""
        self._run({scheduler.probe, *scheduler.queue_commands})
        probe = self._outputs[scheduler.probe]
        if not scheduler.probe_succeeded(probe):
            return self._problem(probe), None
        if not scheduler.queue_commands:
            return "", None
        outputs = [self._outputs[command] for command in scheduler.queue_commands]
        failed = next((output for output in outputs if output.exit_code), None)
        if failed is not None:
            return self._problem(failed), None
        try:
            return "", tuple(scheduler.read_queues(outputs))
        except (ValueError, LookupError):
            return self._problem(outputs[0]), None

    def _run(self, commands: Collection[tuple[str, ...]]) -> None:
        """Run new commands in parallel, in the time that is left."""
        new = sorted({*commands} - self._outputs.keys())
        left = max(_MINIMUM_LIMIT, self._deadline - time.monotonic())
        self._outputs.update(zip(new, run_all(new, left), strict=True))

    def _problem(self, output: Output) -> str:
        """Return in one line why an output is not an answer."""
        if output.exit_code == COMMAND_NOT_FOUND:
            return output.message
        timed_out = output.exit_code == TIMED_OUT
        if timed_out:  # the last line is the time limit of this call
            output = replace(output, stderr="\n".join(output.stderr.splitlines()[:-1]))
        command = shlex.join(output.command)
        quoted = f": {output.message}" if output.message else ""
        if timed_out:
            return f"{command} did not answer within {self._limit:g} s{quoted}"
        if output.exit_code:
            return f"{command} ended with exit code {output.exit_code}{quoted}"
        return f"{command} gave an answer that was not understood{quoted}"
