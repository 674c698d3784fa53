"""Submissions that fail, or take too long, although they make a job: it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from dask_backend_config.backends.jobqueue.submissions import Submissions
from dask_backend_config.core.errors import BackendError
from dask_backend_config.schedulers import SCHEDULERS, JobRequest, Output
from dask_backend_config.schedulers.data_types import TIMED_OUT

LIMIT = 20
#: The answer of each scheduler to a submission.
ACCEPTED = {
    "slurm": "Submitted batch job 7\n",
    "lsf": "Job <7> is submitted to queue <normal>.\n",
    "pbs": "7.node1\n",
    "sge": 'Your job 7 ("dask-worker") has been submitted\n',
    "htcondor": "Submitting job(s).\n1 job(s) submitted to cluster 7.\n",
    "oar": "[ADMISSION RULE] Set default walltime to 7200.\nOAR_JOB_ID=7\n",
    "moab": "\n7\n",
}


class Commands:
    """Fake commands: submissions have one answer, and those that cancel jobs another."""

    time_limit = 20.0

    def __init__(self, answer: Output, cancelled: Output | None = None) -> None:
        self.cancelled: list[list[str]] = []
        self._answer = answer
        self._cancelled = cancelled or Output(("cancel",), 0, stdout="has deleted job")

    async def in_thread(self, call: Callable[[], Output]) -> Output:
        return call()

    def run_submission(self, *_: Any) -> Output:
        return self._answer

    async def run(self, command: Iterable[str]) -> Output:
        return self.run_now(command)

    def run_now(self, command: Iterable[str]) -> Output:
        self.cancelled.append(list(command))
        return self._cancelled

    def wait_for_submissions(self) -> None: ...


def submissions(kind: str, commands: Commands) -> Submissions:
    request = JobRequest("dask-worker")
    template: Any = SimpleNamespace(
        scheduler=SCHEDULERS[kind], request=request, ignored_variables=(), extra_options=()
    )
    fake: Any = commands
    return Submissions(template, fake, lambda option: option)


def rejection(made: Submissions) -> str:
    """Return the error of a submission, after the backend was closed."""

    async def submit() -> str:
        with pytest.raises(BackendError) as caught:
            await made.submit("worker-0", "#!/bin/sh\n")
        await made.close([])
        return str(caught.value)

    return asyncio.run(asyncio.wait_for(submit(), LIMIT))


@pytest.mark.parametrize("exit_code", [9, TIMED_OUT])
@pytest.mark.parametrize("kind", ACCEPTED)
def test_a_submission_that_fails_leaves_no_job(kind: str, exit_code: int) -> None:
    commands = Commands(Output(("submit",), exit_code, ACCEPTED[kind], "no answer"))
    message = rejection(submissions(kind, commands))
    (command,) = commands.cancelled
    number = command[-1]
    assert number in ("7", "7.0")
    assert message.endswith(
        f"submit ended with exit code {exit_code}: no answer; it submitted job {number} all the "
        "same, which is cancelled"
    )


@pytest.mark.parametrize(
    ("kind", "printed"),
    [
        pytest.param("oar", "OAR_JOB_ID=-5\n", id="oar: an error number"),
        pytest.param("oar", "OAR_JOB_ID=0\n", id="oar: zero"),
        pytest.param("slurm", "sbatch: 3 nodes are down\n", id="slurm: another number"),
        pytest.param("pbs", "error 15010 of 7.node1\n", id="pbs: another number"),
        pytest.param("moab", "", id="moab: nothing"),
    ],
)
def test_a_rejection_without_a_job_cancels_nothing(kind: str, printed: str) -> None:
    commands = Commands(Output(("submit",), 8, printed, "no"))
    assert "all the same" not in rejection(submissions(kind, commands))
    assert commands.cancelled == []


def test_a_job_that_cannot_be_cancelled_is_remembered_and_tried_once() -> None:
    failed = Output(("scancel",), 1, "", "down")
    commands = Commands(Output(("submit",), 9, ACCEPTED["slurm"], "no answer"), failed)
    made = submissions("slurm", commands)
    rejection(made)
    assert commands.cancelled == [["scancel", "7"]]
    assert made.not_cancelled == {"7": "scancel ended with exit code 1: down"}


def test_a_job_that_nobody_took_over_is_cancelled_without_an_event_loop() -> None:
    commands = Commands(Output(("submit",), 0, ACCEPTED["slurm"]))
    made = submissions("slurm", commands)
    assert asyncio.run(made.submit("worker-0", "#!/bin/sh\n")) == "7"
    made.cancel_now(lambda: ["5", "7"])
    assert commands.cancelled == [["scancel", "7", "5"]]
    made.cancel_now(list)
    assert len(commands.cancelled) == 1
