"""What get_backend makes of a name, and what it says of a wrong one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
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
    "unheard": {"backend": "pbs", "number-of-workers": 1},
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
    """A machine outside of any job whose only programs are those that a test writes."""
    for scheduler in SCHEDULERS.values():
        for name in scheduler.job_variables:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(name: str, body: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)

    return write


@pytest.mark.parametrize("name", [None, "auto", "local"])
def test_a_local_backend_is_made(name: str | None) -> None:
    assert type(get_backend(name)) is DaskLocalCluster


def test_auto_is_the_scheduler_whose_job_this_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert type(get_backend()) is DaskSLURMBackend


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(f"echo '{UP}'", DaskSLURMBackend, id="answers"),
        pytest.param(f"echo '{DOWN}'; exit 1", DaskLocalCluster, id="controller-down"),
        pytest.param("exit 0", DaskLocalCluster, id="another-program-of-that-name"),
        pytest.param("exec /bin/sleep 60", DaskLocalCluster, id="hangs"),
    ],
)
def test_auto_is_a_scheduler_that_answers_not_one_that_is_merely_installed(
    body: str,
    kind: type,
    programs: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "_PROBE_LIMIT", 0.3)
    programs("scontrol", body)
    began = time.monotonic()
    assert type(get_backend("auto")) is kind
    assert time.monotonic() - began < 5


def test_a_name_that_is_said_asks_nobody(programs: Callable[[str, str], None]) -> None:
    programs("scontrol", f"echo asked > {os.environ['PATH']}/asked; echo '{UP}'")
    for name in registry.BACKENDS:
        assert get_backend(name).kind == name
    assert not Path(os.environ["PATH"], "asked").exists()


def test_a_profile_may_be_of_a_job_queue() -> None:
    with dask.config.set({"backends.profiles": PROFILES}):
        backend = get_backend("queue")
        assert type(backend) is DaskPBSBackend
        assert "\n#PBS -q gpuqueue\n" in backend.job_script()


def test_the_default_is_configured() -> None:
    with dask.config.set({"backends.default": "small", "backends.profiles": PROFILES}):
        assert get_backend().number_of_workers == 3  # type: ignore[attr-defined]


def test_a_profile_says_what_its_backend_would_else_read_elsewhere() -> None:
    with dask.config.set({"backends.profiles": PROFILES, "backends.local.number-of-workers": 5}):
        assert get_backend("small").number_of_workers == 3  # type: ignore[attr-defined]
        assert get_backend("null").number_of_workers == 5  # type: ignore[attr-defined]
        assert get_backend("local").number_of_workers == 5  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        pytest.param("smal", UnknownKeyError, "the nearest is small", id="typo"),
        pytest.param("a.b", UnknownKeyError, "no backend or profile 'a.b'", id="dotted"),
        pytest.param(
            "unheard", UnknownKeyError, "number-of-workers is unknown to the backend pbs", id="local's"
        ),
        pytest.param("bare", ConfigValueError, "must name its kind in the key backend", id="bare"),
        pytest.param("misspelt", ConfigValueError, "did you mean local?", id="misspelt-kind"),
        pytest.param("slip", UnknownKeyError, "the nearest is number-of-workers", id="slip"),
        pytest.param(
            "foreign", UnknownKeyError, "wallclock-time-limit is unknown to the backend local",
            id="another-backend's",
        ),
        pytest.param("wrong", ConfigValueError, "profiles.wrong.number-of-workers is 0", id="zero"),
        pytest.param("text", ConfigValueError, "must be a section with keys", id="no-section"),
    ],
)  # fmt: skip
def test_a_wrong_name_or_profile_is_told_in_one_line(
    name: str, error: type[DaskBackendError], words: str
) -> None:
    with dask.config.set({"backends.profiles": PROFILES}), pytest.raises(error) as caught:
        get_backend(name)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param("smal", "backends.default is 'smal': there is no backend", id="unknown"),
        pytest.param(3, "backends.default is 3: must be a string", id="number"),
        pytest.param("", "backends.default is '': must not be empty", id="empty"),
    ],
)
def test_a_wrong_default_is_named_by_its_key(value: Any, words: str) -> None:
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
