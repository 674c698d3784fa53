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


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_slurm("null"), id="this one"),
        pytest.param(_slurm(sys.executable), id="exists"),
        pytest.param(_slurm("python3"), id="found on the node's PATH"),
        pytest.param(_slurm("$CONDA_PREFIX/bin/python"), id="a variable of the node"),
        pytest.param(_slurm("/opt/$NAME/bin/python"), id="a variable within"),
        pytest.param(_slurm("7"), id="not a string"),
    ],
)
def test_accepts_interpreters_that_exist_or_only_nodes_have(
    examine_site: Examine, text: str
) -> None:
    assert examine_site(missing_python, text) == []
