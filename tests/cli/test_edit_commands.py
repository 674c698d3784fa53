"""The commands that write files: ``set``, ``unset``, ``apply``, ``restore``, ``init``, ``doctor --fix``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dask.config
import distributed
import pytest
import yaml

from dask_backend_config.catalogue import shipped
from tests.cli.conftest import Run

TEMPLATE = Path(distributed.__file__).with_name("distributed.yaml")


@pytest.fixture
def template(user_folder: Path) -> Path:
    """distributed's template, as dask used to write it into homes."""
    dask.config.ensure_file(str(TEMPLATE), str(user_folder))
    return user_folder / "distributed.yaml"


def _changed(before: str, after: str) -> list[tuple[str, str]]:
    old, new = before.splitlines(), after.splitlines()
    assert len(old) == len(new)
    return [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]


def test_set_uncomments_one_key_of_a_template_and_its_parents(run: Run, template: Path) -> None:
    before = template.read_text()
    result = run("set", "distributed.worker.daemon", "false")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "wrote ~/.config/dask/distributed.yaml\n"
    assert _changed(before, template.read_text()) == [
        ("# distributed:", "distributed:"),
        ("#   worker:", "  worker:"),
        ("#     daemon: True", "    daemon: False"),
    ]


def test_set_creates_the_file_and_its_folder(run: Run, home: Path) -> None:
    assert run("set", "temporary-directory", "/scratch").exit_code == 0
    path = home / ".config" / "dask" / "dask.yaml"
    assert yaml.safe_load(path.read_text()) == {"temporary-directory": "/scratch"}


def test_a_repeated_set_writes_nothing(run: Run, template: Path) -> None:
    run("set", "distributed.worker.daemon", "false")
    before = template.stat()
    result = run("set", "distributed.worker.daemon", "false")
    assert (result.exit_code, result.stdout) == (
        0,
        "~/.config/dask/distributed.yaml: already set; nothing changed\n",
    )
    assert template.stat().st_mtime_ns == before.st_mtime_ns


def test_a_dry_run_prints_a_diff_and_writes_nothing(run: Run, template: Path, home: Path) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    result = run("set", "distributed.worker.daemon", "false", "--dry-run")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == [
        "--- ~/.config/dask/distributed.yaml",
        "+++ ~/.config/dask/distributed.yaml",
    ]
    assert "-#     daemon: True" in lines
    assert "+    daemon: False" in lines
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        pytest.param(
            "distributed.wroker.daemon", "false", "distributed.worker", id="misspelt-section"
        ),
        pytest.param("distributed.comm.timeouts.connect", "10 parsecs", "10 parsecs", id="value"),
        pytest.param("jobqueue.slurm.walltime", "12:00:00", "base 60", id="base-60"),
        pytest.param("backends.local.number-of-workers", "two", "two", id="ours"),
        pytest.param("distributed.worker.daemon", "[", "not valid YAML", id="no-yaml"),
        pytest.param("distributed..daemon", "1", "is not a key", id="empty-part"),
    ],
)
def test_set_refuses_a_value_in_which_the_doctor_finds_an_error(
    run: Run, key: str, value: str, words: str, home: Path
) -> None:
    result = run("set", key, value)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    assert words in result.stderr
    assert list(home.rglob("*.yaml")) == []


def test_set_writes_a_misspelt_key_when_forced(run: Run, home: Path) -> None:
    assert run("set", "distributed.wroker.daemon", "false", "--force").exit_code == 0
    path = home / ".config" / "dask" / "distributed.yaml"
    assert yaml.safe_load(path.read_text()) == {"distributed": {"wroker": {"daemon": False}}}


