"""`doctor --live` with a backend whose workers connect late or never."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner

from dask_backend_config import BaseDaskBackend, DaskSLURMBackend
from dask_backend_config.backends.jobqueue.jobs import Job, SubmittedJob
from dask_backend_config.cli.main import cli
from dask_backend_config.cli.progress import progress_on_stderr
from dask_backend_config.core.errors import BackendError
from dask_backend_config.doctor import live
from dask_backend_config.doctor.live import Examination, examine_live
from dask_backend_config.report import findings_text

SCHEDULER, WORKER = "tls://127.0.0.1:1", "tls://127.0.0.1:2"
VERSIONS = {"packages": {}, "host": {"python": "3.11"}}


class FakeTask:
    def __init__(self, result: Any) -> None:
        self.value = result
        self.released = False

    def result(self, timeout: float) -> Any:
        return self.value

    def release(self) -> None:
        self.released = True


class FakeClient:
    """A client of the scheduler at `address` with connected `workers`."""

    def __init__(self, address: str, workers: list[str]) -> None:
        self.address = address
        self.workers = workers
        self.tasks: list[FakeTask] = []

    def scheduler_info(self, n_workers: int) -> Mapping[str, Any]:
        return {"address": self.address, "workers": dict.fromkeys(self.workers)}

    def submit(self, function: Callable[..., Any], *_: Any, pure: bool) -> FakeTask:
        self.tasks.append(FakeTask(""))
        return self.tasks[-1]

    def run(self, function: Callable[[], Any], nanny: bool = False) -> dict[str, Any]:
        return {address: function() for address in self.workers}

    def run_on_scheduler(self, function: Callable[[], Any]) -> Any:
        return function()

    def get_versions(self) -> Mapping[str, Any]:
        workers = dict.fromkeys(self.workers, VERSIONS)
        return {"client": VERSIONS, "scheduler": VERSIONS, "workers": workers}


class FakeBackend:
    """A backend that calls `wait` to wait for its first worker."""

    kind = "slurm"
    worker_groups = ()

    def __init__(
        self,
        wait: Callable[[FakeBackend], None] | None = None,
        address: str = SCHEDULER,
        workers: tuple[str, ...] = (),
    ) -> None:
        self.client = FakeClient(address, list(workers))
        self.jobs = {"worker-0": "7"}
        self.asked_for: list[tuple[int, float]] = []
        self.running = False
        self._wait = wait

    def __enter__(self) -> FakeBackend:
        self.running = True
        return self

    def __exit__(self, *_: object) -> None:
        self.running = False

    def write_logs_at_once(self) -> None:
        pass

    def stray_logs(self) -> list[str]:
        return []

    @property
    def cluster(self) -> FakeBackend:
        return self

    def connected_workers(self, _group: str | None) -> int:
        return len(self.client.workers)

    def wait_for_workers(
        self, number: int, timeout: float, worker_group: str | None = None
    ) -> None:
        assert worker_group is None
        self.asked_for.append((number, timeout))
        if self._wait:
            self._wait(self)


def _come(backend: FakeBackend) -> None:
    backend.client.workers.append(WORKER)


def _examine(backend: FakeBackend, **limits: float) -> tuple[Examination, list[str]]:
    told: list[str] = []
    return examine_live(cast(BaseDaskBackend, backend), told.append, **limits), told


def test_waits_for_the_first_worker_and_counts_it() -> None:
    backend = FakeBackend(_come)
    seen, told = _examine(backend, start_limit=50)
    assert told[:3] == [
        "starting the slurm backend",
        "waiting for a worker",
        "comparing 4 keys of client, scheduler, nannies and 1 worker",
    ]
    ((number, limit),) = backend.asked_for
    assert number == 1
    assert 40 < limit <= 50
    assert (seen.number_of_workers, seen.passed, backend.running) == (1, True, False)


def test_submits_a_task_until_a_worker_is_connected() -> None:
    def come(backend: FakeBackend) -> None:
        assert [task.released for task in backend.client.tasks] == [False]
        _come(backend)

    backend = FakeBackend(come)
    _examine(backend)
    assert backend.client.tasks[0].released


def test_does_not_wait_if_workers_are_connected() -> None:
    backend = FakeBackend(workers=(WORKER,))
    _, told = _examine(backend)
    assert backend.asked_for == []
    assert "waiting for a worker" not in told


def test_a_timeout_quotes_the_state_of_the_job() -> None:
    def wait(backend: FakeBackend) -> None:
        raise BackendError("0 of 1 workers connected", hint="job 7 is PENDING (Resources)")

    backend = FakeBackend(wait)
    with pytest.raises(BackendError) as caught:
        _examine(backend, start_limit=0)
    assert caught.value.message.endswith(": job 7 is PENDING (Resources)")
    assert "--limit" in (caught.value.hint or "")
    assert not backend.running
    assert backend.client.tasks[0].released


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(BackendError("Slurm job 7 ended as FAILED"), id="no job comes to life"),
        pytest.param(KeyboardInterrupt(), id="Ctrl-C"),
    ],
)
def test_other_errors_during_the_wait_are_raised_unchanged(error: BaseException) -> None:
    def wait(backend: FakeBackend) -> None:
        raise error

    backend = FakeBackend(wait)
    with pytest.raises(type(error)) as caught:
        _examine(backend)
    assert caught.value is error
    assert not backend.running


@pytest.mark.parametrize(
    ("scheduler", "worker", "encrypted"),
    [
        pytest.param(SCHEDULER, WORKER, True, id="both"),
        pytest.param(SCHEDULER, "tcp://127.0.0.1:2", False, id="worker is open"),
        pytest.param("tcp://127.0.0.1:1", "tcp://127.0.0.1:2", False, id="open"),
    ],
)
def test_job_ids_and_encryption_are_reported(scheduler: str, worker: str, encrypted: bool) -> None:
    seen, _ = _examine(FakeBackend(address=scheduler, workers=(worker,)))
    assert (seen.as_json()["jobs"], seen.as_json()["encrypted"]) == (["7"], encrypted)
    lines = [
        "".join(text for text, _ in line) for line in findings_text.examination_as_lines(seen, 80)
    ]
    assert "  ok       submitted job 7" in lines
    assert ("  ok       scheduler and workers use TLS" in lines) is encrypted
    assert any(line.startswith("  insecure ") for line in lines) is not encrypted


def test_neither_is_reported_for_a_backend_without_jobs() -> None:
    backend = FakeBackend(address="tcp://127.0.0.1:1", workers=("tcp://127.0.0.1:2",))
    backend.jobs = {}
    seen, _ = _examine(backend)
    lines = [
        "".join(text for text, _ in line) for line in findings_text.examination_as_lines(seen, 80)
    ]
    assert seen.jobs == ()
    assert not [line for line in lines if "submitted" in line or "encrypted" in line]


class FakeQueueBackend(DaskSLURMBackend):
    """A backend with jobs that leave output in the working directory."""

    client = FakeClient(SCHEDULER, [WORKER])  # type: ignore[assignment]
    fails = False

    def start(self) -> None:
        numbers = {"a": "7", "b": "8", "not submitted": None}
        template = self._groups[""].job
        jobs = {name: Job(name, number) for name, number in numbers.items()}
        group = SimpleNamespace(jobs=SimpleNamespace(by_name=jobs, template=template))
        self._queue = cast(Any, SimpleNamespace(groups={"": group}))
        self._cluster = cast(Any, SimpleNamespace(connected_workers=lambda _: 1))
        self._submitted = {
            name: SubmittedJob(number, template) for name, number in numbers.items() if number
        }
        if self.fails:
            raise BackendError("no job comes to life")

    def stop(self) -> None:
        self._queue = self._cluster = None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the output of some jobs."""
    monkeypatch.chdir(tmp_path)
    for name in ("slurm-7.out", "slurm-9.out", "mine.txt"):
        (tmp_path / name).write_text("")
    return tmp_path


