"""prefect-dask's task runner runs the tasks of a flow on a backend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dask_backend_config import DaskLocalCluster

from .packages import needs

#: Seconds that the server of Prefect may take to start; some 10 s on a machine that does nothing else.
_START_LIMIT = 240
pytestmark = [
    needs("prefect_dask"),
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(2 * _START_LIMIT),
    pytest.mark.xdist_group("prefect"),  # one server for all
]


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    """Run a server of Prefect with an empty database."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=_START_LIMIT):
        yield


def squares(runner: Any) -> list[int]:
    """Return the results of a flow."""
    from prefect import flow, task

    @task
    def square(number: int) -> int:
        return number * number

    @flow(task_runner=runner)
    def squares() -> list[int]:
        return [future.result() for future in square.map(range(4))]

    return squares()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("options", "isolation"),
    [
        pytest.param({"cluster_class": DaskLocalCluster}, "none", id="class"),
        pytest.param(
            {
                "cluster_class": "dask_backend_config.DaskLocalCluster",
                "adapt_kwargs": {"minimum": 1, "maximum": 2},
            },
            "process",
            id="name-and-adapt",
        ),
    ],
)
def test_a_flow_starts_a_backend(options: dict[str, Any], isolation: str) -> None:
    from prefect_dask import DaskTaskRunner

    arguments = {"number_of_workers": 1, "task_isolation": isolation}
    runner = DaskTaskRunner(cluster_kwargs=arguments, **options)
    assert squares(runner) == [0, 1, 4, 9]


@pytest.mark.parametrize("by", ["address", "default client"])
def test_a_flow_uses_a_backend_that_runs(by: str) -> None:
    from prefect_dask import DaskTaskRunner

    with DaskLocalCluster(1) as backend:
        before = backend.cluster.scheduler.transition_counter
        options = {"address": backend.scheduler_address} if by == "address" else {}
        assert squares(DaskTaskRunner(**options)) == [0, 1, 4, 9]
        assert backend.started
        assert backend.cluster.scheduler.transition_counter > before
