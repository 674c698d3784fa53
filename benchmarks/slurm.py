"""Compare the Slurm backend with ``dask_jobqueue.SLURMCluster`` on a one-node Slurm.

To run only this one, use ``python -m benchmarks.slurm`` after ``one-node/slurm install``. Each
figure is measured in a new process with an empty home directory, after the imports.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .pairs import Row, Skipped, compared, environment, in_turn, python_output
from .runner import Benchmark, main

SCRIPT = Path(__file__).parents[1] / "one-node" / "slurm"
SCRIPTS = 5000
#: Seconds for a program, and until the jobs that it leaves have ended.
_LIMIT = 120.0

OURS = """
import sys, time
import distributed, dask_jobqueue
from dask_backend_config import DaskSLURMBackend, QueueWorkerResources

def main():
    began = time.perf_counter()
    resources = QueueWorkerResources(number_of_threads=1, per_thread_memory_limit="500 MB")
    with DaskSLURMBackend(queue_name="main", resources_per_worker=resources) as backend:
        assert backend.submit_task(abs, -1).result() == 1
        print(time.perf_counter() - began)

main()
"""

BARE = """
import sys, time
import distributed, dask_jobqueue

def main():
    began = time.perf_counter()
    with dask_jobqueue.SLURMCluster(
        cores=1, memory="500 MB", processes=1, queue="main"{more}
    ) as cluster:
        cluster.scale(1)
        with distributed.Client(cluster) as client:
            assert client.submit(abs, -1).result() == 1
            print(time.perf_counter() - began)

main()
"""

OUR_SCRIPTS = f"""
import time
from dask_backend_config import DaskSLURMBackend
backend = DaskSLURMBackend()
job = backend._with_configuration()[""].job
began = time.perf_counter()
for number in range({SCRIPTS}):
    job.script("tls://192.0.2.1:8786", f"worker-{{number}}")
print({SCRIPTS} / (time.perf_counter() - began))
"""

THEIR_SCRIPTS = f"""
import time
import dask_jobqueue
kind = dask_jobqueue.SLURMCluster.job_cls
options = dict(cores=1, memory="2 GB", processes=1)
began = time.perf_counter()
for number in range({SCRIPTS}):
    kind("tls://192.0.2.1:8786", f"worker-{{number}}", **options).job_script()
print({SCRIPTS} / (time.perf_counter() - began))
"""


def first_result(quick: bool) -> Iterator[Row]:
    """Measure the time from the start of a backend to its first result."""
    with node() as environ:
        ours = partial(run_program, OURS, environ)
        for name, peer, more in (
            ("Slurm: start to first result", "bare SLURMCluster", ""),
            ("Slurm: start to first result", "SLURMCluster with TLS", ", security=True"),
        ):
            calls = (ours, partial(run_program, BARE.format(more=more), environ))
            yield compared(name, peer, "s", 1.05, calls, 1 if quick else 9)


def scripts(quick: bool) -> Iterator[Row]:
    """Measure job scripts per second; this does not need Slurm."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as home:
        environ = environment(home)
        calls = [partial(_figure, program, environ) for program in (OUR_SCRIPTS, THEIR_SCRIPTS)]
        ours, theirs = in_turn(calls, 1 if quick else 5)
    yield Row("job scripts", "", "/s", 1000, ours, [], at_least=True)
    yield Row("job scripts", "bare job_script()", "/s", None, ours, theirs, at_least=True)


@contextmanager
def node() -> Iterator[dict[str, str]]:
    """Start a one-node Slurm and yield its environment."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    missing = [name for name in ("slurmctld", "sbatch") if not shutil.which(name, path=path)]
    if missing:
        raise Skipped(f"{missing[0]} is not installed. Run: one-node/slurm install")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        slurm, home = os.path.join(folder, "slurm"), Path(folder, "home")
        home.mkdir()
        started = subprocess.run(
            [SCRIPT, "start", slurm], check=False, capture_output=True, text=True, timeout=_LIMIT
        )
        try:
            if started.returncode:
                raise RuntimeError(f"Slurm did not start:\n{started.stderr}")
            variables = dict(re.findall(r"export (\w+)='(.*)'", started.stdout))
            yield {**environment(str(home)), **variables}
        finally:
            subprocess.run([SCRIPT, "stop", slurm], check=True, timeout=_LIMIT)


def run_program(program: str, environ: dict[str, str]) -> float:
    """Return the seconds that a program prints, after its jobs have left the node."""
    figure, deadline = _figure(program, environ), time.monotonic() + _LIMIT
    while left := _jobs(environ):
        if time.monotonic() > deadline:
            raise RuntimeError(f"jobs did not end:\n{left}")
        time.sleep(0.05)
    return figure


def _figure(program: str, environ: dict[str, str]) -> float:
    return float(python_output(["-c", program], environ, environ["HOME"], _LIMIT))


def _jobs(environ: dict[str, str]) -> str:
    command = ["squeue", "--noheader"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout


BENCHMARKS = (Benchmark("slurm", first_result), Benchmark("scripts", scripts))

if __name__ == "__main__":
    main(BENCHMARKS)
