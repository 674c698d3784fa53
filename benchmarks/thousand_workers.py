"""Measure the parts of `thousand_jobs` in which workers connect."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import resource
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .simulated_workers import wait_for
from .simulation import Row, Simulation, Stopwatch, share_of_a_core, until

_QUARTERS = 4
_HANDSHAKES = 200
_STEPS = 20
_PROCESSES = 2


def connections(options: argparse.Namespace) -> list[Row]:
    """Connect workers, keep them idle, and stop."""
    import psutil

    process, rows = psutil.Process(), []

    def idle(connected: int) -> float:
        share = share_of_a_core(options.seconds / 3)
        memory = process.memory_info().rss / 2**20
        figures = f"{process.num_fds()}, {memory:.0f} MiB, {100 * share:.1f} %"
        rows.append((f"{connected} workers: descriptors, memory, CPU while idle", figures))
        return share

    with Simulation(options.workers) as simulation:
        backend = simulation.backend
        simulation.wait_for_jobs(options.workers)
        names = list(backend.jobs)
        before = idle(0)
        with simulation.crowd(_PROCESSES) as crowd:
            for quarter in range(_QUARTERS):
                ends = [options.workers * part // _QUARTERS for part in (quarter, quarter + 1)]
                stopwatch = Stopwatch()
                crowd.add(names[slice(*ends)])
                backend.wait_for_workers(ends[1], timeout=600)
                took, work = stopwatch.seconds, stopwatch.work
                after = idle(ends[1])
                each = 1000 * (work - took * (before + after) / 2) / (ends[1] - ends[0])
                what = f"{ends[1]} workers connected: time, CPU for each beyond that while idle"
                rows.append((what, f"{took:.0f} s, {each:.1f} ms"))
                before = after
            asked = simulation.calls_in(options.seconds, "squeue")
            rows.append(("calls of squeue in a minute, all connected", asked))
            stopwatch = Stopwatch()
            backend.stop()
            ended = f"{stopwatch.seconds:.1f} s, {stopwatch.work:.1f} s"
            commands = f"{simulation.calls('scancel')}, {simulation.left()}"
    rows.append(("stop: time, CPU", ended))
    return [*rows, ("stop: calls of scancel, jobs left", commands)]


def handshakes(options: argparse.Namespace) -> list[Row]:
    """Perform TLS handshakes in memory, with our certificates and with distributed's."""
    from distributed.security import Security

    from dask_backend_config.backends.certificates import temporary_security

    rows = []
    for name, security in (
        ("P-256, ours", temporary_security()),
        ("RSA-2048", Security.temporary()),
    ):
        server = security.get_listen_args("scheduler")["ssl_context"]
        client = security.get_connection_args("worker")["ssl_context"]
        work = [0.0, 0.0]
        for _ in range(_HANDSHAKES):
            _shake_hands(server, client, work)
        mine, theirs = (1000 * seconds / _HANDSHAKES for seconds in work)
        figures = f"{mine:.2f} ms, {theirs:.2f} ms, {1000 / mine:.0f}"
        rows.append((f"{name}: CPU of scheduler, of worker; a second", figures))
    return rows


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, work: list[float]) -> None:
    """Add the CPU seconds of both sides to `work`."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [server.wrap_bio(there, back, server_side=True), client.wrap_bio(back, there)]
    done = [False, False]
    while not all(done):
        for index in (1, 0):
            began = time.process_time()
            if not done[index]:
                try:
                    sides[index].do_handshake()
                    done[index] = True
                except ssl.SSLWantReadError:
                    pass
            work[index] += time.process_time() - began


def descriptors(options: argparse.Namespace) -> list[Row]:
    """Offer half as many file descriptors as the workers need, and then enough."""
    import psutil

    gc.disable()  # distributed measures memory at each collection, which needs a descriptor
    number, window = min(options.workers, 100), options.seconds / 3
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Simulation(number) as simulation, simulation.crowd(_PROCESSES) as crowd:
        backend: Any = simulation.backend
        simulation.wait_for_jobs(number)
        limit = psutil.Process().num_fds() + number
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        with _errors_counted() as errors:
            crowd.add(list(backend.jobs))
            time.sleep(window)
            size, first = simulation.programs.log_size(), errors[0]
            cpu = f"{100 * share_of_a_core(window):.0f} %"
            asked = "none" if simulation.programs.log_size() == size else "some"
            often = f"{(errors[0] - first) / window:,.0f}"
            connected = len(backend.cluster.scheduler_info["workers"])
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        stopwatch = Stopwatch()
        backend.wait_for_workers(number, timeout=600)
        recovered = f"{stopwatch.seconds:.1f} s"
    few = f"{number} workers, {limit} descriptors"
    return [
        (f"{few}: connected, CPU of the client", f"{connected}, {cpu}"),
        (f"{few}: errors logged in a second", often),
        (f"{few}: calls of squeue", asked),
        ("after the limit was raised: until all are connected", recovered),
    ]


@contextmanager
def _errors_counted() -> Iterator[list[int]]:
    """Count the errors that the event loop logs, and hide them."""
    count = [0]

    def note(_: logging.LogRecord) -> bool:
        count[0] += 1
        return False

    loggers = [logging.getLogger(name) for name in ("asyncio", "tornado.application")]
    for logger in loggers:
        logger.addFilter(note)
    try:
        yield count
    finally:
        for logger in loggers:
            logger.removeFilter(note)


def adaptive(options: argparse.Namespace) -> list[Row]:
    """Submit many tasks without workers, then with workers; then finish them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulation(0, options.workers, adaptive_interval="1s") as simulation,
    ):
        backend, gate = simulation.backend, os.path.join(folder, "gate")
        futures = backend.client.map(wait_for, [gate] * options.tasks, pure=False)
        simulation.wait_for_jobs(options.workers)
        rows = _steady(simulation, f"{options.workers} jobs wait, {options.tasks:,} tasks")
        with simulation.crowd(_PROCESSES) as crowd:
            simulation.programs.ends_processes([])
            crowd.add(list(backend.jobs))
            backend.wait_for_workers(options.workers, timeout=600)
            rows += _steady(simulation, f"{options.workers} workers, {options.tasks:,} tasks")
            before = simulation.calls("scancel")
            Path(gate).touch()
            del futures
            cluster: Any = backend.cluster
            until(lambda: not cluster.scheduler.tasks)
            stopwatch = Stopwatch()
            until(lambda: not simulation.left())
            figures = f"{stopwatch.seconds:.0f} s, {stopwatch.work:.0f} s"
            rows.append(("no tasks: until all jobs are ended, CPU", figures))
            ends = simulation.calls("scancel") - before
            rows.append(("no tasks: calls of scancel", str(ends)))
    return rows


def _steady(simulation: Simulation, name: str) -> list[Row]:
    cluster: Any = simulation.backend.cluster
    stopwatch = Stopwatch()
    for _ in range(_STEPS):
        simulation.in_loop(cluster._adaptive.adapt)
    each = f"{1000 * stopwatch.work / _STEPS:.1f} ms"
    before = [simulation.calls(program) for program in ("sbatch", "scancel")]
    time.sleep(_STEPS)
    after = [simulation.calls(program) for program in ("sbatch", "scancel")]
    more = ", ".join(str(late - early) for early, late in zip(before, after, strict=True))
    return [
        (f"{name}: CPU of a step", each),
        (f"{name}: calls of sbatch, of scancel in {_STEPS} steps", more),
    ]
