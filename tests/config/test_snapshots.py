"""Snapshots: what they hold and mask, and that they resolve as the process itself does."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dask_backend_config.config import interpreter, merge, resolve
from dask_backend_config.config.snapshot_program import plain
from dask_backend_config.config.snapshots import Snapshot, read_snapshot
from dask_backend_config.doctor.facts import facts_of
from tests import trees

SECRET = "Zq7!x-9w2k"
#: Interpreters whose dask is asked what it reads, joined by ``:``; this one is always asked.
EXAMPLES = int(os.environ.get("EXAMPLES", "8"))
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


class Server:
    """A process of an interpreter that answers what its dask reads, see dask_server.py."""

    def __init__(self, python: str) -> None:
        server = Path(__file__).with_name("dask_server.py").read_text()
        program = interpreter.program().replace('if __name__ == "__main__"', "if False")
        self.process = subprocess.Popen(
            [python, "-B", "-c", program + server],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def ask(self, variables: dict[str, str]) -> tuple[Snapshot, Any]:
        """Return the snapshot, and the configuration; None if ``import dask`` fails."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(variables) + "\n")
        self.process.stdin.flush()
        taken, config = self.process.stdout.readline().split("\t")
        return read_snapshot(taken, "x"), json.loads(config)

    def close(self) -> None:
        self.process.communicate()


@pytest.fixture(scope="module", params=INTERPRETERS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(request.param)
    yield server
    server.close()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(trees.files, max_size=3), trees.variables, trees.inherited)
def test_the_values_are_those_of_the_dask_there(
    server: Server,
    tmp_path: Path,
    files: list[Any],
    variables: dict[str, str],
    inherited: str | None,
) -> None:
    folder = tmp_path / ".config" / "dask"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, data in enumerate(files):
        (folder / f"{number}.yaml").write_text("" if data is None else yaml.safe_dump(data))
    if inherited:
        variables = {**variables, "DASK_INTERNAL_INHERIT_CONFIG": inherited}
    given = {"HOME": str(tmp_path), "DASK_ROOT_CONFIG": str(tmp_path / "none"), **variables}
    found, config = server.ask(given)
    if config is None:
        assert facts_of(found).breaks_dask
    else:
        assert not facts_of(found).breaks_dask
        assert plain(merge.plain(found.resolution.tree)) == config
