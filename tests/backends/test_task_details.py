"""Errors of isolated tasks name arguments, job and log."""

from __future__ import annotations

import os
import pickle
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dask_backend_config import DaskLocalCluster, TaskProcessError
from dask_backend_config.backends.isolation.task_details import with_details
from dask_backend_config.backends.worker_place import place_of_job
from dask_backend_config.core.errors import TaskTimeLimitError
from dask_backend_config.schedulers import SCHEDULERS, JobRequest


class Unreadable:
    def __repr__(self) -> str:
        raise RuntimeError


class Lines:
    def __repr__(self) -> str:
        return "first\nsecond"


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        pytest.param((), {}, "", id="none"),
        pytest.param((1, "a"), {"b": None}, "1, 'a', b=None", id="short"),
        pytest.param(("x" * 500,), {}, f"'{'x' * 27}...{'x' * 28}'", id="long string"),
        pytest.param((list(range(100)),), {}, "[0, 1, 2, 3, 4, 5, ...]", id="long list"),
        pytest.param((Unreadable(), 1), {}, "<Unreadable instance at ", id="repr fails"),
        pytest.param(([Unreadable()],), {}, "[<Unreadable instance at ", id="nested repr fails"),
        pytest.param((Lines(),), {}, "first second", id="line break"),
        pytest.param(("x" * 50,) * 9, {}, f"{'x' * 50}', 'x", id="many"),
    ],
)
def test_arguments_are_shortened(
    args: tuple[Any, ...], kwargs: dict[str, Any], expected: str
) -> None:
    error = with_details(TaskTimeLimitError("task k: late", hint="wait"), args, kwargs, None, None)
    assert type(error) is TaskTimeLimitError
    assert expected in error.arguments
    assert len(error.arguments) <= 203
    assert str(error) == f"task k: late; arguments ({error.arguments}) (wait)"


@pytest.mark.parametrize(
    ("kind", "variables", "job", "file"),
    [
        pytest.param("slurm", {"SLURM_JOB_ID": "17"}, "Slurm job 17", "w-17.err", id="slurm"),
        pytest.param("pbs", {"PBS_JOBID": "17.server"}, "PBS job 17", "17.server.ER", id="pbs"),
        pytest.param("lsf", {"LSB_JOBID": "17"}, "LSF job 17", "w-17.err", id="lsf"),
        pytest.param("sge", {"JOB_ID": "17"}, "Grid Engine job 17", "w.o17", id="sge"),
        pytest.param("htcondor", {"_CONDOR_SLOT": "slot1"}, None, None, id="htcondor"),
    ],
)
def test_a_worker_knows_its_job_and_its_log(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: str,
    variables: dict[str, str],
    job: str | None,
    file: str | None,
) -> None:
    for name in SCHEDULERS[kind].job_variables:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if file:
        (tmp_path / file).touch()
    requests = {"cpu": JobRequest("x"), "gpu": JobRequest("w", log_directory=str(tmp_path))}
    place = pickle.loads(pickle.dumps(partial(place_of_job, SCHEDULERS[kind], requests, "/")))
    worker = SimpleNamespace(state=SimpleNamespace(total_resources={"worker-group-gpu": 1}))
    assert place(worker) == (job, file and str(tmp_path / file))


@pytest.mark.parametrize("log", [True, False])
def test_the_error_of_a_local_task_has_them(tmp_path: Path, log: bool) -> None:
    folder = str(tmp_path) if log else None
    with DaskLocalCluster(1, task_isolation="process", log_directory=folder) as backend:
        error = backend.submit_task(_exit, "lots of data", code=3).exception(40)
        assert type(error) is TaskProcessError
        logs = backend.logs
    assert (error.job, error.log) == (None, logs.get("local-0"))
    assert error.arguments == "'lots of data', code=3"
    assert f"; arguments ('lots of data', code=3){f'; log {error.log}' if log else ''}" in str(
        error
    )
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.arguments, again.log) == (str(error), error.arguments, error.log)


def _exit(_data: str, code: int) -> None:
    os._exit(code)
