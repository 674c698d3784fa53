"""The file of docs/add-a-backend.md adds a backend that runs tasks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from dask_backend_config.schedulers import JobRequest, Output
from dask_backend_config.schedulers.option_reader import read_fields
from tests.docs.conftest import Machine
from tests.docs.pages import DOCS, blocks_of
from tests.docs.test_blocks import compare
from tests.schedulers.recordings import recorded

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
            "DASK_BACKENDS__FLUX__EXTRA_SCRIPT_OPTIONS='[\"#flux: -x\"]' dask-backend-config doctor",
            "Leave the prefix out: -x", id="prefix",
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


@pytest.fixture(scope="module")
def scheduler() -> Any:
    """Return the page's scheduler."""
    found: dict[str, Any] = {}
    exec(next(block.text for block in BLOCKS if "class Flux" in block.text), found)
    return found["Flux"]()


@pytest.mark.parametrize(
    ("name", "states"),
    [
        pytest.param(
            "states_mixed",
            {"ƒAcMtzoy": "running: RUN", "ƒBHNG6rB": "waiting: SCHED (eta:9.842m)", "ƒBskHSsy": "waiting: SCHED (held)"},
            id="waiting",
        ),
        pytest.param(
            "states_ended",
            {
                "ƒMQ57tB1": "ended: TIMEOUT (Timeout)", "ƒMpUx4JK": "ended: FAILED (Exit 3)",
                "ƒNGoyJZV": "ended: FAILED (Killed)", "ƒNv71Eib": "ended: COMPLETED (Exit 0)",
            },
            id="ended",
        ),
        pytest.param("states_known_and_unknown", {"ƒAcMtzoy": "running: RUN"}, id="one unknown"),
        pytest.param("states_unknown", {}, id="unknown"),
    ],
)  # fmt: skip
def test_states_that_flux_0_88_printed(scheduler: Any, name: str, states: dict[str, str]) -> None:
    output = recorded("flux", name)
    found = scheduler.read_states(output).items()
    assert {number: f"{state.phase}: {state.description}" for number, state in found} == states
    assert output.command == tuple(scheduler.states_command(output.command[4:]))


def test_a_flux_that_is_down_is_an_error(scheduler: Any) -> None:
    with pytest.raises(ValueError, match="Unable to connect to Flux"):
        scheduler.read_states(recorded("flux", "states_down"))
    assert not scheduler.probe_succeeded(recorded("flux", "probe_down"))
    assert not scheduler.cancel_succeeded(recorded("flux", "cancel_down"))


@pytest.mark.parametrize("name", ["cancel_many", "cancel_known_unknown_finished"])
def test_jobs_that_ended_count_as_cancelled(scheduler: Any, name: str) -> None:
    output = recorded("flux", name)
    assert scheduler.cancel_succeeded(output)
    assert output.command == tuple(scheduler.cancel_command(output.command[2:]))


@pytest.mark.parametrize(
    ("words", "key"),
    [
        pytest.param("Invalid queue 'nosuch' specified", "queue-name", id="queue"),
        pytest.param(
            "requested duration (1h) exceeds policy limit of 10m for queue short",
            "resources-per-worker.wallclock-time-limit", id="duration",
        ),
        pytest.param(
            "unsatisfiable request: need 1 slot(s) of 64 core(s), only 0 such slot(s) available (total cores: 2)",
            "resources-per-worker.number-of-threads", id="cores",
        ),
        pytest.param(
            "unsatisfiable request: need 1 slot(s) with 1 GPU(s) each, only 0 available (total GPUs: 0)",
            "resources-per-worker.number-of-gpus", id="gpus",
        ),
        pytest.param("argument parsing failed at stdin line 2", "extra-script-options", id="option"),
        pytest.param("Unable to connect to Flux: broker socket /run/flux/local was not found", None, id="down"),
    ],
)  # fmt: skip
def test_rejections_of_flux_0_88_name_the_key(scheduler: Any, words: str, key: str | None) -> None:
    assert scheduler.suspected_key(f"flux-batch: ERROR: {words}") == key


def test_options_say_what_is_requested_and_are_read_back(scheduler: Any) -> None:
    own = {"exclusive": True}
    request = JobRequest(
        "name", "batch", "lab", 4, 2**30, 5400, 2, log_directory="/logs", scheduler_specific=own
    )
    options = scheduler.options(request)
    assert options == [
        "--job-name=name", "--queue=batch", "--bank=lab", "--nslots=1", "--cores-per-slot=4",
        "--gpus-per-slot=2", "--time-limit=5400s", "--exclusive", "--output=/logs/name-{{id}}.out",
    ]  # fmt: skip
    assert scheduler.log_paths(request, "ƒ4", "/home/me") == ["/logs/name-ƒ4.out"]
    found = read_fields(scheduler, request, options, ["-t 1.5h", "-c2"])
    assert {name: option.value for name, option in found.items()} == {
        "threads": 2,
        "walltime": 5400,
    }


def test_the_recorded_probe_and_number_are_understood(scheduler: Any) -> None:
    assert scheduler.probe_succeeded(recorded("flux", "probe"))
    assert recorded("flux", "probe").command == scheduler.probe
    assert scheduler.job_number(Output(("flux", "batch"), 0, "ƒ2Xkz\n")) == "ƒ2Xkz"
