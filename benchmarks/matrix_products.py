"""Multiply matrices on a worker: ``python -m benchmarks.matrix_products REQUEST``.

REQUEST is JSON: the arguments of `products`. The figures are printed as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

from distributed import Client, LocalCluster

from dask_backend_config import ComputeResources, DaskLocalCluster

from .pairs import in_turn


def product(size: int) -> float:
    """Return an element of a product of two matrices; the library uses the threads it may."""
    numpy: Any = importlib.import_module("numpy")  # not needed by the tests
    matrix = numpy.ones((size, size))
    return float((matrix @ matrix)[0, 0])


def products(
    threads: int, tasks_per_worker: int | None, at_once: int, count: int, size: int, rounds: int
) -> dict[str, list[float]]:
    """Return the products per second of a backend and of dask's own cluster.

    Parameters
    ----------
    threads : int
        Of the one worker of each.
    tasks_per_worker : int, optional
        Of the backend.
    at_once : int
        Tasks that exist at the same time.
    count : int
        Products in a round.
    size : int
        Rows and columns of a matrix.
    rounds : int
        The number of rounds.
    """

    def rate(client: Client) -> float:
        began = time.perf_counter()
        for _ in range(count // at_once):
            futures = [client.submit(product, size, pure=False) for _ in range(at_once)]
            if client.gather(futures) != [size] * at_once:
                raise RuntimeError("wrong results")
        return count / (time.perf_counter() - began)

    ours = DaskLocalCluster(
        1,
        ComputeResources(threads),
        tasks_per_worker=tasks_per_worker,
        allow_more_threads_than_cores=True,
    )
    theirs: Any = LocalCluster(n_workers=1, threads_per_worker=threads, dashboard_address=None)
    with ours, theirs, Client(theirs, set_as_default=False) as client:
        calls = (lambda: rate(ours.client), lambda: rate(client))
        return dict(zip(("ours", "theirs"), in_turn(calls, rounds), strict=True))


if __name__ == "__main__":
    print(json.dumps(products(**json.loads(sys.argv[1]))))
