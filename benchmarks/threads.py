"""Compare the threads of tasks with those of dask's own cluster, by products of matrices.

To run only this one, use ``python -m benchmarks.threads``. Requires numpy.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

from .pairs import Row, Skipped, measured
from .runner import Benchmark, main

_PEER = "LocalCluster"


def shares(quick: bool) -> Iterator[Row]:
    """Measure as many tasks as a worker has threads, and one task that has all of them."""
    if find_spec("numpy") is None:
        raise Skipped("numpy is not installed")
    threads = max(2, os.cpu_count() or 1)
    for name, tasks, at_once, goal in (
        ("a product for each thread", None, threads, 0.95),
        ("one product for all threads", 1, 1, None),
    ):
        found = measured(
            "benchmarks.matrix_products",
            threads=threads,
            tasks_per_worker=tasks,
            at_once=at_once,
            count=threads * (1 if quick else 4),
            size=200 if quick else 1000,
            rounds=2 if quick else 11,
        )
        yield Row(name, _PEER, "/s", goal, found["ours"], found["theirs"], at_least=True)


BENCHMARKS = (Benchmark("threads", shares),)

if __name__ == "__main__":
    main(BENCHMARKS)
