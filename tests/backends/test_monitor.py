"""Jobs that end, wait or disappear before their workers connect."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dask_backend_config import DaskSLURMBackend
from dask_backend_config.backends.jobqueue import monitor
from dask_backend_config.backends.jobqueue.jobs import Job
from dask_backend_config.backends.jobqueue.monitor import JobMonitor
from dask_backend_config.backends.jobqueue.rejections import RejectedJobs
from dask_backend_config.backends.lost_tasks import LostWorker
from dask_backend_config.backends.worker_logs import log_end
from dask_backend_config.core.errors import BackendError
from dask_backend_config.schedulers import JobState, Output

from .conftest import wait_until
from .stand_in import StandIn

LIMIT = 20
Make = Callable[..., DaskSLURMBackend]


@pytest.fixture
def make(slurm: StandIn) -> Iterator[Make]:
    """Return a function that makes backends with short intervals, and stop them at the end."""
    made: list[DaskSLURMBackend] = []

    def make(**arguments: Any) -> DaskSLURMBackend:
        quick = {"adaptive_interval": "100ms", "watch_interval": "20ms"}
        made.append(DaskSLURMBackend(**{**quick, **arguments}))
        return made[-1]

    yield make
    for backend in made:
        backend.stop()


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return a function that returns the messages logged so far."""
    caplog.set_level(logging.INFO, "dask_backend_config")

    def said() -> list[str]:
        return [
            record.getMessage() for record in caplog.records if record.name == "dask_backend_config"
        ]

    return said


def test_after_three_jobs_that_end_early_tasks_fail_with_the_log(
    slurm: StandIn, make: Make, lines: Callable[[], list[str]]
) -> None:
    with make(python="/nowhere/python") as backend:
        future = backend.submit_task(abs, -1)
        with pytest.raises(BackendError) as caught:
            future.result(LIMIT)
        words = str(caught.value)
        assert "Slurm job 3 ended as FAILED (NonZeroExitCode) before its worker connected" in words
        assert ", like 2 before it; its log ends with: " in words
        assert "/nowhere/python: No such file or directory" in words
        assert "Check the job's log, and argument python (" in words
        for ask in (
            lambda: backend.submit_task(abs, -1),
            lambda: backend.wait_for_workers(1, LIMIT),
        ):
            with pytest.raises(BackendError) as again:
                ask()
            assert str(again.value) == words
        wait_until(lambda: len(slurm.calls("sbatch")) == 3)
        said = lines()
    assert [line.endswith("; submitting another job") for line in said] == [True, True, False]
    assert [line.split()[2] for line in said] == ["1", "2", "3"]
    assert len(slurm.states()) == 3


