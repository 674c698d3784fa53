"""Measure the cost of 1,000 jobs for the batch scheduler and for the client.

Run ``python -m benchmarks.thousand_jobs [--jobs 1000]`` in the root of the repository, on Linux. It
takes about 20 minutes. Imitated commands replace the batch scheduler, and workers are simulated;
see docs/scale.md. Each part runs in a new process with an empty home directory. CPU is that of the
client's process, which contains dask's scheduler.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version

from .simulation import Row, Simulation, Stopwatch, empty_home, silence
from .thousand_workers import adaptive, connections, descriptors, handshakes

_LOOKS = 20
#: The number of first calls of squeue, which come sooner than the watch interval.
_FIRST_CALLS = 5


def submission(options: argparse.Namespace) -> list[Row]:
    """Submit all jobs and cancel them while they wait."""
    rows = []
    for pause in (0.0, 0.1):
        simulation = Simulation(options.jobs, pause=pause)
        stopwatch = Stopwatch()
        with simulation:
            simulation.wait_for_jobs(options.jobs)
            figures = f"{stopwatch.seconds:.1f} s, {1000 * stopwatch.work / options.jobs:.2f} ms"
            calls = f"{simulation.calls('sbatch')}, {simulation.programs.submissions_at_once()}"
            stopwatch = Stopwatch()
            simulation.backend.stop()
            stop = f"{stopwatch.seconds:.1f} s, {stopwatch.work:.1f} s"
            ends = f"{simulation.calls('scancel')}, {simulation.left()}"
        name = f"sbatch takes {pause:g} s" if pause else "sbatch answers at once"
        rows += [
            (f"{name}: until all are accepted, CPU for each", figures),
            (f"{name}: calls of sbatch, at the same time", calls),
            (f"{name}: stop while all wait: time, CPU", stop),
            (f"{name}: calls of scancel, jobs left", ends),
        ]
    return rows


def stopped_early(options: argparse.Namespace) -> list[Row]:
    """Stop while jobs are still being submitted."""
    with Simulation(options.jobs, pause=1) as simulation:
        time.sleep(3)
        before, stopwatch = simulation.calls("sbatch"), Stopwatch()
        simulation.backend.stop()
        took, after = stopwatch.seconds, simulation.calls("sbatch") - before
        left = simulation.left()
    return [
        (
            "calls of sbatch before, after; stop; jobs left",
            f"{before}, {after}; {took:.1f} s; {left}",
        )
    ]


def limited(options: argparse.Namespace) -> list[Row]:
    """Submit to a site that accepts a tenth of the jobs."""
    most = options.jobs // 10
    with Simulation(options.jobs, most=most) as simulation:
        time.sleep(10)
        first = simulation.calls("sbatch")
        rate = simulation.calls_in(3 * options.seconds, "sbatch")
    name = f"{most} of {options.jobs} accepted: calls of sbatch"
    return [(f"{name} at first", str(first)), (f"{name} in a minute", rate)]


def polling(options: argparse.Namespace) -> list[Row]:
    """Ask for the states of jobs that wait."""
    with Simulation(options.jobs) as simulation:
        simulation.wait_for_jobs(options.jobs)
        while simulation.calls("squeue") < _FIRST_CALLS:
            time.sleep(1)
        rate = simulation.calls_in(options.seconds, "squeue")
        queue = simulation.backend._queue
        if queue is None:
            raise RuntimeError("the backend has stopped")
        numbers = list(simulation.backend.jobs.values())
        group = queue.groups[""]
        command = group.jobs.template.scheduler.states_command(numbers)
        answer = simulation.in_loop(group.jobs.commands.run, command)
        stopwatch = Stopwatch()
        for _ in range(_LOOKS):
            simulation.in_loop(group.monitor._check)
        each = stopwatch.work / _LOOKS
        length = max(int(words[0]) for words in simulation.programs.calls("squeue"))
    return [
        ("calls of squeue in a minute", rate),
        (
            "CPU for each call, in a minute",
            f"{1000 * each:.1f} ms, {1000 * each * float(rate):.0f} ms",
        ),
        ("characters of its command line, of its answer", f"{length:,}, {len(answer.stdout):,}"),
        ("numbers of eight digits that one argument holds", f"{_longest():,}"),
    ]


def _longest() -> int:
    """Return the number of jobs that fit into `squeue --jobs=` on this system."""
    low, high = 1, 2**20
    while low < high - 1:
        middle = (low + high) // 2
        try:
            subprocess.run(["/bin/true", "--jobs=" + ",".join(["12345678"] * middle)], check=True)
            low = middle
        except OSError:
            high = middle
    return low


PARTS: dict[str, Callable[[argparse.Namespace], list[Row]]] = {
    "submission": submission,
    "stopped early": stopped_early,
    "a limit on jobs": limited,
    "polling": polling,
    "handshakes": handshakes,
    "connections": connections,
    "too few descriptors": descriptors,
    "adaptive": adaptive,
}


def measured(part: str, options: argparse.Namespace) -> list[Row]:
    """Measure one part; call this in a new process."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as home:
        empty_home(home)
        silence()
        return PARTS[part](options)


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument(
        "--workers", type=int, help="simulated workers (default: the number of jobs)"
    )
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument(
        "--seconds", type=float, default=60, help="time to count the calls in a minute"
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    options.workers = options.workers or options.jobs
    print(
        f"dask {version('dask')}, dask-jobqueue {version('dask-jobqueue')}, "
        f"Python {sys.version.split()[0]}, {os.cpu_count()} CPUs, {options.jobs} jobs"
    )
    for part in options.parts:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            rows = pool.submit(measured, part, options).result()
        print(part, *(f"  {what:<75} {figure}" for what, figure in rows), sep="\n", flush=True)


if __name__ == "__main__":
    main()