def test_output_of_its_jobs_in_the_working_directory_is_deleted(folder: Path) -> None:
    examine_live(FakeQueueBackend(), lambda _: None)
    assert sorted(path.name for path in folder.iterdir()) == ["mine.txt", "slurm-9.out"]


def test_output_in_a_log_directory_or_of_a_failure_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examine_live(FakeQueueBackend(log_directory=str(folder)), lambda _: None)
    monkeypatch.setattr(FakeQueueBackend, "fails", True)
    with pytest.raises(BackendError, match="comes to life"):
        examine_live(FakeQueueBackend(), lambda _: None)
    assert sorted(os.listdir(folder)) == ["mine.txt", "slurm-7.out", "slurm-9.out"]


def test_warnings_are_printed_as_progress_and_errors_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger = logging.getLogger("dask_backend_config")
    before = (list(logger.handlers), logger.propagate, warnings.showwarning)
    with progress_on_stderr() as progress:
        warnings.simplefilter("always")
        progress("waiting")
        logger.warning("Slurm job %s waits", 7)
        logger.error("no job comes to life")
        logger.info("nothing")
        warnings.warn("security is false", stacklevel=1)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "waiting ...\nSlurm job 7 waits ...\nsecurity is false ...\n"
    assert (list(logger.handlers), logger.propagate, warnings.showwarning) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--limit", "5s"], "'--limit' requires --live", id="without --live"),
        pytest.param(["--live", "slurm", "--limit", "soon"], "'soon' is", id="not a duration"),
    ],
)
def test_an_invalid_limit_is_a_usage_error(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(cli, ["doctor", *arguments])
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    ("arguments", "limit"),
    [
        pytest.param([], 300.0, id="default"),
        pytest.param(["--limit", "1 hour"], 3600.0, id="set"),
        pytest.param(["--limit", "0"], 0.0, id="none"),
    ],
)
def test_the_limit_reaches_the_examination(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], limit: float
) -> None:
    asked: list[float] = []

    def note(backend: object, progress: object, start_limit: float) -> None:
        asked.append(start_limit)
        raise BackendError("enough")

    monkeypatch.setattr(live, "examine_live", note)
    result = CliRunner().invoke(cli, ["doctor", "--live", "local", *arguments])
    assert (result.exit_code, asked) == (1, [limit])
    assert result.stderr == "error: enough\n"


def test_ctrl_c_exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(live, "examine_live", interrupt)
    result = CliRunner().invoke(cli, ["doctor", "--live", "local"])
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")
