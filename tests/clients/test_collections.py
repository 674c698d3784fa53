"""dask's collections, and packages built on them, run on the workers of a backend."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import dask
import pytest
from distributed import SchedulerPlugin

from dask_backend_config import DaskLocalCluster

from .packages import needs

pytestmark = [
    pytest.mark.usefixtures("runs_on_the_workers"),
    pytest.mark.xdist_group("clients"),  # so that they share the backends
]


def square(number: int) -> int:
    return number * number


def test_dask_delayed() -> None:
    squares = [dask.delayed(square)(number) for number in range(4)]
    assert dask.delayed(sum)(squares).compute() == 14


def test_dask_bag() -> None:
    import dask.bag

    bag = dask.bag.from_sequence(range(10), npartitions=3)
    assert bag.map(square).filter(lambda number: number % 2).sum().compute() == 165


@needs("numpy")
def test_dask_array() -> None:
    import dask.array

    array = dask.array.ones((200, 200), chunks=(100, 100))
    assert float((array + array.T).sum().compute()) == 80_000


@needs("pandas", "pyarrow")
def test_dask_dataframe() -> None:
    import dask.dataframe
    import pandas as pd

    frame = pd.DataFrame({"kind": [1, 2, 1, 2], "size": [1.0, 2.0, 3.0, 4.0]})
    parts = dask.dataframe.from_pandas(frame, npartitions=2)
    assert parts.groupby("kind")["size"].sum().compute().to_dict() == {1: 4.0, 2: 6.0}


@needs("xarray")
def test_xarray() -> None:
    import numpy as np
    import xarray as xr

    array = xr.DataArray(np.arange(12.0).reshape(3, 4), dims=("time", "place"))
    mean = array.chunk({"time": 1}).mean("time")
    assert mean.compute().values.tolist() == [4.0, 5.0, 6.0, 7.0]


def array() -> Any:
    import dask.array

    return dask.array.ones(4, chunks=2) + 1


def bag() -> Any:
    import dask.bag

    return dask.bag.from_sequence(range(4), npartitions=2).map(square)


def frame() -> Any:
    import dask.dataframe
    import pandas as pd

    return dask.dataframe.from_pandas(pd.DataFrame({"a": range(4)}), npartitions=2).a + 1


class Annotations(SchedulerPlugin):
    """The annotation ``place`` of the tasks of the latest graph."""

    name = "test-annotations"

    def update_graph(self, scheduler: Any, *, tasks: Any, **_: Any) -> None:
        found = [scheduler.tasks[key].annotations or {} for key in tasks if key in scheduler.tasks]
        self.places = [annotations.get("place") for annotations in found]


KINDS = [
    pytest.param(lambda: dask.delayed(square)(2), id="delayed"),
    pytest.param(bag, id="bag"),
    pytest.param(array, id="array", marks=needs("numpy")),
    pytest.param(frame, id="dataframe", marks=needs("pandas", "pyarrow")),
]


@pytest.fixture
def annotations(backend: DaskLocalCluster) -> Iterator[Annotations]:
    plugin, scheduler = Annotations(), backend.cluster.scheduler
    scheduler.add_plugin(plugin)
    yield plugin
    scheduler.remove_plugin(plugin.name)


@pytest.mark.parametrize("kind", KINDS)
def test_all_tasks_have_an_annotation_inside_of_which_they_are_computed(
    kind: Callable[[], Any], annotations: Annotations
) -> None:
    collection = kind()
    with dask.annotate(place="here"):
        collection.compute()
    assert set(annotations.places) == {"here"}


@pytest.mark.parametrize(
    ("number", "optimize", "fuse"),
    [
        pytest.param(0, True, True, id="delayed"),
        pytest.param(1, False, True, id="bag-not-optimized"),
        pytest.param(2, False, True, id="array-not-optimized", marks=needs("numpy")),
        pytest.param(2, True, False, id="array-not-fused", marks=needs("numpy")),
    ],
)
def test_tasks_keep_an_annotation_inside_of_which_they_are_defined(
    number: int, optimize: bool, fuse: bool, annotations: Annotations
) -> None:
    with dask.annotate(place="here"):
        kind = KINDS[number].values[0]()  # type: ignore[operator]
    with dask.annotate(place="there"):
        other = kind + 1 if number in (0, 2) else kind.map(square)
    with dask.config.set({"optimization.fuse.active": fuse}):
        dask.compute(other, optimize_graph=optimize)
    assert {"here", "there"} <= set(annotations.places)


def test_only_tasks_of_the_backend_are_isolated(backend: DaskLocalCluster) -> None:
    workers = set(backend.client.run(os.getpid).values())
    assert dask.delayed(os.getpid)().compute() in workers
    isolated = backend.submit_task(os.getpid).result() not in workers
    assert isolated is (backend._isolation is not None)
