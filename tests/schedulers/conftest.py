"""Start each scheduler once for all tests that run on it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends.conftest import wait_until

from .systems import LSF, OAR, PBS, REQUIRED, GridEngine, HTCondor, OpenLava, Slurm, System

#: Scheduler -> its class, and a program without which it cannot run here.
SYSTEMS: dict[str, tuple[type[System], str]] = {
    "slurm": (Slurm, "slurmctld"),
    "gridengine": (GridEngine, "/usr/lib/gridengine/sge_qmaster"),
    "oar": (OAR, "/usr/lib/oar/Almighty"),
    "pbs stand-in": (PBS, sys.executable),
    "lsf stand-in": (LSF, sys.executable),
}
#: Those on which only the tests run that are marked with ``ON_ALL`` or name them.
MORE_SYSTEMS: dict[str, tuple[type[System], str]] = {
    "openlava stand-in": (OpenLava, sys.executable),
    "htcondor stand-in": (HTCondor, sys.executable),
}


def _is_installed(program: str) -> bool:
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    return shutil.which(program, path=places) is not None


@pytest.fixture(
    scope="session",
    params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in SYSTEMS],
)
def running_system(request: pytest.FixtureRequest) -> Iterator[System]:
    """Start one scheduler after the other for all tests that need it."""
    kind, program = (SYSTEMS | MORE_SYSTEMS)[request.param]
    if not _is_installed(program):
        reason = f"{program} is not installed: see one-node/README.md"
        if os.environ.get(REQUIRED):
            pytest.fail(reason)
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="one-node-") as folder:
        system = kind(Path(folder) / request.param.replace(" ", "-"))
        system.start()
        try:
            yield system
        finally:
            system.stop()


@pytest.fixture
def system(
    running_system: System, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[System]:
    """Set the environment of the scheduler, and remove all jobs after the test."""
    for name, value in running_system.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    yield running_system
    for number in running_system.job_numbers():
        running_system.kill(number)
    wait_until(lambda: not running_system.job_numbers(), 30)
