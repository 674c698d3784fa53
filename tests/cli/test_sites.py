"""Check and write files for other machines and for all users, as administrators and CI do."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from dask_backend_config.catalogue import shipped
from tests.cli.conftest import Run
from tests.consoles import write_programs
from tests.doctor.checks.conftest import SLURM

ROOT = Path(__file__).parents[2]
NOBODY = 65534
RECOMMENDED = shipped.text(shipped.RECOMMENDED)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root writes for all users")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a configuration of two files, one of which has a mistake in line 3."""
    folder = tmp_path / "dask"
    folder.mkdir()
    (folder / "backends.yaml").write_text("backends:\n  default: gpu\n")
    (folder / "jobqueue.yaml").write_text(
        "jobqueue:\n  slurm:\n    walltime: 12:00:00\n"
        "backends:\n  profiles:\n    gpu: {backend: slurm}\n"
    )
    return folder


def _found(result: Result) -> list[tuple[str, str]]:
    findings = json.loads(result.stdout)["findings"]
    return [(finding["id"], os.path.basename(finding["origin"]["path"])) for finding in findings]


def test_a_folder_is_checked_as_the_configuration_of_a_machine(run: Run, site: Path) -> None:
    result = run("doctor", "--file", site, "--format", "json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert _found(result) == [("base-60-number", "jobqueue.yaml")]
    read = [os.path.basename(file["path"]) for file in json.loads(result.stdout)["files"]]
    assert read == ["backends.yaml", "jobqueue.yaml"]


def test_a_file_is_checked_alone(run: Run, site: Path) -> None:
    result = run("doctor", "--file", site / "backends.yaml", "--format", "json")
    assert _found(result) == [("undefined-profile", "backends.yaml")]


@pytest.mark.parametrize("repeated", [True, False], ids=["option-again", "paths-behind-it"])
def test_the_last_of_several_files_is_the_highest(run: Run, tmp_path: Path, repeated: bool) -> None:
    low, high = tmp_path / "z.yaml", tmp_path / "a.yaml"
    low.write_text("distributed: {worker: {daemon: true}}\n")
    high.write_text("distributed: {worker: {daemon: false}}\n")
    between = ["--file"] if repeated else []
    assert run("doctor", "--file", low, *between, high).exit_code == 0
    assert run("doctor", "--file", high, *between, low).exit_code == 1


def test_whole_folders_of_files_are_checked(run: Run, site: Path) -> None:
    result = run("doctor", "--whole-folders", site / "backends.yaml", "--format", "json")
    assert _found(result) == [("base-60-number", "jobqueue.yaml")]


def test_a_file_name_without_a_folder_is_in_the_working_directory(
    run: Run, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site)
    result = run("doctor", "--whole-folders", "backends.yaml", "jobqueue.yaml")
    assert "jobqueue.yaml\n  3:15" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("1 error in 2 files;")


def test_files_and_variables_of_the_user_are_ignored(
    run: Run, site: Path, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (user_folder / "broken.yaml").write_text("a: b: c\n")
    monkeypatch.setenv("DASK_DISTRIBUTED__WROKER", "1")
    monkeypatch.setenv("DASK_CONFIG", "/no/such/file")
    monkeypatch.setenv("DASK_INTERNAL_INHERIT_CONFIG", "x")
    result = run("doctor", "--file", site, "--ignore", "base-60-number")
    assert (result.exit_code, result.stdout) == (0, "No problems found in 2 files\n")


def test_no_scheduler_is_asked(
    run: Run, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked"
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("scontrol", "sinfo"):
        (programs / name).write_text(f"#!/bin/sh\necho asked >> {asked}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    run("doctor", "--file", site)
    assert not asked.exists()
    monkeypatch.setenv("DASK_CONFIG", str(site))
    run("doctor")
    assert asked.exists(), "these programs would be asked"


def test_live_checks_the_backend_that_it_starts(
    run: Run, user_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "backends: {default: local, slurm: {queue-name: nosuch}}\n"
    (user_folder / "backends.yaml").write_text(text)
    write_programs(tmp_path / "bin", SLURM)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert "unknown-queue" not in run("doctor").stdout
    result = run("doctor", "--live", "slurm")
    assert "1:48   error    unknown-queue" in result.stdout
    assert result.exit_code == 1
    assert "sbatch" in result.stderr


def test_fixes_are_made_in_named_files(run: Run, site: Path) -> None:
    before = (site / "jobqueue.yaml").read_text()
    result = run("doctor", "--file", site, "--fix", "--dry-run")
    assert "+    walltime: '12:00:00'" in result.stdout.splitlines()
    assert (site / "jobqueue.yaml").read_text() == before
    result = run("doctor", "--file", site, "--fix")
    assert (result.exit_code, result.stdout) == (0, "No problems found in 2 files\n")
    assert "'12:00:00'" in (site / "jobqueue.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--file", "nowhere"], "'nowhere' does not exist", id="missing"),
        pytest.param(["dask"], "Write --file in front of it", id="no-option"),
        pytest.param(["--whole-folders"], "requires a file", id="no-file"),
        pytest.param(["--live", "--file", "dask"], "remove --file", id="live"),
        pytest.param(
            ["--file", "dask", "--select", "unknown-queue"], "'unknown-queue' asks", id="asks"
        ),
    ],
)
def test_a_usage_error_is_one_line(
    run: Run, site: Path, arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.parent)
    result = run("doctor", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr.splitlines()[-1]


def test_a_folder_without_dask_files_is_noted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dask.yml.bak").write_text("a: 1\n")
    result = run("doctor", "--file", tmp_path)
    assert (result.exit_code, result.stdout) == (0, "No problems found (no dask files here)\n")
    assert "dask reads no file in this folder" in result.stderr


# Files for all users


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What /etc/dask is to dask: a folder that does not exist yet."""
    folder = tmp_path / "etc" / "dask"
    monkeypatch.setenv("DASK_ROOT_CONFIG", str(folder))
    return folder


@pytest.fixture
def closed_umask() -> Iterator[None]:
    """The umask of an administrator whose new files nobody else reads."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("named", ["", "/", "/distributed.yaml"], ids=["folder", "slash", "file"])
@pytest.mark.usefixtures("closed_umask")
def test_all_users_can_read_what_apply_makes_for_them(run: Run, shared: Path, named: str) -> None:
    result = run("apply", "--file", f"{shared}{named}")
    path = shared / "distributed.yaml"
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0] == f"wrote {path}"
    assert path.read_text() == RECOMMENDED
    assert [_mode(place) for place in (shared.parent, shared, path)] == [0o755, 0o755, 0o644]


@pytest.mark.usefixtures("closed_umask")
def test_init_and_set_write_for_all_users_too(run: Run, shared: Path) -> None:
    assert run("init", "--file", shared).exit_code == 0
    assert run("set", "temporary-directory", "/scratch", "--file", shared).exit_code == 0
    modes = {path.name: _mode(path) for path in shared.iterdir()}
    assert modes == {"backends.yaml": 0o644, "dask.yaml": 0o644}


@pytest.mark.usefixtures("closed_umask")
def test_a_secret_is_not_readable_by_all_users(run: Run, shared: Path) -> None:
    result = run("set", "gateway.auth.kwargs.password", "x", "--file", shared / "g.yaml", "--force")
    assert (result.exit_code, _mode(shared / "g.yaml")) == (0, 0o600)
    assert f"not all users can read {shared / 'g.yaml'}" in result.stderr


@pytest.mark.usefixtures("closed_umask")
def test_a_file_of_the_user_has_the_mode_of_the_umask(run: Run, shared: Path, home: Path) -> None:
    run("apply")
    assert _mode(home / ".config" / "dask" / "distributed.yaml") == 0o600


def test_the_file_that_sets_the_key_is_edited(run: Run, shared: Path) -> None:
    shared.mkdir(parents=True)
    shared.chmod(0o755)
    mine = shared / "50-site.yaml"
    mine.write_text("# ours\ndistributed:\n  worker:\n    daemon: true\n")
    mine.chmod(0o644)
    assert run("set", "distributed.worker.daemon", "false", "--file", shared).exit_code == 0
    assert mine.read_text() == "# ours\ndistributed:\n  worker:\n    daemon: false\n"
    assert [path.name for path in shared.iterdir()] == ["50-site.yaml"]
    assert run("unset", "distributed.worker.daemon", "--file", shared).exit_code == 0
    assert mine.read_text() == "# ours\n"


def test_a_file_that_not_all_users_can_read_is_noted(run: Run, shared: Path) -> None:
    shared.mkdir(parents=True)
    shared.chmod(0o750)
    (shared / "distributed.yaml").write_text("# ours\n")
    (shared / "distributed.yaml").chmod(0o640)
    result = run("apply", "--file", shared)
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        f"note: not all users can read {shared}. Run: chmod 755 {shared}",
        f"note: not all users can read {shared / 'distributed.yaml'}. "
        f"Run: chmod 644 {shared / 'distributed.yaml'}",
    ]
    assert _mode(shared / "distributed.yaml") == 0o640, "who closed it meant it"


@as_root
def test_owner_and_mode_of_a_sites_file_are_kept(run: Run, shared: Path) -> None:
    shared.mkdir(parents=True)
    path = shared / "distributed.yaml"
    path.write_text("# ours\n")
    path.chmod(0o664)
    os.chown(path, 1234, 5678)
    assert run("apply", "--file", shared).exit_code == 0
    found = path.stat()
    assert (found.st_uid, found.st_gid, _mode(path)) == (1234, 5678, 0o664)


@pytest.fixture
def open_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that all users can enter, with what is /etc/dask to dask, and a home for nobody."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        if not all(parent.stat().st_mode & stat.S_IXOTH for parent in place.parents):
            pytest.skip("the folder for temporary files is not open to all users")
        place.chmod(0o755)
        (place / "home").mkdir()
        os.chown(place / "home", NOBODY, NOBODY)
        monkeypatch.setenv("HOME", str(place / "home"))
        monkeypatch.setenv("DASK_ROOT_CONFIG", str(place / "dask"))
        yield place


@as_root
@pytest.mark.parametrize("exists", [True, False], ids=["old-file", "new-file"])
def test_a_missing_permission_is_an_error_of_one_line(open_place: Path, exists: bool) -> None:
    shared = open_place / "dask"
    shared.mkdir(mode=0o755)
    if exists:
        (shared / "distributed.yaml").write_text("# ours\n")
        (shared / "distributed.yaml").chmod(0o644)
    done = _as_nobody("apply", "--file", shared)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {shared / 'distributed.yaml'}: cannot be written: ")
    assert [path.name for path in shared.iterdir()] == ["distributed.yaml"][: int(exists)]


@as_root
@pytest.mark.usefixtures("closed_umask")
def test_a_user_sees_what_root_applied(run: Run, open_place: Path) -> None:
    run("apply", "--file", open_place / "dask")
    done = _as_nobody("explain", "distributed.comm.timeouts.connect")
    assert f"{open_place / 'dask' / 'distributed.yaml'}:" in done.stdout, done.stderr


def _as_nobody(command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a user without rights, with modules that root imported.

    The interpreter and its packages may lie in folders that only root can enter.
    """
    words = [command, *map(str, arguments)]
    program = (
        "import os, encodings.idna\n"
        "from dask_backend_config.catalogue import known_keys\n"
        "from dask_backend_config.config import resolve\n"
        f"from dask_backend_config.cli.commands import {command}\n"
        "from dask_backend_config.cli.main import cli\n"
        "resolve.fresh(resolve.gather({}, []))\n"
        f"cli.get_command(None, {command!r})\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        f"cli({words!r})\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd="/", env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


# The hook and the action

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
STEPS = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        pytest.param(".config/dask/distributed.yaml", True, id="dotfiles"),
        pytest.param("dask/dask.yml", True, id="top"),
        pytest.param("roles/cluster/files/etc/dask/50-site.json", True, id="deep"),
        pytest.param("dask/ci/environment.yaml", False, id="below-another-folder"),
        pytest.param("dask.yaml", False, id="no-folder"),
        pytest.param("dask/notes.md", False, id="no-configuration"),
        pytest.param("flask/a.yaml", False, id="another-name"),
    ],
)
def test_the_hook_runs_on_the_files_that_dask_reads(path: str, is_ours: bool) -> None:
    (hook,) = HOOKS
    assert bool(re.search(hook["files"], path)) is is_ours


@pytest.mark.parametrize("fine", [True, False], ids=["fixed", "broken"])
def test_the_hooks_command_judges_as_pre_commit_would_call_it(
    run: Run, site: Path, fine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.parent)
    (hook,) = HOOKS
    program, *entry = shlex.split(hook["entry"])
    args = ["--ignore", "base-60-number"] if fine else []
    result = run(*entry, *args, "dask/backends.yaml")
    assert program == "dask-backend-config"
    assert result.exit_code == (0 if fine else 1), result.output


def test_the_steps_of_the_action_are_bash() -> None:
    for step in STEPS:
        assert step["shell"] == "bash"
        subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True, timeout=30)


@pytest.mark.parametrize(
    ("options", "status", "first"),
    [
        pytest.param("", 1, "::error file=dask/jobqueue.yaml,line=3,col=15,", id="broken"),
        pytest.param("--ignore base-60-number", 0, "No problems found in 2 files", id="left-out"),
        pytest.param("--format sarif", 1, "{", id="another-format"),
    ],
)
def test_the_action_examines_the_named_files(
    site: Path, tmp_path: Path, options: str, status: int, first: str
) -> None:
    program = tmp_path / "dask-backend-config" / "bin" / "dask-backend-config"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dask_backend_config "$@"\n')
    program.chmod(0o755)
    inputs = {"FILES": "dask/backends.yaml\n\ndask/jobqueue.yaml\n", "OPTIONS": options}
    assert STEPS[-1]["env"].keys() == inputs.keys()
    environ = {**os.environ, **inputs, "RUNNER_TEMP": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environ["GITHUB_WORKSPACE"] = str(site.parent)
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[-1]["run"]]
    done = subprocess.run(
        command, cwd=site.parent, env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.startswith(first)
