"""Compare worker groups, and jobs of several workers, with separate backends and jobs of one.

To run only this one, use ``python -m benchmarks.groups`` after ``one-node/slurm install``. Each
figure is measured in a new process, after the imports.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .pairs import Row, compared
from .runner import Benchmark, main
from .slurm import node, run_program

TASKS, SECONDS = 40, 0.25
RATE_TASKS, WORKERS = 400, 4

_HEAD = """
import contextlib, time
import distributed, dask_jobqueue
from dask_backend_config import DaskSLURMBackend, QueueWorkerResources
each = dict(
    resources_per_worker=QueueWorkerResources(per_thread_memory_limit="400 MiB"),
    minimum_number_of_workers=0, maximum_number_of_workers=1,
)
"""
_IN_GROUPS = f"""{_HEAD}
with DaskSLURMBackend(**each, worker_groups={{"a": {{}}, "b": {{}}}}) as backend:
    began = time.perf_counter()
    futures = [
        backend.submit_task(time.sleep, {SECONDS}, worker_group=group)
        for _ in range({TASKS}) for group in "ab"
    ]
    backend.client.gather(futures)
    print(time.perf_counter() - began)
"""
_SEPARATE = f"""{_HEAD}
with DaskSLURMBackend(**each) as first, DaskSLURMBackend(**each) as second:
    began = time.perf_counter()
    backends = first, second
    futures = [
        [backend.submit_task(time.sleep, {SECONDS}) for _ in range({TASKS})]
        for backend in backends
    ]
    for backend, own in zip(backends, futures):
        backend.client.gather(own)
    print(time.perf_counter() - began)
"""
_RATE = f"""{_HEAD}
each |= dict(minimum_number_of_workers={WORKERS}, maximum_number_of_workers={WORKERS})
with DaskSLURMBackend(**each, workers_per_job={{in_job}}) as backend:
    backend.wait_for_workers({WORKERS}, 60)
    backend.client.gather([backend.submit_task(abs, 1) for _ in range({WORKERS})])
    began = time.perf_counter()
    backend.client.gather([backend.submit_task(time.sleep, 0.01) for _ in range({RATE_TASKS})])
    print({RATE_TASKS} / (time.perf_counter() - began))
"""


def groups(quick: bool) -> Iterator[Row]:
    """Measure the tasks of two groups, and those of workers that share a job."""
    with node() as environ:
        for name, programs, peer, unit, goal in (
            (f"two groups, {TASKS} tasks each", (_IN_GROUPS, _SEPARATE), "two backends", "s", 1.1),
            (f"{WORKERS} workers in a job", _rates(), f"{WORKERS} jobs", "tasks/s", 0.9),
        ):
            ours, theirs = (partial(run_program, program, environ) for program in programs)
            rounds, at_least = 1 if quick else 5, unit != "s"
            yield compared(name, peer, unit, goal, (ours, theirs), rounds, at_least)


def _rates() -> tuple[str, str]:
    return _RATE.format(in_job=WORKERS), _RATE.format(in_job=1)


BENCHMARKS = (Benchmark("groups", groups),)

if __name__ == "__main__":
    main(BENCHMARKS)