def test_set_names_the_variable_that_overrides_it_and_exits_1(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__DAEMON", "True")
    result = run("set", "distributed.worker.daemon", "false")
    assert result.exit_code == 1
    assert "wrote ~/.config/dask/distributed.yaml" in result.stdout
    assert "no effect" in result.stderr
    assert "DASK_DISTRIBUTED__WORKER__DAEMON" in result.stderr


def test_set_edits_the_highest_file_that_sets_the_key(run: Run, user_folder: Path) -> None:
    low, high = user_folder / "a.yaml", user_folder / "z.yaml"
    low.write_text("distributed: {worker: {daemon: true}}\n")
    high.write_text("distributed: {worker: {daemon: true}}  # mine\n")
    assert run("set", "distributed.worker.daemon", "false").exit_code == 0
    assert low.read_text() == "distributed: {worker: {daemon: true}}\n"
    assert high.read_text() == "distributed: {worker: {daemon: false}}  # mine\n"


def test_set_in_a_lower_file_names_the_file_that_overrides_it(run: Run, user_folder: Path) -> None:
    low, high = user_folder / "a.yaml", user_folder / "z.yaml"
    low.write_text("distributed: {worker: {daemon: true}}\n")
    high.write_text("distributed: {worker: {daemon: true}}\n")
    result = run("set", "distributed.worker.daemon", "false", "--file", str(low))
    assert result.exit_code == 1
    assert "z.yaml:1:32" in result.stderr


@pytest.mark.parametrize("kind", ["file", "folder", "new-file", "new-folder"])
def test_set_edits_the_file_or_folder_in_dask_config(
    run: Run, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / ("mine.yaml" if "file" in kind else "mine")
    if kind == "file":
        place.write_text("# mine\n")
    elif kind == "folder":
        place.mkdir()
    monkeypatch.setenv("DASK_CONFIG", str(place))
    result = run("set", "distributed.worker.daemon", "false")
    path = place if "file" in kind else place / "distributed.yaml"
    assert (result.exit_code, result.stderr) == (0, "")
    assert yaml.safe_load(path.read_text()) == {"distributed": {"worker": {"daemon": False}}}


@pytest.mark.parametrize("name", ["elsewhere.yaml", "new/folder/dask.yaml", "new/folder/"])
@pytest.mark.parametrize("command", [["set", "distributed.worker.daemon", "false"], ["apply"]])
def test_a_file_that_dask_would_not_read_is_created_only_on_request(
    run: Run, tmp_path: Path, command: list[str], name: str
) -> None:
    options = ["--file", f"{tmp_path}/{name}"]
    result = run(*command, *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "does not exist" in result.stderr
    assert "--create" in result.stderr
    assert list(tmp_path.iterdir()) == []
    result = run(*command, *options, "--create")
    assert result.exit_code == 0
    assert "dask does not read" in result.stderr
    (path,) = tmp_path.rglob("*.yaml")
    assert "daemon: false" in path.read_text()
    assert run(*command, *options).exit_code == 0, "it exists now"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a: b: c\n", "distributed.yaml:1:", id="malformed"),
        pytest.param(
            "a:\n\tb: 1\n",
            "2:1: not edited: import dask fails: a line is indented with a tab (Indent it with spaces)",
            id="tab",
        ),
        pytest.param(
            "1: x\n",
            "1:1: not edited: import dask fails: the key 1 is not a string",
            id="number-as-key",
        ),
        pytest.param("a: 'b\nc: 1\n", "1:4: not edited: import dask fails: ", id="unclosed"),
        pytest.param(
            "- a: 1\n",
            "the top level is a list, not a mapping (Write a: without the '- ' before it)",
            id="list",
        ),
        pytest.param("distributed: {worker: &w {daemon: true}, x: *w}\n", "1:", id="anchor"),
        pytest.param("distributed: 5\n", "1:", id="scalar-in-the-way"),
    ],
)
def test_a_refused_edit_names_the_place_and_writes_nothing(
    run: Run, user_folder: Path, text: str, words: str
) -> None:
    path = user_folder / "distributed.yaml"
    path.write_text(text)
    result = run("set", "distributed.worker.daemon", "false", "--file", str(path))
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert words in result.stderr
    assert path.read_text() == text


def test_unset_removes_one_key_and_prints_the_new_value(run: Run, user_folder: Path) -> None:
    path = user_folder / "distributed.yaml"
    path.write_text(
        "# top\ndistributed:\n  worker:\n    daemon: true  # why\n  # next\n  version: 2\n"
    )
    result = run("unset", "distributed.worker.daemon")
    assert result.exit_code == 0
    assert path.read_text() == "# top\ndistributed:\n  # next\n  version: 2\n"
    assert (
        "distributed.worker.daemon is now false (default of dask_backend_config)" in result.stdout
    )


@pytest.mark.parametrize("file", [False, True], ids=["anywhere", "in-a-file"])
def test_unset_of_a_key_that_is_not_set_is_an_error(
    run: Run, user_folder: Path, file: bool
) -> None:
    (user_folder / "a.yaml").write_text("x: 1\n")
    arguments = ["--file", str(user_folder / "a.yaml")] if file else []
    result = run("unset", "distributed.worker.daemon", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "explain distributed.worker.daemon" in result.stderr


def test_apply_writes_a_new_file_with_comments(run: Run, home: Path) -> None:
    assert run("apply").exit_code == 0
    text = (home / ".config" / "dask" / "distributed.yaml").read_text()
    assert text == shipped.text(shipped.RECOMMENDED)


def test_apply_changes_at_most_nine_lines_of_a_template(run: Run, template: Path) -> None:
    before = template.read_text()
    assert run("apply").exit_code == 0
    assert len(_changed(before, template.read_text())) <= 9
    assert yaml.safe_load(template.read_text()) == shipped.read(shipped.RECOMMENDED)
    assert "nothing changed" in run("apply").stdout


def test_apply_prints_each_change(run: Run, user_folder: Path) -> None:
    text = "distributed: {comm: {timeouts: {connect: 60s, tcp: 30s}}, worker: {daemon: null}}\n"
    (user_folder / "distributed.yaml").write_text(text)
    changes = [
        "  distributed.worker.daemon: null -> false",
        "  distributed.comm.timeouts.connect: '60s' -> '10s'",
        "  distributed.deploy.lost-worker-timeout: not set -> '15s'",
    ]
    assert run("apply", "--dry-run").stderr.splitlines() == changes
    assert run("apply").stdout.splitlines()[1:] == changes
    assert run("apply").stdout.splitlines()[1:] == []


def test_apply_names_the_variable_that_overrides_a_setting(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "60s")
    result = run("apply")
    assert result.exit_code == 1
    assert "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT" in result.stderr


def test_restore_undoes_the_last_edit_and_redoes_it(run: Run, template: Path) -> None:
    before = template.read_bytes()
    run("apply")
    after = template.read_bytes()
    assert run("restore").stdout == "restored ~/.config/dask/distributed.yaml\n"
    assert template.read_bytes() == before
    run("restore")
    assert template.read_bytes() == after
    assert len(run("restore", "--list").stdout.splitlines()) >= 2


def test_restore_takes_the_backup_that_is_named(run: Run, user_folder: Path) -> None:
    paths = [user_folder / name for name in ("a.yaml", "b.yaml")]
    for path in paths:
        path.write_text("temporary-directory: /first\n")
        for place in ("/second", "/third"):
            run("set", "temporary-directory", place, "--file", str(path))
    listed = run("restore", "--list").stdout.splitlines()
    assert ["b.yaml" in line for line in listed] == [True, True, False, False]
    oldest = listed[-1].split()[0]
    result = run("restore", oldest)
    assert result.stdout.startswith(f"restored ~/.config/dask/a.yaml from backup {oldest}, ")
    assert paths[0].read_text() == "temporary-directory: /first\n"
    assert run("restore", str(paths[0])).exit_code == 0
    assert [path.read_text() for path in paths] == ["temporary-directory: /third\n"] * 2
    assert run("restore", "b.yaml").exit_code == 0
    assert paths[1].read_text() == "temporary-directory: /second\n"
    assert "restore --list" in run("restore", "77").stderr


def test_set_after_init_edits_the_line_of_an_empty_section(run: Run, user_folder: Path) -> None:
    run("init")
    path = user_folder / "backends.yaml"
    before = path.read_text().splitlines()
    assert run("set", "backends.slurm.queue-name", "x").exit_code == 0
    after = path.read_text().splitlines()
    place = before.index("#   slurm: {}")
    assert after[place : place + 2] == ["  slurm:", "    queue-name: x"]
    assert len(after) == len(before) + 1


def test_restore_without_a_backup_is_an_error(run: Run) -> None:
    result = run("restore")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")


def test_init_writes_a_template_in_which_every_key_is_a_comment(run: Run, home: Path) -> None:
    assert run("init").exit_code == 0
    path = home / ".config" / "dask" / "backends.yaml"
    assert yaml.safe_load(path.read_text()) is None
    uncommented = "".join(
        line.removeprefix("# ") if line.startswith("#  ") or ":" in line else line
        for line in path.read_text().splitlines(keepends=True)
    )
    assert "number-of-workers" in uncommented
    result = run("set", "backends.local.number-of-workers", "3")
    assert (result.exit_code, result.stderr) == (0, "")
    assert yaml.safe_load(path.read_text()) == {"backends": {"local": {"number-of-workers": 3}}}


def test_init_never_writes_over_a_file(run: Run, user_folder: Path) -> None:
    path = user_folder / "backends.yaml"
    path.write_text("")
    result = run("init")
    assert result.exit_code == 1
    assert "exists" in result.stderr
    assert path.read_text() == ""


BROKEN = """\
# notes of years
jobqueue:
  slurm:
    walltime: 12:00:00   # a day's half
    job-script-prologue: module load x
    project: chem        # ours
distributed:
  worker:
    daemon: true         # tried in 2021
"""
FIXED = """\
# notes of years
jobqueue:
  slurm:
    walltime: '12:00:00' # a day's half
    job-script-prologue: [module load x]
    account: chem        # ours
distributed:
  worker:
    daemon: true         # tried in 2021
"""


def test_fix_makes_safe_fixes_and_reports_the_other_findings(run: Run, user_folder: Path) -> None:
    path = user_folder / "dask.yaml"
    path.write_text(BROKEN)
    result = run("doctor", "--fix")
    assert path.read_text() == FIXED
    assert "fixed 3 findings in ~/.config/dask/dask.yaml" in result.stderr
    assert "recommendation-undone" in result.stdout
    assert "1 fixable with --fix --unsafe-fixes" in result.stdout
    assert result.exit_code == 1


def test_unsafe_fixes_are_made_on_request(run: Run, user_folder: Path) -> None:
    path = user_folder / "dask.yaml"
    path.write_text(BROKEN)
    result = run("doctor", "--fix", "--unsafe-fixes")
    assert result.exit_code == 0
    assert yaml.safe_load(path.read_text())["distributed"] == {"worker": {"daemon": False}}
    assert "No problems" in result.stdout


def test_fix_with_dry_run_prints_a_diff_and_writes_nothing(run: Run, user_folder: Path) -> None:
    path = user_folder / "dask.yaml"
    path.write_text(BROKEN)
    result = run("doctor", "--fix", "--dry-run")
    assert path.read_text() == BROKEN
    assert "-    walltime: 12:00:00   # a day's half" in result.stdout.splitlines()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("hdfs-driver: x\nx: 1\n", {"x": 1}, id="removed-key"),
        pytest.param(
            "connect-timeout: 10s\n",
            {"distributed": {"comm": {"timeouts": {"connect": "10s"}}}},
            id="renamed-key",
        ),
        pytest.param(
            "distributed.worker.daemon: false\n",
            {"distributed": {"worker": {"daemon": False}}},
            id="dotted-key",
        ),
        pytest.param(
            "worker: {daemon: false}\n",
            {"distributed": {"worker": {"daemon": False}}},
            id="wrapper",
        ),
        pytest.param(
            "worker:\n  daemon: false\ndistributed: {worker: {preload: []}}\n",
            {"distributed": {"worker": {"daemon": False, "preload": []}}},
            id="wrapper-of-a-section-that-exists",
        ),
        pytest.param(
            "scheduler: {work-stealing: false}\nworker: {daemon: false}\n",
            {"distributed": {"scheduler": {"work-stealing": False}, "worker": {"daemon": False}}},
            id="two-wrappers",
        ),
        pytest.param(
            "#distributed:\n#  worker:\n    daemon: false\n",
            {"distributed": {"worker": {"daemon": False}}},
            id="sections-above-still-commented",
        ),
        pytest.param(
            "distributed: {worker: {allowed-failures: 5}}\n",
            {"distributed": {"scheduler": {"allowed-failures": 5}}},
            id="wrong-section",
        ),
        pytest.param(
            "distributed: {worker: {daemon: 'False'}}\n",
            {"distributed": {"worker": {"daemon": False}}},
            id="word",
        ),
        pytest.param(
            "jobqueue: {slurm: {job-script-prologue: null}}\n",
            {"jobqueue": {"slurm": {"job-script-prologue": []}}},
            id="null-for-a-list",
        ),
    ],
)
def test_a_safe_fix_leaves_nothing_for_the_doctor(
    run: Run, user_folder: Path, text: str, expected: object
) -> None:
    path = user_folder / "dask.yaml"
    path.write_text(text)
    result = run("doctor", "--fix")
    assert yaml.safe_load(path.read_text()) == expected
    assert (result.exit_code, result.stdout.split(" in ")[0]) == (0, "No problems found")