def test_a_job_that_slurm_no_longer_knows_counts_as_ended(slurm: StandIn, make: Make) -> None:
    slurm.hold()
    slurm.answer("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
    with make() as backend:
        future = backend.submit_task(abs, -1)
        with pytest.raises(
            BackendError, match=r"Slurm job 3 ended before its worker connected, like 2"
        ):
            future.result(LIMIT)
    assert [words.rpartition("=")[2] for words in slurm.calls("squeue")] == list("112233")


def test_a_job_may_be_listed_late(slurm: StandIn, make: Make) -> None:
    slurm.hold()
    slurm.answer("squeue", f'[ "$(grep -c ^squeue {slurm.folder}/calls)" -gt 1 ] || exit 0')
    with make():
        wait_until(lambda: len(slurm.calls("squeue")) > 5)
        assert slurm.states() == {"1": "PENDING"}


def test_a_warning_tells_why_a_job_waits(
    slurm: StandIn,
    make: Make,
    lines: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(monitor, "_FIRST_REPORT", 0.0)
    monkeypatch.setattr(monitor, "_MIN_REPORT_INTERVAL", 0.0)
    slurm.hold()
    with make(queue_name="night", minimum_number_of_workers=2) as backend:
        wait_until(lambda: any("1 more" in line for line in lines()))
        expected = r"Slurm job \d \(and 1 more\) has been waiting in partition night for 0 s: PENDING \(Priority\)"
        assert any(re.fullmatch(expected, line) for line in lines())
        for number in ("1", "2"):
            slurm.set_state(number, "PENDING", "QOSMaxJobsPerUserLimit")
        wait_until(lambda: lines()[-1].endswith(": PENDING (QOSMaxJobsPerUserLimit)"))
        for number in ("1", "2"):
            slurm.set_state(number, "RUNNING", "None")
        wait_until(lambda: "is running, but its worker has not connected for" in lines()[-1])
        with pytest.raises(BackendError) as caught:
            backend.wait_for_workers(2, 0.1)
    assert str(caught.value).startswith(
        "timed out after 0.1 s: 0 of 2 workers connected (Slurm job "
    )
    assert str(caught.value).endswith(": RUNNING)")


def test_no_warning_about_a_short_wait(
    slurm: StandIn, make: Make, lines: Callable[[], list[str]]
) -> None:
    slurm.hold()
    with make():
        wait_until(lambda: len(slurm.calls("squeue")) > 5)
    assert lines() == []


def test_one_command_asks_about_all_waiting_jobs(slurm: StandIn, make: Make) -> None:
    slurm.hold()
    with make(minimum_number_of_workers=4):
        wait_until(lambda: any(len(words.split(",")) == 4 for words in slurm.calls("squeue")))
    assert all(words.startswith("--noheader") for words in slurm.calls("squeue"))


def test_jobs_are_kept_while_slurm_does_not_respond(
    slurm: StandIn, make: Make, lines: Callable[[], list[str]]
) -> None:
    slurm.hold()
    slurm.answer("squeue", "echo 'Unable to contact slurm controller' >&2; exit 1")
    with make():
        wait_until(lambda: len(slurm.calls("squeue")) > 6)
        assert slurm.states() == {"1": "PENDING"} and len(slurm.calls("sbatch")) == 1
        slurm.answer("squeue", "")
        wait_until(lambda: len(slurm.calls("squeue")) > 8)
    (line,) = lines()
    assert line.endswith("squeue ended with exit code 1: Unable to contact slurm controller")


def test_a_job_that_is_rejected_later_is_logged_and_submitted_again_at_the_next_check(
    slurm: StandIn, make: Make, lines: Callable[[], list[str]]
) -> None:
    slurm.hold()
    with make(maximum_number_of_workers=2, adaptive_interval="1 hour") as backend:
        assert slurm.states() == {"1": "PENDING"}
        slurm.answer("sbatch", "echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2; exit 1")
        backend.cluster.scale(2)
        wait_until(lambda: len(slurm.calls("sbatch")) > 2)
        assert any("Slurm rejected the job: sbatch ended" in line for line in lines())
        assert len(backend.jobs) == 1
        slurm.answer("sbatch", "")
        wait_until(lambda: len(backend.jobs) == 2)
    assert slurm.states() == {"1": "CANCELLED", "2": "CANCELLED"}


def test_a_task_fails_if_the_first_job_is_rejected(slurm: StandIn, make: Make) -> None:
    slurm.answer("sbatch", "echo 'sbatch: error: no' >&2; exit 1")
    with make(minimum_number_of_workers=0, adaptive_interval="1 hour") as backend:
        future = backend.submit_task(abs, -1)
        with pytest.raises(BackendError, match=r"Slurm rejected the job: .*sbatch: error: no"):
            future.result(LIMIT)
        with pytest.raises(BackendError, match="Slurm rejected the job"):
            backend.submit_task(abs, -1)
    assert len(slurm.calls("sbatch")) == 1


def test_a_rejection_while_running_is_reported_and_tried_again_at_once(
    lines: Callable[[], list[str]],
) -> None:
    later = Job("b", rejection=BackendError("the queue is closed"))
    recorded = Recorded(Job("a", "1", connected=True), later, states={})
    submitted: list[Job] = []
    rejected = RejectedJobs(recorded, 3600, submitted.append, pytest.fail)  # type: ignore[arg-type]
    rejected._pause = 3600

    async def reject() -> None:
        checks = asyncio.create_task(rejected.run())
        recorded.first_rejection.set()
        while not submitted:
            await asyncio.sleep(0)
        checks.cancel()

    asyncio.run(asyncio.wait_for(reject(), LIMIT))
    assert submitted == [later]
    assert lines() == [rejected.describe()] == ["the queue is closed"]


@pytest.mark.parametrize(
    ("messages", "logged"),
    [
        pytest.param(["closed", "closed"], ["closed"], id="the same"),
        pytest.param(["closed", "server down"], ["closed", "server down"], id="another"),
        pytest.param(["job 1 refused", "job 2 refused"], ["job 1 refused"], id="only numbers"),
    ],
)
def test_a_rejection_is_logged_again_if_its_reason_changes(
    messages: list[str], logged: list[str], lines: Callable[[], list[str]]
) -> None:
    recorded = Recorded(Job("a", "1", connected=True), states={})
    rejected = RejectedJobs(recorded, 0, lambda _: None, pytest.fail)  # type: ignore[arg-type]
    for message in messages:
        recorded.by_name["b"] = Job("b", rejection=BackendError(message))
        rejected._check()
    assert lines() == logged
    recorded.by_name["b"] = Job("b", "2")
    rejected._check()
    assert lines() == [*logged, "Slurm accepts jobs again"]


class Recorded:
    """A fake group, jobs and scheduler of a `JobMonitor`, which record its actions."""

    def __init__(self, *jobs: Job, states: dict[str, JobState]) -> None:
        self.by_name = {job.name: job for job in jobs}
        self.accepted, self.failure = True, None
        self.first_rejection = asyncio.Event()
        self.waits: list[float] = []
        self.called: list[list[str]] = []
        self.commands = SimpleNamespace(run=self.run_command)
        self.name, self.cluster, self.observed = "", self, set[str]()
        self.workers: dict[str, Any] = {}
        self.scheduler = SimpleNamespace(workers={}, queued=[], unrunnable=[])
        self.scheduler.transitions = lambda *_, **__: None
        self._states = states
        self.plan, self.worker_spec, self._i = set(self.by_name), dict(self.by_name), 0
        self.scaled: list[int] = []
        self.cancelled: list[str] = []
        self.cancel_number = self.cancelled.append
        self.submitted: dict[str, Any] = {}
        request = SimpleNamespace(queue=None)
        self.template = SimpleNamespace(scheduler=self, request=request)
        self.title, self.queue_noun = "Slurm", "partition"

    def states_command(self, numbers: list[str]) -> list[str]:
        return ["squeue", *numbers]

    def read_states(self, output: Output) -> dict[str, JobState]:
        return self._states

    def log_paths(self, *_: Any) -> list[str]:
        return []

    async def run_command(self, words: list[str]) -> Output:
        self.called.append(words)
        return Output(tuple(words), 0)

    def member_of(self, worker: str) -> str:
        return worker

    def stop_adapting(self) -> None: ...

    def scale(self, number: int) -> None:
        self.scaled.append(number)

    def suspected_key(self, message: str) -> str | None:
        return "memory" if "memory" in message else None

    def describe_option(self, option: str) -> str:
        return option

    def owns(self, _task: Any) -> bool:
        return True

    def _correct_state(self) -> None: ...


def look(recorded: Recorded, times: int = 1) -> JobMonitor:
    job_monitor = JobMonitor(recorded, recorded, 1)  # type: ignore[arg-type]
    for _ in range(times):
        asyncio.run(job_monitor._check())
    return job_monitor


def test_no_command_runs_while_all_workers_are_connected() -> None:
    recorded = Recorded(Job("a", "1", connected=True), Job("b", "2", connected=True), states={})
    look(recorded)
    assert recorded.called == []


def test_only_jobs_without_a_worker_are_asked_about() -> None:
    recorded = Recorded(Job("a", "1", connected=True), Job("b", "2"), Job("c"), states={})
    look(recorded)
    assert recorded.called == [["squeue", "2"]]


ENDED = JobState("ended", "FAILED")


def test_an_ended_job_does_not_wait() -> None:
    recorded = Recorded(*(Job(name, name) for name in "abc"), states=dict.fromkeys("abc", ENDED))
    job_monitor = look(recorded)
    assert recorded.failure is not None
    assert job_monitor.waiting() == []


def test_a_connected_worker_resets_the_count_of_ended_jobs() -> None:
    recorded = Recorded(*(Job(name, name) for name in "abc"), states=dict.fromkeys("abc", ENDED))
    job_monitor = JobMonitor(recorded, recorded, 1)  # type: ignore[arg-type]
    job_monitor._deaths = 2
    recorded.by_name["d"] = Job("d", "4")
    scheduler = SimpleNamespace(workers={"tls://x": SimpleNamespace(name="d")})
    job_monitor.add_worker(scheduler, "tls://x")
    job_monitor.add_worker(scheduler, "tls://x")
    assert recorded.by_name["d"].connected
    assert len(recorded.waits) == 1, "how long it waited, once"
    job_monitor._handle(recorded.by_name["a"], ENDED)
    assert recorded.failure is None


def test_a_worker_without_a_job_is_ignored() -> None:
    recorded = Recorded(Job("a", "1"), states={})
    scheduler = SimpleNamespace(workers={"tls://x": SimpleNamespace(name="stranger")})
    JobMonitor(recorded, recorded, 1).add_worker(scheduler, "tls://x")  # type: ignore[arg-type]
    assert not recorded.by_name["a"].connected


HELD = JobState("ended", "Held", "out of memory", is_held=True)
ENDED_AS_HELD = "Slurm job 1 ended as Held (out of memory) after its worker had connected"


@pytest.mark.parametrize(
    ("state", "before", "worked", "others", "line", "replaced", "fails"),
    [
        pytest.param(HELD, 0, 1, set(), f"{ENDED_AS_HELD}; submitting another job (Check memory)",
                     True, False, id="held"),
        pytest.param(HELD, 2, 1, set(), f"{ENDED_AS_HELD}, like 2 before it (Check memory)",
                     False, True, id="held again and again"),
        pytest.param(HELD, 2, 1, {"x"}, f"{ENDED_AS_HELD}, like 2 before it (Check memory)",
                     False, False, id="while others work"),
        pytest.param(HELD, 2, 1000, set(), f"{ENDED_AS_HELD}; submitting another job (Check memory)",
                     True, False, id="after long work"),
        pytest.param(JobState("waiting", "PENDING", "BeginTime"), 2, 1, set(),
                     "Slurm job 1 ended as PENDING (BeginTime) after its worker had connected",
                     False, False, id="queued again"),
        pytest.param(ENDED, 2, 1, set(), None, False, False, id="ended"),
        pytest.param(JobState("running", "RUNNING"), 2, 1, set(), None, False, False, id="running"),
        pytest.param(None, 2, 1, set(), None, False, False, id="unknown"),
    ],
)  # fmt: skip
def test_a_job_whose_worker_left_is_reported_and_replaced_if_it_is_held(
    lines: Callable[[], list[str]],
    state: JobState | None,
    before: int,
    worked: float,
    others: set[str],
    line: str | None,
    replaced: bool,
    fails: bool,
) -> None:
    job = Job("a", "1", connected=True, connected_at=time.monotonic() - worked)
    recorded = Recorded(job, states={"1": state} if state else {})
    recorded.observed = others
    job_monitor = JobMonitor(recorded, recorded, 1)  # type: ignore[arg-type]
    job_monitor.lost._holds = before
    job_monitor.lost.lose("a")
    asyncio.run(job_monitor._check())
    assert recorded.called == [["squeue", "1"]]
    assert lines() == ([line] if line else [])
    assert recorded.scaled == ([1] if replaced else [])
    assert ("a" in recorded.worker_spec) is not replaced
    assert (recorded.failure is not None) is fails
    assert job.is_lost is (state is not None and state.phase == "running")
    lost = LostWorker("a", "node1", 7, "Slurm job 1")
    recorded.submitted = {"a": SimpleNamespace(number="1")}
    words = asyncio.run(job_monitor.lost.job_end(lost, ask=False))
    known = state is not None and state.phase != "running"
    assert words == (state.description if state and known else "")


def test_a_job_that_is_held_before_its_worker_connects_is_cancelled() -> None:
    recorded = Recorded(Job("a", "1"), states={"1": HELD})
    look(recorded)
    assert recorded.cancelled == ["1"]
    assert recorded.by_name == {}


@pytest.mark.parametrize(
    ("others", "fails"),
    [pytest.param(set(), True, id="no-worker"), pytest.param({"x"}, False, id="others-work")],
)
def test_submission_stops_only_if_no_worker_is_left(others: set[str], fails: bool) -> None:
    recorded = Recorded(*(Job(name, name) for name in "abcd"), states=dict.fromkeys("abcd", ENDED))
    recorded.observed = others
    look(recorded)
    assert (recorded.failure is not None) == fails
    if not fails:
        look(recorded, 2)
        assert len(recorded.called) == 1, "jobs that ended early are not replaced at each check"
        later = [job for job in recorded.by_name.values() if job.rejection]
        assert {job.name for job in later} == {"c", "d"}, (
            "two are replaced at once, the others wait"
        )
        assert {job.number for job in later} == {None}


@pytest.mark.parametrize(
    ("content", "end"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"one\n", "one", id="one-line"),
        pytest.param(b"one\n\ntwo\n  three\nfour\n\n", "two | three | four", id="the-last-three"),
        pytest.param(b"\xff broken\n", "\ufffd broken", id="not-utf-8"),
        pytest.param(b"x" * 9000 + b"\nend", "x" * 4092 + " | end", id="long"),
    ],
)
def test_log_end(content: bytes, end: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(content)
    assert log_end(str(tmp_path / "log")) == end


def test_log_end_of_a_missing_log_is_empty(tmp_path: Path) -> None:
    assert log_end(str(tmp_path / "none")) == log_end(str(tmp_path)) == ""


def test_stopping_is_quick_while_jobs_wait(slurm: StandIn, make: Make) -> None:
    slurm.hold()
    with make(watch_interval="1 hour") as backend:
        future = backend.submit_task(abs, -1)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert future.status == "cancelled"
