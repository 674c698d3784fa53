"""The tests see a configuration of their own, whatever the developer's home holds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Fails if dask reads the configuration of `DEVELOPER`.
TEST = "tests/backends/test_job_script.py::test_the_complete_script"
DEVELOPER = """\
backends:
  jobqueue: {maximum-number-of-workers: 3, queue-name: developers}
distributed: {worker: {daemon: true}}
"""


def test_the_developers_files_and_variables_are_not_read(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "dask"
    folder.mkdir(parents=True)
    (folder / "developer.yaml").write_text(DEVELOPER)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TEST],
        env={**os.environ, "HOME": str(tmp_path), "DASK_DISTRIBUTED__WORKER__DAEMON": "True"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
