"""Each row of the tables on the page about dask-jobqueue holds."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import dask.config
import pytest
from distributed import Client
from distributed.security import Security

import dask_backend_config
from dask_backend_config import DaskSLURMBackend, QueueWorkerResources
from dask_backend_config.backends.dask_jobqueue_internals import cluster_class
from dask_backend_config.backends.registry import backend_class
from dask_backend_config.schedulers import SCHEDULERS
from tests.backends.conftest import slurm as slurm  # a fixture
from tests.backends.conftest import wait_until
from tests.backends.stand_in import StandIn
from tests.docs.pages import DOCS, table_rows

PAGE = DOCS / "migration.md"
ROWS = {row[0]: row[1] for row in table_rows(PAGE, "Migrate from dask-jobqueue")}
LIMIT = 60
#: Arguments that dask_jobqueue passes to its own jobs, or refuses itself.
NOT_OF_USERS = {"self", "scheduler"}
#: In its documentation, but not in a release yet.
UNRELEASED = {"job_script_epilogue"}
#: First cell of a row of the second table -> what it claims about a started backend.
USES: dict[str, Callable[[DaskSLURMBackend], None]] = {}


def keywords(kind: str) -> set[str]:
    """Return the keyword arguments of a cluster of dask_jobqueue, its jobs and its bases."""
    cluster = cluster_class(SCHEDULERS[kind].cluster_class)
    owners = [*cluster.__mro__, *cluster.job_cls.__mro__]  # type: ignore[attr-defined]
    found = {
        parameter.name
        for owner in owners
        if owner.__module__.startswith("dask_jobqueue.")
        for parameter in inspect.signature(owner.__init__).parameters.values()
        if parameter.kind is not parameter.VAR_KEYWORD
    }
    return found - NOT_OF_USERS - {"args"}


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


NAMES = {
    name: second for first, second in ROWS.items() for name in code(first) if name.isidentifier()
}


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_every_argument_of_a_cluster_is_accepted_or_leads_to_ours(kind: str) -> None:
    backend: Any = backend_class(kind)
    for name in sorted(keywords(kind)):
        if NAMES[name] == "the same":
            assert name in inspect.signature(backend).parameters
            continue
        with pytest.raises(TypeError, match=f"has no argument {name}: ") as caught:
            backend(**{name: None})
        ours = [re.split(r"[= ]", each)[0].split(".")[-1] for each in code(NAMES[name])]
        told = str(caught.value).partition(": ")[2]
        key = f"set the key jobqueue.{kind}.{name.replace('_', '-')}"
        assert key in told or any(each in told for each in ours) or not ours, (name, told)


def test_every_argument_of_the_page_exists() -> None:
    known = set().union(*map(keywords, SCHEDULERS))
    assert set(NAMES) - known - {"SLURMRunner", "PBSRunner"} <= UNRELEASED


def test_one_error_lists_all_arguments_of_the_example() -> None:
    with pytest.raises(TypeError) as caught:
        DaskSLURMBackend(queue="normal", walltime="1")  # type: ignore[call-arg]
    assert str(caught.value) in " ".join(PAGE.read_text().split())


def row(first_cell: str) -> Callable[[Any], Any]:
    """Add a check of the row with this first cell."""

    def add(check: Callable[[DaskSLURMBackend], None]) -> None:
        USES[first_cell] = check

    return add


def script(**arguments: Any) -> str:
    return DaskSLURMBackend(**arguments).job_script()


@row("`Client(cluster)`, `async with cluster`, `cluster.close()`, `cluster.get_logs()`")
def _(backend: DaskSLURMBackend) -> None:
    with Client(backend) as client:
        assert client.submit(abs, -1).result(LIMIT) == 1
    assert {"Cluster", "Scheduler", *backend.jobs} & set(backend.get_logs())
    assert {"__aenter__", "close"} <= set(dir(backend))


@row(
    "`cluster.scale(4)`, `cluster.scale(jobs=4)`, `cluster.scale(cores=8)`, "
    '`cluster.scale(memory="8 GB")`'
)
def _(backend: DaskSLURMBackend) -> None:
    four: list[dict[str, Any]] = [{"n": 4}, {"jobs": 4}, {"cores": 8}, {"memory": "8 GB"}]
    for number, options in enumerate(four):
        backend.scale(4 + number)
        backend.scale(**options)
        assert len(backend.cluster.worker_spec) == 4
    wait_until(lambda: len(backend.jobs) == 4, LIMIT)


@row("`cluster.adapt(minimum_jobs=1, maximum_jobs=4)`")
def _(backend: DaskSLURMBackend) -> None:
    adaptive = backend.adapt(minimum_jobs=1, maximum_jobs=4)
    assert (adaptive.minimum, adaptive.maximum) == (1, 4)


@row("`cluster.job_script()`")
def _(backend: DaskSLURMBackend) -> None:
    head = DaskSLURMBackend().job_script().splitlines()[0]
    assert backend.cluster.job_script().startswith(head)


@row('`python="srun python"`, `python="apptainer exec md.sif python"`')
def _(_: DaskSLURMBackend) -> None:
    assert "\nsrun python -m " in script(worker_launcher="srun", python="python")
    with dask.config.set({"jobqueue.slurm.python": "srun python"}):
        assert "\nsrun python -m " in script()
    with pytest.raises(dask_backend_config.ConfigValueError, match="worker-launcher to 'srun'"):
        script(python="srun python")


@row('`worker_extra_args=["--lifetime", "55m", "--lifetime-stagger", "4m"]`')
def _(_: DaskSLURMBackend) -> None:
    text = script(lifetime_margin="5m", lifetime_stagger="4m")
    assert '--lifetime-stagger "240 seconds"' in text
    assert '--lifetime "$((1500 - ' in text


@row('`worker_extra_args=["--resources ssdGB=200,GPU=2"]`')
def _(_: DaskSLURMBackend) -> None:
    option = "--resources ssdGB=200,GPU=2"
    assert option in script(worker_extra_arguments=[option])


@row('`job_script_prologue=["cd /some/path", "source venv/bin/activate"]`')
def _(_: DaskSLURMBackend) -> None:
    lines = ["cd /some/path", "source venv/bin/activate"]
    assert "\n".join(["", *lines, ""]) in script(setup_script_commands=lines)


@row('`job_extra_directives=["--qos=low"]`')
def _(_: DaskSLURMBackend) -> None:
    assert "\n#SBATCH --qos=low\n" in script(extra_script_options=["--qos=low"])


@row('`interface="ib0", scheduler_options={"interface": "eth0"}`')
def _(_: DaskSLURMBackend) -> None:
    for options in ({"scheduler_options": {"interface": "eth0"}}, {"scheduler_interface": "eth0"}):
        made = DaskSLURMBackend(interface="ib0", **options)  # type: ignore[misc]
        assert made._options.connections.scheduler_options == {"interface": "eth0"}
        assert " --interface ib0" in made.job_script()


@row("`security=Security.temporary()`, `security=Security(...)`")
def _(backend: DaskSLURMBackend) -> None:
    assert "--tls-key" in script(security=Security.temporary())
    assert backend.scheduler_address.startswith("tls://")


@row('`protocol="ucx"`')
def _(_: DaskSLURMBackend) -> None:
    made = DaskSLURMBackend(protocol="ucx", security=False)
    assert made._options.connections.scheduler_options == {"protocol": "ucx://"}


@row('`name="simulation"`')
def _(backend: DaskSLURMBackend) -> None:
    assert {name.rpartition("-")[0] for name in backend.jobs} == {"simulation"}


@row("dashboard on port 8787")
def _(_: DaskSLURMBackend) -> None:
    made = DaskSLURMBackend(dashboard_address=":8787")
    assert made._options.connections.dashboard_address == "127.0.0.1:8787"


@row("`SLURMRunner`, `PBSRunner`")
def _(_: DaskSLURMBackend) -> None:
    assert not [name for name in dask_backend_config.__all__ if "Runner" in name]


@pytest.fixture
def backend(slurm: StandIn) -> Iterator[DaskSLURMBackend]:
    resources = QueueWorkerResources(2, per_thread_memory_limit="1 GB")
    with DaskSLURMBackend(name="simulation", resources_per_worker=resources) as made:
        yield made


def test_every_use_on_the_page_is_checked() -> None:
    others = {"scheduler in a job", "job arrays"}  # links, whose pages are tested
    uses = [
        first for first in ROWS if not all(name in NAMES for name in code(first)) or first in USES
    ]
    assert {first for first in uses if first not in others} == set(USES)


@pytest.mark.parametrize("first_cell", USES)
def test_a_use_on_the_page_works(first_cell: str, backend: DaskSLURMBackend) -> None:
    USES[first_cell](backend)
