"""``migrate``: which files it writes, and what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from .conftest import Run

OLD = "jobqueue:\n  slurm:\n    cores: 2\n    memory: 8 GB  # of a job\n    job-mem: 9G\n"
NEW = """\
backends:
  slurm:
    resources-per-worker:
      number-of-threads: 2
      # memory was 8 GB for the whole job
      per-thread-memory-limit: 4 GB  # of a job
jobqueue:
  slurm:
    job-mem: 9G
"""


def test_a_dry_run_prints_the_diff_and_writes_nothing(run: Run, user_folder: Path) -> None:
    path = user_folder / "jobqueue.yaml"
    path.write_text(OLD)
    result = run("migrate", "--dry-run")
    assert result.exit_code == 0
    assert "+      per-thread-memory-limit: 4 GB  # of a job\n" in result.stdout
    assert path.read_text() == OLD


def test_each_key_is_printed_and_restore_undoes_the_edit(run: Run, user_folder: Path) -> None:
    path = user_folder / "jobqueue.yaml"
    path.write_text(OLD)
    before = run("job-script", "slurm").stdout
    result = run("migrate")
    assert (result.exit_code, path.read_text()) == (0, NEW)
    assert "8 GB' -> '4 GB'" in result.stdout
    assert "jobqueue.slurm.job-mem: no key of the backends replaces it" in result.stderr
    assert "dask_jobqueue" in result.stderr
    assert run("job-script", "slurm").stdout == before
    assert run("migrate").stdout == "nothing to migrate\n"
    assert path.read_text() == NEW
    run("restore")
    assert path.read_text() == OLD


@pytest.mark.parametrize("dry_run", [False, True], ids=["written", "dry-run"])
def test_a_file_of_higher_priority_is_migrated_first(
    run: Run, user_folder: Path, dry_run: bool
) -> None:
    low, high = user_folder / "a.yaml", user_folder / "b.yaml"
    low.write_text("jobqueue: {pbs: {queue: low}}\n")
    high.write_text("jobqueue: {pbs: {queue: high}}\n")
    result = run("migrate", *["--dry-run"][: int(dry_run)])
    assert "not moved" not in result.stderr
    if dry_run:
        assert result.stdout.count("+backends: {pbs: {queue-name: ") == 2
    else:
        assert yaml.safe_load(low.read_text()) == {"backends": {"pbs": {"queue-name": "low"}}}


def test_a_file_with_an_error_stays_and_the_others_are_migrated(
    run: Run, user_folder: Path
) -> None:
    wrong, right = user_folder / "a.yaml", user_folder / "b.yaml"
    wrong.write_text("jobqueue: {slurm: {walltime: 12:00:00}}\n")
    right.write_text("jobqueue: {pbs: {queue: a}}\n")
    result = run("migrate")
    assert result.exit_code == 1
    assert "a.yaml:1:30: jobqueue.slurm.walltime is 43200" in result.stderr
    assert wrong.read_text() == "jobqueue: {slurm: {walltime: 12:00:00}}\n"
    assert right.read_text() == "backends: {pbs: {queue-name: a}}\n"


def test_a_file_beside_the_search_path_is_migrated_by_itself(
    run: Run, user_folder: Path, tmp_path: Path
) -> None:
    (user_folder / "a.yaml").write_text("backends: {jobqueue: {queue-name: other}}\n")
    path = tmp_path / "jobqueue.yaml"
    path.write_text("jobqueue: {pbs: {queue: a}}\n")
    assert run("migrate", "--file", path).exit_code == 0
    assert path.read_text() == "backends: {pbs: {queue-name: a}}\n"
    missing = run("migrate", "--file", tmp_path / "missing.yaml")
    assert (missing.exit_code, "does not exist" in missing.stderr) == (1, True)
