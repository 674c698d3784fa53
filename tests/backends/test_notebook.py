"""A notebook, executed as Jupyter does it: what its cells show."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NEEDED = ("nbclient", "ipykernel", "ipywidgets")
CELLS = [
    "from dask_backend_config import DaskLocalCluster, explain, show\n"
    "backend = DaskLocalCluster(number_of_workers=1)",
    "backend",
    "backend.start()\nbackend",
    "def double(number):\n    return 2 * number\n\nsum(backend.map_tasks(double, range(500)))",
    "backend.cluster",
    "show('distributed.comm.timeouts')",
    "explain('distributed.worker.daemon')",
    "show('distributed.worker.daemon')['distributed.worker.daemon']",
    "backend.stop()\nbackend",
]
#: Jupyter's packages warn of their own things, so they have a process of their own.
PROGRAM = """
import json, sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.v4.new_notebook()
notebook.cells = [nbformat.v4.new_code_cell(text) for text in json.load(sys.stdin)]
NotebookClient(notebook, timeout=90, kernel_name="python3", store_widget_state=True).execute()
print("\\n" + nbformat.writes(notebook).replace("\\n", ""))
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The notebook after its execution."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} of the extra test is not installed")
    home = tmp_path_factory.mktemp("notebook")
    environ = {name: text for name, text in os.environ.items() if not name.startswith("DASK")}
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        input=json.dumps(CELLS),
        env={**environ, "HOME": str(home), "DASK_ROOT_CONFIG": str(home), "PYTHONPATH": root},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _html(notebook: dict[str, Any], text: str) -> list[str]:
    """The HTML of the cells with this text."""
    cells = [cell for cell in notebook["cells"] if "".join(cell["source"]) == text]
    outputs = [output.get("data", {}) for cell in cells for output in cell["outputs"]]
    return ["".join(data["text/html"]) for data in outputs if "text/html" in data]


def test_a_backend_is_shown_before_its_start_while_it_runs_and_after_its_stop(
    notebook: dict[str, Any],
) -> None:
    (before,) = _html(notebook, CELLS[1])
    (running,) = _html(notebook, CELLS[2])
    (after,) = _html(notebook, CELLS[8])
    assert "not started" in before
    assert "running" in running
    assert ("/status" in running) == (importlib.util.find_spec("bokeh") is not None)
    assert "stopped" in after


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        pytest.param(CELLS[5], "distributed.comm.timeouts.connect", id="show"),
        pytest.param(CELLS[6], "in effect", id="explain"),
        pytest.param(CELLS[7], "in effect", id="one-value"),
        pytest.param(CELLS[4], "Scheduler Info", id="dasks-own-cluster"),
    ],
)
def test_values_are_shown_beside_dasks_own(cell: str, words: str, notebook: dict[str, Any]) -> None:
    (shown,) = _html(notebook, cell)
    assert words in shown


def test_the_bar_of_map_tasks_ends_full(notebook: dict[str, Any]) -> None:
    state = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    bars = [
        json.dumps(entry["state"]["outputs"])
        for entry in state.values()
        if "outputs" in entry["state"]
    ]
    assert any("double" in bar and "500/500" in bar for bar in bars), bars
