"""Fixtures and helpers for tests of running backends."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from .stand_in import StandIn

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Return when `condition` is true; fail if that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not true after {seconds:g} s"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Return True if a process runs; a zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def still_running(pids: Iterable[int]) -> list[int]:
    """Return the processes of `pids` that run."""
    return [pid for pid in pids if is_running(pid)]


def nanny_options(backend: Any) -> Mapping[str, Any]:
    """Return the options of each nanny of a local backend without groups."""
    from dask_backend_config.backends.local.nanny_options import local_groups_of_workers

    (group,) = local_groups_of_workers(backend._groups, backend._resources, None)
    return group.options


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., list[str]]:
    """Return a function that writes a script and returns the command that runs it."""

    def write(text: str, *arguments: str) -> list[str]:
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(text))
        return [sys.executable, str(path), *arguments]

    return write


@pytest.fixture
def run_script(script: Callable[..., list[str]]) -> Run:
    """Return a function that runs a script to its end."""

    def run(text: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
        return subprocess.run(
            script(text), capture_output=True, text=True, timeout=60, env=environ, check=False
        )

    return run


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Yield a fake Slurm on ``PATH``; the working directory is the test's folder."""
    stand_in = StandIn(tmp_path / "slurm")
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{stand_in.programs}{os.pathsep}{path}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.chdir(tmp_path)
    try:
        yield stand_in
    finally:
        stand_in.close()
