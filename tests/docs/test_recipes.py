"""The recipe of each scheduler configures the same job with a file, variables and arguments.

``tests/schedulers/test_recipes.py`` runs the programs on the schedulers.
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

RECIPES = [pytest.param(name, id=name) for name in ("gridengine", "lsf", "oar", "pbs", "slurm")]
JOB_SCRIPT = f"{shlex.quote(sys.executable)} -m dask_backend_config job-script"
#: The pages show this instead of the Python that runs the tests.
PYTHON = "~/.venv/bin/python"


def blocks(recipe: str, language: str) -> list[Block]:
    return [
        block
        for block in blocks_of(DOCS / "recipes" / f"{recipe}.md")
        if block.language == language
    ]


def shown(recipe: str) -> str:
    """Return the first job script on the page."""
    command, _, script = blocks(recipe, "console")[0].text.partition("\n")
    assert command == "$ dask-backend-config job-script"
    return script


def output_of(shell: str) -> str:
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
def test_the_file_makes_the_script(recipe: str, user_folder: Path) -> None:
    (user_folder / "backends.yaml").write_text(blocks(recipe, "yaml")[0].text)
    assert output_of(JOB_SCRIPT) == shown(recipe)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_variables_make_the_same_script(recipe: str) -> None:
    (exports,) = blocks(recipe, "sh")
    assert output_of(f"{exports.text}\n{JOB_SCRIPT}") == shown(recipe)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_arguments_make_the_same_script(recipe: str) -> None:
    _, code = blocks(recipe, "python")
    command = shlex.join([sys.executable, "-c", code.text])
    assert output_of(command) == shown(recipe) + "\n"  # of print


def test_gpus_with_several_slots_on_grid_engine_are_an_error() -> None:
    (expected,) = [
        block.text for block in blocks("gridengine", "text") if "number_of_gpus of" in block.text
    ]
    resources = QueueWorkerResources(number_of_threads=4, number_of_gpus=2)
    with pytest.raises(ConfigValueError) as caught:
        DaskSGEBackend(parallel_environment="smp", resources_per_worker=resources)
    for part in ("DaskSGEBackend is 2", "backends.sge.gpu-directive"):
        assert part in str(caught.value)
        assert part in " ".join(expected.split())
