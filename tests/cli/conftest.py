"""Run the command line in the test's own process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dask_backend_config.cli.main import cli

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Return a function that runs a command with its arguments."""

    def invoke(*arguments: str | Path) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(cli, words, prog_name="dask-backend-config")

    return invoke
