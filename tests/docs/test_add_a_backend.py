"""The file of docs/add-a-backend.md adds a backend that runs tasks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.conftest import Machine
from tests.docs.pages import DOCS, blocks_of
from tests.docs.test_blocks import compare

PAGE = DOCS / "add-a-backend.md"
BLOCKS = [block for block in blocks_of(PAGE) if block.file or block.language == "console"]
EXPORT = "export PYTHONPATH=~/lib:$PYTHONPATH\n"


@pytest.fixture
def flux(machine: Machine, tmp_path: Path) -> Machine:
    """Return a machine with the files of the page, and commands that imitate Flux."""
    shutil.copy(Path(__file__).with_name("imitated_flux"), tmp_path / "programs" / "flux")
    machine.prepare([block for block in BLOCKS if block.file])
    return machine


@pytest.mark.timeout(300)
def test_the_page_adds_a_backend(flux: Machine) -> None:
    for block in BLOCKS:
        if block.language == "console":
            compare(block, flux)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param("dask-backend-config explain backends.flux.exclusive", "Request complete nodes.", id="key"),
        pytest.param("dask-backend-config schema", '"flux"', id="schema"),
        pytest.param(
            "DASK_BACKENDS__PROFILES__X__BACKEND=flux dask-backend-config job-script x", "#flux: ", id="profile",
        ),
        pytest.param(
            "DASK_BACKENDS__FLUX__EXCLUSIVE=often dask-backend-config doctor",
            "It must be true or false, or null", id="type",
        ),
        pytest.param(
            "python -c 'from dask_backend_config import get_backend; print(get_backend().kind)'", "flux", id="detection",
        ),
        pytest.param(
            "FLUX_JOB_ID=f1 python -c 'from dask_backend_config import get_backend as get; print(get().kind)'",
            "flux", id="in a job",
        ),
        pytest.param("python -c 'import dask_backend_config as d; d.get_backend(\"flux\", exclusiv=1)'",
                     "did you mean exclusive?", id="argument"),
        pytest.param(
            "DASK_BACKENDS__FLUX__QUEUE_NAME=nosuch dask-backend-config doctor --live flux",
            "Invalid queue 'nosuch' specified", id="rejection",
        ),
    ],
)  # fmt: skip
def test_everything_else_knows_the_backend(flux: Machine, command: str, words: str) -> None:
    assert words in flux.run(EXPORT + command).stdout
