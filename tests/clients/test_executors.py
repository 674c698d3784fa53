"""Code written for executors, joblib or scikit-learn runs on the workers of a backend."""

from __future__ import annotations

import concurrent.futures
import importlib
import os

import pytest

from dask_backend_config import DaskLocalCluster

from .packages import needs

pytestmark = [
    pytest.mark.usefixtures("runs_on_the_workers"),
    pytest.mark.xdist_group("clients"),  # so that they share the backends
]


def square(number: int) -> int:
    return number * number


def process_and_square(number: int) -> tuple[int, int]:
    return os.getpid(), number * number


def fail(message: str) -> None:
    raise ValueError(message)


def test_an_executor_runs_calls_in_order(backend: DaskLocalCluster) -> None:
    with backend.client.get_executor() as executor:
        assert list(executor.map(square, range(5))) == [0, 1, 4, 9, 16]
        futures = {executor.submit(square, number): number for number in range(3)}
        done = concurrent.futures.as_completed(futures, timeout=60)
        assert {futures[future]: future.result() for future in done} == {0: 0, 1: 1, 2: 4}


def test_an_executor_passes_errors_on(backend: DaskLocalCluster) -> None:
    with backend.client.get_executor() as executor:
        error = executor.submit(fail, "on a worker").exception(timeout=60)
    assert isinstance(error, ValueError)
    assert str(error) == "on a worker"


@needs("joblib")
def test_joblib(backend: DaskLocalCluster) -> None:
    import joblib

    with joblib.parallel_config("dask"):
        calls = (joblib.delayed(process_and_square)(number) for number in range(6))
        found = joblib.Parallel()(calls)
    assert [number for _, number in found] == [0, 1, 4, 9, 16, 25]
    assert {process for process, _ in found} <= set(backend.client.run(os.getpid).values())


@needs("joblib", "sklearn", "dask_ml")
@pytest.mark.parametrize("package", ["dask_ml", "sklearn"])
def test_a_search_for_hyperparameters(package: str) -> None:
    import joblib
    import numpy as np
    from sklearn.linear_model import Ridge

    search = importlib.import_module(f"{package}.model_selection").GridSearchCV
    x = np.arange(20.0).reshape(-1, 1)
    with joblib.parallel_config("dask"):  # dask_ml does not need it
        found = search(Ridge(), {"alpha": [0.1, 10]}, cv=2).fit(x, 3 * x[:, 0])
    assert found.best_params_ == {"alpha": 0.1}
