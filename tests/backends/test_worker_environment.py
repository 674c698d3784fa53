"""Environment of the processes of all backends."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import logging, resource, sys
logging.basicConfig(format="%(message)s")
from dask_backend_config.backends.worker_environment import raise_open_files_limit
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1] if sys.argv[1] == "-" else int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (300, hard))
raise_open_files_limit(int(sys.argv[2]))
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("hard", "workers", "limit", "words"),
    [
        pytest.param("-", "10", "300", "", id="enough"),
        pytest.param("-", "100", "656", "", id="raised"),
        pytest.param("500", "100", "500", "100 workers need 656 open files", id="hard-limit"),
    ],
)
def test_the_open_files_limit_is_raised_for_all_workers(
    hard: str, workers: str, limit: str, words: str
) -> None:
    command = [sys.executable, "-c", PROGRAM, hard, workers]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == limit
    assert words in done.stderr and bool(words) == bool(done.stderr)
