"""The Slurm backend against a bare ``dask_jobqueue.SLURMCluster``, on a Slurm of one node.

Run it with ``python -m benchmarks.slurm``; it needs what ``one-node/slurm install`` installs. Each
figure is of a process of its own that has imported what it needs, with an empty home.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from .pairs import Ratio, environment

SCRIPT = Path(__file__).parents[1] / "one-node" / "slurm"
PAIRS = 15
SCRIPTS = 5000

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
job = backend._job_of_now()
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


def main() -> None:
    """Print the rows."""
    print(f"dask {version('dask')}, dask-jobqueue {version('dask-jobqueue')}; medians of pairs")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        slurm = os.path.join(folder, "slurm")
        exports = subprocess.run(
            [SCRIPT, "start", slurm], check=True, capture_output=True, text=True
        ).stdout
        try:
            home = Path(folder, "home")
            home.mkdir()
            variables = dict(re.findall(r"export (\w+)='(.*)'", exports))
            environ = {**environment(str(home)), **variables}
            bare, encrypted = BARE.format(more=""), BARE.format(more=", security=True")
            print(compare("start to first result", OURS, "bare SLURMCluster", bare, 1.05, environ))
            print(compare("the same", OURS, "the same with TLS", encrypted, 1.05, environ))
            ours, theirs = (_run(program, environ) for program in (OUR_SCRIPTS, THEIR_SCRIPTS))
            print(f"job scripts per second: {ours:.0f}, bare job_script() {theirs:.0f}; goal 1000")
        finally:
            subprocess.run([SCRIPT, "stop", slurm], check=True)


def compare(
    name: str, ours: str, peer: str, theirs: str, goal: float, environ: dict[str, str]
) -> Ratio:
    """Run both programs in turn; each prints its seconds."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(PAIRS + 1):
        for program, kept in zip((ours, theirs), times, strict=True):
            seconds = _run(program, environ)
            if number:
                kept.append(seconds)
    return Ratio(name, peer, goal, *times)


def _run(program: str, environ: dict[str, str]) -> float:
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, cwd=environ["HOME"], check=False
    )
    if done.returncode:
        raise RuntimeError(f"the program failed:\n{done.stderr}")
    while _jobs(environ):  # the next one finds an empty node
        time.sleep(0.05)
    return float(done.stdout)


def _jobs(environ: dict[str, str]) -> str:
    command = ["squeue", "--noheader"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
