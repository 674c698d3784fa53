"""Compare ``show --cluster`` with ``client.run`` of an empty function on all workers.

To run only this one, use ``python -m benchmarks.clusters``. The workers are simulated: many in one
process. Each measurement is a new process that connects to the cluster.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator

from .pairs import Row, commands, environment
from .runner import Benchmark, main
from .simulated_workers import Crowd

WORKERS, PROCESSES = 200, 4
KEY = "distributed.worker.daemon"
_RUN = """
import sys
from distributed import Client

def empty():
    pass

with Client(sys.argv[1]) as client:
    client.run(empty)
"""


def show(quick: bool) -> Iterator[Row]:
    """Measure how long it takes to show the values of all workers."""
    from distributed import Client, LocalCluster

    quiet = {"processes": False, "dashboard_address": None, "silence_logs": "CRITICAL"}
    with (
        tempfile.TemporaryDirectory() as home,
        LocalCluster(n_workers=0, protocol="tcp://", **quiet) as cluster,
        Crowd(cluster.scheduler_address, {}, home, PROCESSES) as crowd,
    ):
        crowd.add([f"worker-{number}" for number in range(WORKERS)])
        with Client(cluster) as client:
            client.wait_for_workers(WORKERS)
        address = cluster.scheduler_address
        ours = [sys.executable, "-m", "dask_backend_config", "show", KEY, "--cluster", address]
        theirs = [sys.executable, "-c", _RUN, address]
        name = f"show --cluster, {WORKERS} workers"
        rounds = 3 if quick else 15
        yield commands(name, ours, "client.run", theirs, 1.5, environment(home), rounds)


BENCHMARKS = (Benchmark("clusters", show),)

if __name__ == "__main__":
    main(BENCHMARKS)
