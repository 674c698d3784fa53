"""Snapshots: what they hold and mask, and that they resolve as the process itself does."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dask_backend_config.config import interpreter, resolve, snapshots
from dask_backend_config.config.snapshot_program import collect
from dask_backend_config.config.snapshots import Snapshot, read_snapshot
from dask_backend_config.core.errors import ConfigSourceError
from dask_backend_config.core.secrets import MASK, Masker, masked
from dask_backend_config.doctor.facts import facts_of, gather_facts
from dask_backend_config.doctor.run import run_checks
from tests import trees

SECRET = "Zq7!x-9w2k"
#: Interpreters whose dask is asked what it reads, joined by ``:``; this one is always asked.
INTERPRETERS = [sys.executable, *filter(None, os.environ.get("OTHER_PYTHONS", "").split(":"))]


@pytest.fixture
def mixed_sources(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files and variables of every kind."""
    (user_folder / "a.yaml").write_text(
        "distributed:\n  comm: {timeouts: {connect: 5s}}\n  worker: {memory: {target: 2}}\n"
    )
    (user_folder / "b.yaml").write_bytes(b"connect-timeout: 20s\r\ntemporary_directory: /x\r\n")
    (user_folder / "c.json").write_text('{"dates": [2026-01-31, 1.5]}')
    (user_folder / "d.yaml").write_text("# all: comments\n")
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING", "no")
    monkeypatch.setenv("DASK_TUPLE", "1,2")
    inherited = base64.urlsafe_b64encode(json.dumps({"array": {"x": [1]}}).encode()).decode()
    monkeypatch.setenv("DASK_INTERNAL_INHERIT_CONFIG", inherited)
    return user_folder


def test_a_snapshot_resolves_as_the_process_does(mixed_sources: Path) -> None:
    found = interpreter.snapshot_of_new_process()
    assert found.resolution.values() == resolve.fresh(resolve.gather()).values()


def test_a_snapshot_of_a_running_process_has_its_code(mixed_sources: Path) -> None:
    script = (
        "import dask, distributed, dask_backend_config as d\n"
        "dask.config.set({'array.x': (1, 2), 'distributed.worker.daemon': True})\n"
        "print(d.snapshot().as_json())\n"
        "import json\n"
        "print(json.dumps({k: v.as_json() for k, v in d.show().items()}, default=repr), end='')\n"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    text, _, own = printed.stdout.decode().rpartition("\n")
    found = read_snapshot(text, "x").resolution.values()
    seen = {key: value.as_json() for key, value in found.items()}
    assert json.loads(json.dumps(seen, default=repr)) == json.loads(own)
    assert found["array.x"].origin.kind == "code"
    assert found["temporary-directory"].origin.line == 2
