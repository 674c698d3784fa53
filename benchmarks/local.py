"""Compare the start of the local backend with that of ``distributed.LocalCluster``.

To run only this one, use ``python -m benchmarks.local``. Each figure is measured in a new process
with an empty home directory, imports included.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial

from .pairs import Row, compared, environment, python_output
from .runner import Benchmark, main

_LIMIT = 120.0
OURS = """
import time

def main():
    began = time.perf_counter()
    from dask_backend_config import DaskLocalCluster
    with DaskLocalCluster(number_of_workers=2):
        print(time.perf_counter() - began)

main()
"""
THEIRS = """
import time

def main():
    began = time.perf_counter()
    from distributed import Client, LocalCluster
    with LocalCluster(n_workers=2, threads_per_worker=1) as cluster, Client(cluster):
        print(time.perf_counter() - began)

if __name__ == "__main__":
    main()
"""


def start(quick: bool) -> Iterator[Row]:
    """Measure the time until two workers are connected."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as home:
        calls = (partial(_run, OURS, home), partial(_run, THEIRS, home))
        rounds = 3 if quick else 11
        name, peer = "start of two local workers", "LocalCluster with a Client"
        yield compared(name, peer, "s", 1.3, calls, rounds)


def _run(program: str, home: str) -> float:
    return float(python_output(["-c", program], environment(home), limit=_LIMIT))


BENCHMARKS = (Benchmark("local-start", start),)

if __name__ == "__main__":
    main(BENCHMARKS)
