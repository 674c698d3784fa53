"""A Slurm backend on stand-in programs, with simulated workers, and what is read off it."""

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

#: What was measured, and the figure.
Row = tuple[str, str]
_LIMIT = 600.0
_ROLES = ("require_encryption", "tls_ca_file", "tls_worker_cert", "tls_worker_key")


class Stopwatch:
    """Seconds, and CPU seconds of this process, since it was made."""

    def __init__(self) -> None:
        self._began, self._worked = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> float:
        """By the clock."""
        return time.perf_counter() - self._began

    @property
    def work(self) -> float:
        """Of CPU."""
        return time.process_time() - self._worked


class Simulation:
    """A backend of so many jobs, which is started; a context manager that stops it.

    Parameters
    ----------
    minimum, maximum : int
        Workers.
    pause, most
        See `StandIns`.
    **tunables
        More of ``DaskSLURMBackend``'s.
    """

    def __init__(
        self,
        minimum: int,
        maximum: int | None = None,
        pause: float = 0,
        most: int = 0,
        **tunables: Any,
    ) -> None:
        import dask_jobqueue  # noqa: F401 - takes a second, which is not the backend's

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
        """Return as soon as so many jobs are there."""
        until(lambda: len(self.backend.jobs) == number)

    @contextmanager
    def crowd(self, processes: int) -> Iterator[Crowd]:
        """Processes for simulated workers, which `scancel` kills."""
        cluster: Any = self.backend.cluster
        security = {name: getattr(cluster.security, name) for name in _ROLES}
        folder = self._folder.name
        with Crowd(cluster.scheduler_address, security, folder, processes) as crowd:
            self.programs.ends_processes(crowd.numbers)
            yield crowd

    def calls(self, program: str) -> int:
        """How often it was called."""
        return len(self.programs.calls(program))

    def calls_in(self, seconds: float, program: str) -> str:
        """How often it is called in a minute, from now on for so many seconds."""
        before = self.calls(program)
        time.sleep(seconds)
        return f"{60 * (self.calls(program) - before) / seconds:.1f}"

    def left(self) -> int:
        """Jobs that were accepted and not ended."""
        return len(self.programs.accepted() - self.programs.cancelled())

    def in_loop(self, function: Callable[..., Any], *args: Any) -> Any:
        """What a coroutine function returns in the event loop of the cluster."""
        cluster: Any = self.backend.cluster
        return cluster.sync(function, *args)


def until(condition: Callable[[], bool], limit: float = _LIMIT) -> None:
    """Return as soon as a condition holds."""
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"it did not happen within {limit:g} s")
        time.sleep(0.05)


def silence() -> None:
    """Have warnings, such as those of jobs that wait, not stand between the rows."""
    logging.disable(logging.WARNING)


def share_of_a_core(seconds: float) -> float:
    """CPU of this process during so many seconds from now on."""
    stopwatch = Stopwatch()
    time.sleep(seconds)
    return stopwatch.work / stopwatch.seconds


def empty_home(folder: str) -> None:
    """Have dask read no configuration; to be called before it is imported."""
    for name in [name for name in os.environ if name.startswith("DASK")]:
        del os.environ[name]
    os.environ |= {"HOME": folder, "DASK_ROOT_CONFIG": os.path.join(folder, "none")}
