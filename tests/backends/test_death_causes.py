"""The log of a job that ended before its worker connected tells the cause, and the key to check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dask_backend_config import QueueWorkerResources
from dask_backend_config.backends.jobqueue.death_causes import cause_of_death
from dask_backend_config.backends.jobqueue.job_script import WorkerJob
from dask_backend_config.backends.jobqueue.setup_commands import MARK
from dask_backend_config.schedulers import SCHEDULERS, JobRequest

FROM_NANNY = """2026-11-29 17:33:57 - distributed.nanny - INFO - Nanny at 'not-running' closed.
Traceback (most recent call last):
  File "/x/distributed/core.py", line 509, in start
    await wait_for(self.start_unsafe(), timeout=timeout)

  File "/x/distributed/utils.py", line 245, in get_ip_interface
    raise ValueError(
{error}

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/x/distributed/core.py", line 517, in start
    raise RuntimeError(f"{{type(self).__name__}} failed to start.") from exc
RuntimeError: Nanny failed to start.
"""
OTHER = "Traceback (most recent call last):\n  File \"a\"\nKeyError: 'unrelated'\n"
CERTIFICATES = {"--tls-key": "/home/me/clusters/x/key.pem"}


@pytest.mark.parametrize(
    ("log", "changes", "cause", "option"),
    [
        pytest.param(
            FROM_NANNY.format(error="ValueError: 'ib7' is not a valid network interface."),
            {"interface": "ib7"}, "ValueError: 'ib7' is not", "interface", id="interface",
        ),
        pytest.param(
            FROM_NANNY.format(error="ValueError: 'ib7' is not a valid network interface."),
            {"arguments": ["--interface=ib7"]}, "ValueError", "worker-extra-arguments", id="argument",
        ),
        pytest.param(
            FROM_NANNY.format(error="PermissionError: [Errno 13] Permission denied: '/scratch'"),
            {"local_directory": "/scratch"}, "PermissionError", "local-directory", id="folder",
        ),
        pytest.param(
            FROM_NANNY.format(error="OSError: [Errno 30] Read-only file system: '/n1/me/dask'"),
            {"local_directory": "$NODE/me/dask"}, "OSError", "local-directory", id="folder with a variable",
        ),
        pytest.param(
            FROM_NANNY.format(error="OSError: [Errno 28] No space left on device: '/tmp/dask-scratch-space'"),
            {}, "OSError: [Errno 28]", "local-directory", id="folder by default",
        ),
        pytest.param(
            FROM_NANNY.format(error=f"FileNotFoundError: [Errno 2] No such file: '{CERTIFICATES['--tls-key']}'"),
            {"certificates": CERTIFICATES}, "FileNotFoundError", "shared-temp-directory", id="certificates",
        ),
        pytest.param(
            FROM_NANNY.format(error="OSError: Timed out during handshake while connecting to tls://1 after 30 s"),
            {}, "OSError: Timed out", "interface", id="network",
        ),
        pytest.param(OTHER + FROM_NANNY.format(error="TypeError: 1"), {}, "TypeError: 1", None, id="two chains"),
        pytest.param(FROM_NANNY.format(error="TypeError: 1") + OTHER, {}, "KeyError", None, id="the last chain"),
        pytest.param("Error: No such option '--nosuch'.\n", {}, "its log ends with: Error", "worker-extra-arguments", id="usage"),
        pytest.param(
            "script: line 9: /opt/py/bin/python: No such file\n", {"python": "srun /opt/py/bin/python"},
            "its log ends with: script", "python", id="python",
        ),
        pytest.param("ModuleNotFoundError: No module named 'dask_backend_config'\n", {}, "its log ends", "python", id="environment"),
        pytest.param(
            f"{MARK}status 3 of line 1 (return 3)\n" + OTHER, {"setup": ["module load x"]},
            "setup-script-commands failed: status 3 of 'module load x'", "setup-script-commands", id="setup",
        ),
        pytest.param("", {}, "", None, id="empty"),
    ],
)  # fmt: skip
def test_the_cause_of_an_early_end_is_found_in_the_log(
    tmp_path: Path, log: str, changes: dict[str, Any], cause: str, option: str | None
) -> None:
    path = tmp_path / "log"
    path.write_text(log)
    template = WorkerJob(
        SCHEDULERS["slurm"],
        JobRequest("x"),
        QueueWorkerResources(),
        "#!/bin/bash",
        "/usr/bin/python3",
    )
    found, suspect = cause_of_death(replace(template, **changes), str(path))
    assert found.startswith(cause)
    assert (bool(found), suspect) == (bool(cause), option)
    assert "failed to start" not in found
