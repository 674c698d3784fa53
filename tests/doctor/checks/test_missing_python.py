"""The check of interpreters that do not exist."""

from __future__ import annotations

import sys

import pytest

from dask_backend_config.doctor.checks import missing_python
from tests.doctor.checks.conftest import Examine


def _slurm(python: str, more: str = "") -> str:
    return f"backends:\n  default: slurm\n  slurm: {{python: {python}}}\n{more}"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param(_slurm("/none/bin/python"), "backends.slurm.python", id="ours"),
        pytest.param(_slurm("~/none/bin/python"), "backends.slurm.python", id="home"),
        pytest.param(
            _slurm("null", "jobqueue: {slurm: {python: /none/bin/python}}\n"),
            "jobqueue.slurm.python",
            id="dask-jobqueue's",
        ),
    ],
)
def test_finds_a_python_that_is_not_here(examine_site: Examine, text: str, key: str) -> None:
    (finding,) = examine_site(missing_python, text)
    assert (finding.severity, finding.key) == ("warning", key)
    assert "none/bin/python" in finding.message
    assert finding.origin
    assert finding.origin.line


def test_accepts_interpreters_that_exist_or_only_nodes_have(examine_site: Examine) -> None:
    cases = {
        "this one": _slurm("null"),
        "exists": _slurm(sys.executable),
        "found on the node's PATH": _slurm("python3"),
        "a variable of the node": _slurm("$CONDA_PREFIX/bin/python"),
        "a variable within": _slurm("/opt/$NAME/bin/python"),
        "not a string": _slurm("7"),
        "in a container": _slurm("/none/bin/python, worker-launcher: podman run img"),
        "a command": _slurm("null", "jobqueue: {slurm: {python: /none/srun python}}\n"),
    }
    found = {name: examine_site(missing_python, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}
