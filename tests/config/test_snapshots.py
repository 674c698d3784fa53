"""Snapshots: what they hold and mask, and that they resolve as the process itself does."""

from __future__ import annotations

import ast
import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dask_backend_config.config import interpreter, merge, resolve
from dask_backend_config.config.snapshot_program import plain
from dask_backend_config.config.snapshots import Snapshot, read_snapshot
from dask_backend_config.core.errors import ConfigSourceError
from dask_backend_config.core.secrets import MASK
from dask_backend_config.doctor.facts import facts_of, gather_facts
from dask_backend_config.doctor.run import run_checks
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
@pytest.mark.timeout(600)
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


def test_the_program_has_no_name_twice_and_no_import_of_this_package() -> None:
    tree = ast.parse(interpreter.program(), feature_version=(3, 8))
    names = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    names += [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    assert sorted(names) == sorted({*names})
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [node for node in imports if node.level or "dask" in (node.module or "")]


def test_a_process_gives_the_text_of_the_program_as_other_code(user_folder: Path) -> None:
    """As ``run_function`` of distributed would."""
    space: dict[str, Any] = {"__name__": "sent"}
    exec(interpreter.program(), space)
    taken = space["collect"](is_new=True)
    ours = interpreter.snapshot_of_new_process().data
    assert {**taken, "taken": ""} == {**ours, "taken": ""}


def test_no_secret_is_in_a_snapshot(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (user_folder / "a.yaml").write_text(f"gateway: {{auth: {{api-token: {SECRET}}}}}\n# {SECRET}\n")
    monkeypatch.setenv("DASK_GATEWAY__AUTH__PASSWORD", SECRET)
    monkeypatch.setenv("DASK_GATEWAY__ADDRESS", f"https://host/{SECRET}")
    for taken in (interpreter.snapshot(), interpreter.snapshot(sys.executable)):
        assert SECRET not in taken.as_json()
        value = taken.resolution.value("gateway.auth.password")
        assert value is None or value.value == MASK
        assert len(taken.as_json()) < 100_000


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(lambda data: "[1, 2]", "x is not a snapshot", id="other-json"),
        pytest.param(lambda data: "{", "x is not a snapshot: Expecting", id="not-json"),
        pytest.param(lambda data: data | {"format": "a"}, "x is not a snapshot", id="other-format"),
        pytest.param(lambda data: data | {"version": 2}, "x is a snapshot of version 2, not 1", id="newer"),
        pytest.param(lambda data: data | {"files": 1}, "x is a broken snapshot: it.files is 1", id="type"),
        pytest.param(lambda data: data | {"files": [{}]}, "x is a broken snapshot: it.files[0] has no member path", id="member"),
        pytest.param(lambda data: data | {"running": {"config": {}}}, "x is a broken snapshot: it.running has no member defaults", id="running"),
        pytest.param(lambda data: data | {"packages": {}}, "dask is not installed", id="no-dask"),
        pytest.param(lambda data: data | {"packages": {"dask": data["packages"]["dask"] | {"version": "2024.1.0"}}}, "dask 2024.1.0; releases before 2024.12 are not", id="old"),
        pytest.param(lambda data: data | {"packages": {"dask": data["packages"]["dask"] | {"files": {"a": "!"}}}}, "x is a broken snapshot: a of dask", id="packed"),
    ],
)  # fmt: skip
def test_a_useless_snapshot_gets_one_line(
    change: Callable[[Any], Any], problem: str, user_folder: Path
) -> None:
    changed = change(dict(interpreter.snapshot_of_new_process().data))
    with pytest.raises(ConfigSourceError) as raised:
        read_snapshot(changed if isinstance(changed, str) else json.dumps(changed), "x")
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        pytest.param(None, "cannot be started: ", id="missing"),
        pytest.param("not a program", "cannot be started: ", id="no-program"),
        pytest.param("#!/bin/cat", "did not answer as Python", id="prints-the-program"),
        pytest.param("#!/bin/sh\nexit 3", "did not answer as Python: exit code 3", id="fails"),
        pytest.param("#!/bin/sh\nsleep 60 & sleep 60", "did not answer within 1 s", id="hangs"),
        pytest.param("#!/bin/sh\necho dask-configuration-snapshot:rubbish", "is not a snapshot", id="rubbish"),
        pytest.param(f"#!/bin/sh\nexec {sys.executable} -S -", "dask is not installed", id="no-dask"),
    ],
)  # fmt: skip
def test_what_is_not_an_interpreter_gets_one_line(
    script: str | None, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        interpreter, "LIMIT", 1 if "hangs" in os.environ["PYTEST_CURRENT_TEST"] else 60
    )
    path = tmp_path / "python"
    if script is not None:
        path.write_text(script)
        path.chmod(0o755)
    with pytest.raises(ConfigSourceError) as raised:
        interpreter.snapshot(str(path))
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_folder_of_an_environment_is_enough(tmp_path: Path, user_folder: Path) -> None:
    with pytest.raises(ConfigSourceError, match="not an environment"):
        interpreter.snapshot(str(tmp_path))
    found = interpreter.snapshot(sys.prefix)
    assert found.data["executable"] == os.path.join(sys.prefix, "bin", "python")


def test_the_doctor_finds_in_a_snapshot_what_it_finds_here(mixed_sources: Path) -> None:
    (mixed_sources / "e.yaml").write_text(
        "distributed:\n  wroker: 1\n  comm: {tls: {ca-file: /x}}\n"
    )
    facts = facts_of(interpreter.snapshot_of_new_process())
    here = run_checks(gather_facts(), ignore=["missing-file"])
    assert here
    assert run_checks(facts) == here
    (mixed_sources / "f.yaml").write_text("a: [\n")
    facts = facts_of(interpreter.snapshot_of_new_process())
    assert run_checks(facts) == run_checks(gather_facts(), ignore=["missing-file"])
    assert facts.breaks_dask


def test_the_known_keys_are_those_of_the_packages_there(user_folder: Path) -> None:
    data = interpreter.snapshot_of_new_process().data
    packages = {name: data["packages"][name] for name in ("dask", "distributed")}
    found = read_snapshot(json.dumps({**data, "packages": packages}), "x")
    assert found.resolution.value("backends.default") is None
    assert found.resolution.value("jobqueue.slurm.queue") is None
    default = found.resolution.value("distributed.worker.daemon")
    assert default is not None
    assert default.origin.name == "distributed"
