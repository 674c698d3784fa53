"""dask's collections, and packages built on them, run on the workers of a backend."""

from __future__ import annotations

import os

import dask
import pytest

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


def test_only_tasks_of_the_backend_are_isolated(backend: DaskLocalCluster) -> None:
    workers = set(backend.client.run(os.getpid).values())
    assert dask.delayed(os.getpid)().compute() in workers
    isolated = backend.submit_task(os.getpid).result() not in workers
    assert isolated is (backend._isolation is not None)
