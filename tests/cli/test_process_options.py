"""``snapshot``, and ``--python`` and ``--snapshot`` of the commands that read."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dask_backend_config.cli.main import cli
from tests.cli.conftest import Run
from tests.consoles import write_programs
from tests.doctor.checks.conftest import SLURM

TYPO = "distributed:\n  wroker: {daemon: true}\n  comm: {timeouts: {connect: 5s}}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("show", "--diff"), id="show"),
        pytest.param(("show", "distributed.comm", "--format", "json"), id="show-json"),
        pytest.param(("explain", "distributed.comm.timeouts.connect"), id="explain"),
        pytest.param(("explain", "distributed.comm.timeouts"), id="section"),
        pytest.param(("explain", "distributed.comm.timouts.connect"), id="unknown-key"),
        pytest.param(("doctor",), id="doctor"),
        pytest.param(("doctor", "--format", "json"), id="doctor-json"),
    ],
)
def test_a_command_answers_for_another_process_as_for_its_own(
    arguments: tuple[str, ...], run: Run, user_folder: Path, tmp_path: Path
) -> None:
    (user_folder / "a.yaml").write_text(TYPO)
    own = run(*arguments)
    saved = tmp_path / "saved.json"
    assert run("snapshot", "--output", saved).stderr == f"wrote {saved}\n"
    for option in (("--snapshot", saved), ("--python", sys.executable)):
        other = run(*arguments, *option)
        assert (other.output, other.exit_code) == (own.output, own.exit_code)
    text = run("snapshot").stdout
    piped = CliRunner().invoke(cli, [*arguments, "--snapshot", "-"], input=text)
    assert (piped.output, piped.exit_code) == (own.output, own.exit_code)


def test_a_broken_file_there_is_named(run: Run, user_folder: Path) -> None:
    (user_folder / "a.yaml").write_text("a: [\n")
    result = run("show", "--python", sys.executable)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ~/.config/dask/a.yaml:")
    assert run("doctor", "--python", sys.executable).exit_code == 1


def test_a_page_about_another_process_has_its_versions(
    run: Run, tmp_path: Path, user_folder: Path
) -> None:
    (user_folder / "a.yaml").write_text(TYPO)
    home = str(user_folder.parents[1])
    data = json.loads(run("snapshot").stdout.replace(home, "/Users/jane"))
    data.update(executable="/Users/jane/envs/a/bin/python", host="login1")
    data["packages"] = {"dask": {**data["packages"]["dask"], "version": "2024.12.1"}}
    saved = tmp_path / "saved.json"
    saved.write_text(json.dumps(data))
    page = run("doctor", "--snapshot", saved, "--format", "html", "--output", "-").output
    assert "2024.12.1" in page
    assert "Defaults of dask<" in page
    assert "Defaults of distributed<" not in page
    assert f"&lt;home&gt;/envs/a/bin/python on login1, {data['taken']}" in page
    assert ">~/.config/dask/a.yaml</h3>" in page
    assert "/Users/jane" not in page
    assert "<code>--file</code>" not in page


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        pytest.param(("show", "--python", "x", "--snapshot", "y"), 2, "either --python or", id="both"),
        pytest.param(("show", "--snapshot", "/none.json"), 1, "/none.json cannot be read: No such", id="no-file"),
        pytest.param(("show", "--python", "/none"), 1, "/none cannot be started: ", id="no-python"),
        pytest.param(("snapshot", "--python", "/none"), 1, "/none cannot be started: ", id="snapshot"),
        pytest.param(("doctor", "--fix", "--python", sys.executable), 2, "exclude --fix", id="fix"),
        pytest.param(("doctor", "--live", "--python", sys.executable), 2, "exclude --fix", id="live"),
        pytest.param(("doctor", "--file", ".", "--python", sys.executable), 2, "exclude --fix", id="file"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_gets_one_line(
    arguments: tuple[str, ...], code: int, problem: str, run: Run
) -> None:
    result = run(*arguments)
    assert result.exit_code == code
    assert problem in result.stderr.splitlines()[-1]


def test_the_own_packages_are_known_again_afterwards(run: Run, tmp_path: Path) -> None:
    data = json.loads(run("snapshot").stdout)
    data["packages"] = {name: data["packages"][name] for name in ("dask", "distributed")}
    saved = tmp_path / "saved.json"
    saved.write_text(json.dumps(data))
    assert run("show", "jobqueue.slurm.queue", "--snapshot", saved).exit_code == 1
    assert run("show", "jobqueue.slurm.queue").exit_code == 0


def test_nothing_is_written(run: Run, user_folder: Path) -> None:
    (user_folder / "a.yaml").write_text(TYPO)
    home = user_folder.parents[1]
    before = sorted((path, path.stat().st_mtime_ns) for path in home.rglob("*"))
    run("doctor", "--python", sys.executable)
    assert sorted((path, path.stat().st_mtime_ns) for path in home.rglob("*")) == before


def test_checks_of_this_machine_run_for_another_interpreter_on_it(
    run: Run, user_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and queues are those of this machine, modules those of the other interpreter."""
    (user_folder / "a.yaml").write_text(
        "distributed:\n"
        "  comm: {tls: {ca-file: /none.pem, client: {cert: /none.pem, key: /none.pem}}}\n"
        "  worker: {preload: [only_there, nowhere]}\n"
        "array: {backend: nowhere}\n"
        "backends: {default: slurm, slurm: {queue-name: nosuch}}\n"
    )
    (user_folder / "b.yaml.txt").write_text("distributed: {worker: {daemon: true}}\n")
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "only_there.py").touch()
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={modules} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    write_programs(tmp_path / "bin", SLURM)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    own = json.loads(run("doctor", "--format", "json").stdout)["findings"]
    there = json.loads(run("doctor", "--python", python, "--format", "json").stdout)["findings"]
    ids = {"missing-file", "missing-module", "unread-file", "unknown-queue"}
    assert ids <= {finding["id"] for finding in there}
    assert [finding for finding in own if finding not in there] == [
        next(finding for finding in own if "only_there" in finding["message"])
    ]
    assert [finding for finding in there if finding not in own] == []
    run("snapshot", "--output", tmp_path / "saved.json")
    saved = run("doctor", "--snapshot", tmp_path / "saved.json", "--format", "json").stdout
    assert not ids & {finding["id"] for finding in json.loads(saved)["findings"]}


def test_the_home_folder_of_another_process_is_a_tilde(
    run: Run, user_folder: Path, tmp_path: Path
) -> None:
    (user_folder / "a.yaml").write_text(TYPO)
    expected = run("show", "--diff").stdout
    home = str(user_folder.parents[1])
    saved = tmp_path / "saved.json"
    saved.write_text(run("snapshot").stdout.replace(home, "/Users/jane"))
    assert run("show", "--diff", "--snapshot", saved).stdout == expected
    assert "~/.config/dask/a.yaml" in expected
    assert run("show", "--diff").stdout == expected
