"""Each recipe of a scheduler says one thing in three ways: by a file, by variables, by code.

On schedulers its programs run in ``tests/schedulers/test_recipes.py``.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dask_backend_config import DaskSGEBackend, QueueWorkerResources
from dask_backend_config.core.errors import ConfigValueError
from tests.docs.pages import DOCS, ROOT, Block, blocks_of

RECIPES = [pytest.param(name, id=name) for name in ("gridengine", "lsf", "pbs", "slurm")]
JOB_SCRIPT = f"{shlex.quote(sys.executable)} -m dask_backend_config job-script"
#: What the pages have in the place of this Python.
PYTHON = "~/.venv/bin/python"


def blocks(recipe: str, language: str) -> list[Block]:
    return [
        block
        for block in blocks_of(DOCS / "recipes" / f"{recipe}.md")
        if block.language == language
    ]


def shown(recipe: str) -> str:
    """The job script that the page shows first."""
    command, _, script = blocks(recipe, "console")[0].text.partition("\n")
    assert command == "$ dask-backend-config job-script"
    return script


def said(shell: str) -> str:
    done = subprocess.run(
        ["bash", "-c", shell],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.replace(sys.executable, PYTHON)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_file_makes_the_script_that_is_shown(recipe: str, user_folder: Path) -> None:
    (user_folder / "backends.yaml").write_text(blocks(recipe, "yaml")[0].text)
    assert said(JOB_SCRIPT) == shown(recipe)


@pytest.mark.parametrize("recipe", RECIPES)
def test_variables_make_the_same(recipe: str) -> None:
    (exports,) = blocks(recipe, "sh")
    assert said(f"{exports.text}\n{JOB_SCRIPT}") == shown(recipe)


@pytest.mark.parametrize("recipe", RECIPES)
def test_code_makes_the_same(recipe: str) -> None:
    _, code = blocks(recipe, "python")
    command = shlex.join([sys.executable, "-c", code.text])
    assert said(command) == shown(recipe) + "\n"  # of print


def test_grid_engine_wants_to_be_told_how_gpus_of_several_slots_count() -> None:
    (expected,) = [
        block.text for block in blocks("gridengine", "text") if "number-of-gpus is" in block.text
    ]
    resources = QueueWorkerResources(number_of_threads=4, number_of_gpus=2)
    with pytest.raises(ConfigValueError) as caught:
        DaskSGEBackend(parallel_environment="smp", resources_per_worker=resources)
    assert str(caught.value) == " ".join(expected.split())
