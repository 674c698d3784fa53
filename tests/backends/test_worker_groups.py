"""Worker groups of a running backend: where tasks run, and which of them fail at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import dask
import pytest
from dask import delayed
from distributed import get_worker

from dask_backend_config import BackendError, ComputeResources, ConfigValueError, DaskLocalCluster

from .conftest import wait_until

LIMIT = 60
GROUPS: dict[str, dict[str, Any]] = {
    "small": {"number_of_workers": 2},
    "large_one": {
        "number_of_workers": 1,
        "resources_per_worker": {"number_of_threads": 2},
        "tasks_per_worker": 1,
    },
}
RESOURCES = {"distributed.worker.resources": {"LICENCE": 2}}


def made(**arguments: Any) -> DaskLocalCluster:
    options = {"worker_groups": GROUPS, "allow_more_threads_than_cores": True, **arguments}
    with dask.config.set(RESOURCES):
        return DaskLocalCluster(**options)


@pytest.fixture(scope="module", params=["none", "process"])
def backend(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaskLocalCluster]:
    """Yield a backend with two groups."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home-of-groups")))
        patch.delenv("OMP_NUM_THREADS", raising=False)
        with made(task_isolation=request.param) as running:
            yield running


def threads(_: Any = None, *, available_resources: ComputeResources) -> tuple[int, str]:
    return available_resources.number_of_threads, os.environ["OMP_NUM_THREADS"]


def names(backend: DaskLocalCluster) -> list[str]:
    return sorted(worker["name"] for worker in backend.scheduler_info["workers"].values())


@pytest.mark.parametrize("group", ["large-one", "large_one"])
def test_tasks_run_on_the_workers_of_their_group(backend: DaskLocalCluster, group: str) -> None:
    assert names(backend)[0].startswith("local-large-one-"), "names have the group's"
    large, small = (2, "2"), (1, "1")
    assert backend.submit_task(threads, worker_group=group).result(LIMIT) == large
    assert set(backend.map_tasks(threads, range(10), worker_group=group)) == {large}
    outcomes = backend.task_outcomes(threads, range(4), worker_group="small")
    assert {outcome.value for outcome in outcomes} == {small}
    assert set(backend.map_tasks(threads, range(20))) <= {large, small}


def test_collections_run_where_their_annotation_says(backend: DaskLocalCluster) -> None:
    with dask.annotate(worker_group="large_one"):  # type: ignore[attr-defined]
        found = [delayed(name_of_worker)(number) for number in range(4)]
    computed = dask.compute(*found, optimize_graph=False)
    assert {name.rpartition("-")[0] for name in computed} == {"local-large-one"}


def name_of_worker(_: int) -> str:
    return str(get_worker().name)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda b: b.submit_task(abs, -1, worker_group="lagre-one"), id="submit_task"),
        pytest.param(lambda b: b.map_tasks(abs, [1], worker_group="lagre-one"), id="map_tasks"),
        pytest.param(lambda b: b.task_outcomes(abs, [1], worker_group="lagre-one"), id="outcomes"),
        pytest.param(lambda b: b.scale(1, worker_group="lagre-one"), id="scale"),
        pytest.param(lambda b: b.adapt(0, 1, worker_group="lagre-one"), id="adapt"),
        pytest.param(lambda b: b.wait_for_workers(1, worker_group="lagre-one"), id="wait"),
    ],
)
def test_a_misspelt_group_is_an_error_at_once(
    backend: DaskLocalCluster, call: Callable[[DaskLocalCluster], Any]
) -> None:
    with pytest.raises(ConfigValueError) as caught:
        call(backend)
    assert str(caught.value) == (
        "argument worker_group is 'lagre-one': must be one of small, large-one; did you mean "
        "large-one?"
    )


def test_a_misspelt_annotation_fails_the_task_and_what_depends_on_it(
    backend: DaskLocalCluster,
) -> None:
    with dask.annotate(worker_group="gpu"):  # type: ignore[attr-defined]
        first = backend.client.submit(abs, -1, key="first")
    second = backend.client.submit(abs, first)
    words = "annotation worker_group of task 'first' is 'gpu': must be one of small, large-one"
    for future in (first, second):
        with pytest.raises(ConfigValueError, match=words):
            future.result(LIMIT)


@pytest.mark.parametrize(
    ("needs", "group", "words"),
    [
        pytest.param({"LICENCE": 2}, None, None, id="configured"),
        pytest.param({"LICENCE": 1}, "small", None, id="configured-for-the-group"),
        pytest.param({"LICENCE": 3}, None, "{LICENCE: 3}, which no worker will", id="too-many"),
        pytest.param({"GPU": 1}, "small", "{GPU: 1}, which no worker of the group", id="none"),
    ],
)
def test_a_task_that_no_worker_will_ever_run_fails_at_once(
    backend: DaskLocalCluster, needs: dict[str, float], group: str | None, words: str | None
) -> None:
    future = backend.submit_task(abs, -1, resources=needs, worker_group=group)
    if words is None:
        assert future.result(LIMIT) == 1
        return
    with pytest.raises(BackendError, match=words):
        future.result(LIMIT)


def test_each_group_is_scaled_and_adapts_by_itself(backend: DaskLocalCluster) -> None:
    backend.scale(2, worker_group="large_one")
    backend.wait_for_workers(2, LIMIT, worker_group="large_one")
    assert len(names(backend)) == 4
    backend.adapt(0, 2, worker_group="large_one", interval="100ms")
    wait_until(
        lambda: {name.rpartition("-")[0] for name in names(backend)} == {"local-small"}, LIMIT
    )
    assert len(names(backend)) == 2, "the others are not closed"
    assert set(backend.map_tasks(threads, range(4), worker_group="large_one")) == {(2, "2")}
    backend.scale(1, worker_group="large_one")
    backend.wait_for_workers(3, LIMIT)


def test_without_groups_a_group_is_an_error() -> None:
    with pytest.raises(ConfigValueError, match="this backend has no worker groups; define them"):
        DaskLocalCluster(1).submit_task(abs, -1, worker_group="gpu")
