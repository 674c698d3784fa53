"""What tests of live backends share."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psutil
import pytest

from .stand_in import StandIn

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Return as soon as `condition` holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come about"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether a process runs; one that ended but has not been waited for does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def still_running(pids: Iterable[int]) -> list[int]:
    """Those of `pids` that run."""
    return [pid for pid in pids if is_running(pid)]


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., list[str]]:
    """Writes a plain script file and returns the command that runs it."""

    def write(text: str, *arguments: str) -> list[str]:
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(text))
        return [sys.executable, str(path), *arguments]

    return write


@pytest.fixture
def run_script(script: Callable[..., list[str]]) -> Run:
    """Runs a plain script file to its end."""

    def run(text: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
        return subprocess.run(
            script(text), capture_output=True, text=True, timeout=60, env=environ, check=False
        )

    return run


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A Slurm of the test's own, first on ``PATH``; jobs write where the test has its folder."""
    stand_in = StandIn(tmp_path / "slurm")
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{stand_in.programs}{os.pathsep}{path}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.chdir(tmp_path)
    try:
        yield stand_in
    finally:
        stand_in.close()
