"""Backends by name, profile and default, and the errors for wrong names."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.config
import pytest

from dask_backend_config import DaskLocalCluster, DaskPBSBackend, DaskSLURMBackend, get_backend
from dask_backend_config.backends import registry
from dask_backend_config.core.errors import ConfigValueError, DaskBackendError, UnknownKeyError
from dask_backend_config.schedulers import SCHEDULERS

PROFILES: dict[str, Any] = {
    "small": {"backend": "local", "number-of-workers": 3},
    "null": {"backend": "local", "number-of-workers": None},
    "queue": {"backend": "pbs", "queue-name": "gpuqueue"},
    "unknown-key": {"backend": "pbs", "number-of-workers": 1},
    "bare": {"number-of-workers": 1},
    "misspelt": {"backend": "lokal"},
    "slip": {"backend": "local", "numer-of-workers": 1},
    "foreign": {"backend": "local", "resources-per-worker": {"wallclock-time-limit": "01:00"}},
    "wrong": {"backend": "local", "number-of-workers": 0},
    "text": "local",
}


UP = "Slurmctld(primary) at node is UP"
DOWN = "Slurmctld(primary) at node is DOWN"


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Provide a machine outside of jobs with only the programs that a test writes."""
    for scheduler in SCHEDULERS.values():
        for name in scheduler.job_variables:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(name: str, body: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)

    return write


@pytest.mark.parametrize("name", [None, "auto", "local"])
def test_a_local_backend_is_created(name: str | None) -> None:
    assert type(get_backend(name)) is DaskLocalCluster


def test_auto_is_the_scheduler_of_the_current_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert type(get_backend()) is DaskSLURMBackend


@pytest.mark.parametrize(
    ("body", "kind", "problem"),
    [
        pytest.param(f"echo '{UP}'", DaskSLURMBackend, "", id="answers"),
        pytest.param(
            f"echo '{DOWN}'; exit 1", DaskLocalCluster,
            f"scontrol ping ended with exit code 1: {DOWN}", id="controller-down",
        ),
        pytest.param(
            f"echo '{DOWN}'", DaskLocalCluster,
            f"scontrol ping gave an answer that was not understood: {DOWN}", id="older-slurm",
        ),
        pytest.param(
            "exec /bin/sleep 60", DaskLocalCluster, "scontrol ping did not answer within 0.3 s", id="hangs"
        ),
        pytest.param("exit 0", DaskLocalCluster, "", id="another-program-of-that-name"),
        pytest.param(
            "echo 'unknown option: ping' >&2; exit 2", DaskLocalCluster, "", id="lacks-the-option"
        ),
    ],
)  # fmt: skip
def test_auto_is_a_scheduler_that_answers_and_warns_about_others(
    body: str,
    kind: type,
    problem: str,
    programs: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "_PROBE_LIMIT", 0.3 if "sleep" in body else 10)
    programs("scontrol", body)
    began = time.monotonic()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert type(get_backend("auto")) is kind
    assert time.monotonic() - began < 15
    start, end = "Slurm does not answer, so auto uses the local backend: ", "slurm or local)"
    expected = [f"{start}{problem} (Set backends.default to {end}"] if problem else []
    assert [str(warning.message) for warning in caught] == expected
    assert {warning.filename for warning in caught} <= {__file__}


def test_an_explicit_name_runs_no_command(programs: Callable[[str, str], None]) -> None:
    programs("scontrol", f"echo asked > {os.environ['PATH']}/asked; echo '{UP}'")
    for name in registry.BACKENDS:
        assert get_backend(name).kind == name
    assert not Path(os.environ["PATH"], "asked").exists()


def test_a_profile_may_be_for_a_job_queue() -> None:
    with dask.config.set({"backends.profiles": PROFILES}):
        backend = get_backend("queue")
        assert type(backend) is DaskPBSBackend
        assert "\n#PBS -q gpuqueue\n" in backend.job_script()


def test_the_default_is_configured() -> None:
    with dask.config.set({"backends.default": "small", "backends.profiles": PROFILES}):
        assert get_backend().number_of_workers == 3  # type: ignore[attr-defined]


def test_a_profile_overrides_the_section_of_its_backend() -> None:
    with dask.config.set({"backends.profiles": PROFILES, "backends.local.number-of-workers": 5}):
        assert get_backend("small").number_of_workers == 3  # type: ignore[attr-defined]
        assert get_backend("null").number_of_workers == 5  # type: ignore[attr-defined]
        assert get_backend("local").number_of_workers == 5  # type: ignore[attr-defined]


def test_arguments_override_the_profile_and_its_backend() -> None:
    said = {
        "backends.profiles.small": {"backend": "slurm", "queue-name": "a", "job-name": "b"},
        "backends.slurm.account": "c",
    }
    with dask.config.set(said):
        script = get_backend("small", queue_name="z").job_script()
    for option in ("--partition=z", "--job-name=b", "--account=c"):
        assert option in script
    assert get_backend("local", number_of_workers=3).number_of_workers == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "argument", "words"),
    [
        pytest.param("slurm", "queue", "DaskSLURMBackend has no argument queue", id="renamed"),
        pytest.param(
            "local", "number_of_worker", "did you mean number_of_workers", id="misspelled"
        ),
        pytest.param("local", "queue_name", "DaskLocalCluster has no argument", id="of another"),
    ],
)
def test_an_argument_that_the_backend_lacks_is_refused(
    kind: str, argument: str, words: str
) -> None:
    with pytest.raises(TypeError, match=words):
        get_backend(kind, **{argument: 1})


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        pytest.param("smal", UnknownKeyError, "Did you mean small?", id="typo"),
        pytest.param("a.b", UnknownKeyError, "unknown backend or profile 'a.b'", id="dotted"),
        pytest.param(
            "unknown-key", UnknownKeyError, "unknown-key.number-of-workers: the backend pbs does not have it", id="local's"
        ),
        pytest.param("bare", ConfigValueError, "must set the key backend", id="bare"),
        pytest.param("misspelt", ConfigValueError, "must be one of", id="misspelt-kind"),
        pytest.param("slip", UnknownKeyError, "Did you mean number-of-workers?", id="slip"),
        pytest.param(
            "foreign", UnknownKeyError, "wallclock-time-limit: the backend local does not have it",
            id="another-backend's",
        ),
        pytest.param("wrong", ConfigValueError, "profiles.wrong.number-of-workers is 0", id="zero"),
        pytest.param("text", ConfigValueError, "must be a section with keys", id="not-a-section"),
    ],
)  # fmt: skip
def test_an_unknown_name_or_invalid_profile_is_refused(
    name: str, error: type[DaskBackendError], words: str
) -> None:
    with dask.config.set({"backends.profiles": PROFILES}), pytest.raises(error) as caught:
        get_backend(name)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param("smal", "backends.default is 'smal': unknown backend", id="unknown"),
        pytest.param(3, "backends.default is 3: must ", id="number"),
    ],
)
def test_an_invalid_default_is_refused_with_its_key(value: Any, words: str) -> None:
    with dask.config.set({"backends.default": value}), pytest.raises(DaskBackendError) as caught:
        get_backend()
    assert words in str(caught.value)
    assert caught.value.origin is not None


def test_null_as_default_is_auto() -> None:
    with dask.config.set({"backends.default": None}):
        assert type(get_backend()) is DaskLocalCluster


def test_distributed_is_not_imported_before_a_backend_is_started() -> None:
    program = (
        "import sys, dask_backend_config as d; d.get_backend(); d.DaskLocalCluster(); "
        "print('distributed' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\n", "")