def test_set_does_not_import_dask(home: Path) -> None:
    program = (
        "import sys, _dask_backend_config_cli as command\n"
        "sys.argv = ['dask-backend-config', 'set', 'distributed.worker.daemon', 'false']\n"
        "try: command.main()\n"
        "except SystemExit: pass\n"
        "print([n for n in ('dask', 'distributed', 'dask_jobqueue') if n in sys.modules])"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, env=dict(os.environ), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"


KEYS = [f"distributed.scheduler.default-task-durations.task{number}" for number in range(5)]


def test_many_commands_at_once_lose_no_update(user_folder: Path) -> None:
    (user_folder / "distributed.yaml").write_text("# notes\ndistributed:\n  version: 2\n")
    command = [sys.executable, "-m", "dask_backend_config", "set"]
    running = [
        subprocess.Popen([*command, key, "1s"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for key in KEYS
    ]
    outputs = [process.communicate(timeout=90) for process in running]
    assert [process.returncode for process in running] == [0] * len(KEYS), outputs
    text = (user_folder / "distributed.yaml").read_text()
    durations = yaml.safe_load(text)["distributed"]["scheduler"]["default-task-durations"]
    assert durations == {key.rpartition(".")[2]: "1s" for key in KEYS}
    assert text.startswith("# notes\n")
