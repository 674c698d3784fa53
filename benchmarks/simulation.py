"""Simulate a Slurm backend with imitated commands and simulated workers, and measure it."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .simulated_workers import Crowd
from .stand_ins import StandIns

#: A description and a figure.
Row = tuple[str, str]
_LIMIT = 600.0
_ROLES = ("require_encryption", "tls_ca_file", "tls_worker_cert", "tls_worker_key")


class Stopwatch:
    """A stopwatch for wall-clock and CPU time of this process."""

    def __init__(self) -> None:
        self._began, self._worked = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self._began

    @property
    def work(self) -> float:
        """Return the CPU seconds since the start."""
        return time.process_time() - self._worked


class Simulation:
    """A started backend, as a context manager that stops it.

    Parameters
    ----------
    minimum, maximum : int
        The numbers of workers.
    pause, most
        See `StandIns`.
    **tunables
        Arguments of ``DaskSLURMBackend``.
    """

    def __init__(
        self,
        minimum: int,
        maximum: int | None = None,
        pause: float = 0,
        most: int = 0,
        **tunables: Any,
    ) -> None:
        import dask_jobqueue  # noqa: F401 - takes a second, which must not count

        from dask_backend_config import DaskSLURMBackend, QueueWorkerResources

        self._folder = tempfile.TemporaryDirectory(prefix="simulation-")
        self.programs = StandIns(self._folder.name, pause, most)
        resources = QueueWorkerResources(number_of_threads=1, per_thread_memory_limit="1 GB")
        self.backend = DaskSLURMBackend(
            minimum_number_of_workers=minimum,
            maximum_number_of_workers=maximum,
            resources_per_worker=resources,
            interface="lo",
            **tunables,
        )

    def __enter__(self) -> Simulation:
        self.backend.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.backend.stop()
        self._folder.cleanup()

    def wait_for_jobs(self, number: int) -> None:
        """Wait until there are this many jobs."""
        until(lambda: len(self.backend.jobs) == number)

    @contextmanager
    def crowd(self, processes: int) -> Iterator[Crowd]:
        """Start processes for simulated workers, which `scancel` kills."""
        cluster: Any = self.backend.cluster
        security = {name: getattr(cluster.security, name) for name in _ROLES}
        folder = self._folder.name
        with Crowd(cluster.scheduler_address, security, folder, processes) as crowd:
            self.programs.ends_processes(crowd.process_ids)
            yield crowd

    def calls(self, program: str) -> int:
        """Return the number of calls of a program."""
        return len(self.programs.calls(program))

    def calls_in(self, seconds: float, program: str) -> str:
        """Return the calls of a program in a minute, measured for some seconds."""
        before = self.calls(program)
        time.sleep(seconds)
        return f"{60 * (self.calls(program) - before) / seconds:.1f}"

    def left(self) -> int:
        """Return the number of jobs that were accepted and not cancelled."""
        return len(self.programs.accepted() - self.programs.cancelled())

    def in_loop(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run a coroutine function in the event loop of the cluster and return its result."""
        cluster: Any = self.backend.cluster
        return cluster.sync(function, *args)


def until(condition: Callable[[], bool], limit: float = _LIMIT) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"timed out after {limit:g} s")
        time.sleep(0.05)


def silence() -> None:
    """Disable warnings, for example about waiting jobs, which would be printed between the rows."""
    logging.disable(logging.WARNING)


def share_of_a_core(seconds: float) -> float:
    """Return the CPU usage of this process, measured for some seconds."""
    stopwatch = Stopwatch()
    time.sleep(seconds)
    return stopwatch.work / stopwatch.seconds


def empty_home(folder: str) -> None:
    """Remove dask's configuration; call this before dask is imported."""
    for name in [name for name in os.environ if name.startswith("DASK")]:
        del os.environ[name]
    os.environ |= {"HOME": folder, "DASK_ROOT_CONFIG": os.path.join(folder, "none")}
