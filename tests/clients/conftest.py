"""Backends for the tests of other packages that run their work on dask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dask_backend_config import DaskLocalCluster


@pytest.fixture(scope="package", params=["none", "process"])
def backend(request: pytest.FixtureRequest) -> Iterator[DaskLocalCluster]:
    """A running backend, whose tasks are isolated or not; the default client is its client."""
    with DaskLocalCluster(number_of_workers=2, task_isolation=request.param) as backend:
        yield backend


@pytest.fixture
def runs_on_the_workers(backend: DaskLocalCluster) -> Iterator[None]:
    """Fail a test that ran nothing on the workers of the backend."""
    events = backend.cluster.scheduler.transition_counter
    yield
    assert backend.cluster.scheduler.transition_counter > events
