"""Workers on this machine."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...core import units
from ...core.errors import BackendError
from ...storage.files import make_folder
from .. import gpus, task_resources
from ..base import BaseDaskBackend
from ..isolation.options import isolation_options
from ..options import Settings
from ..resources import GPUS, THREADS, ComputeResources
from ..worker_environment import (
    LOOPBACK,
    has_dashboard,
    log_level,
    on_loopback,
    unsaid_thread_limits,
)

if TYPE_CHECKING:
    from distributed.deploy.cluster import Cluster

    from ..lost_tasks import LostWorker
    from ..notebook import Summary
    from ..worker_logs import KnownLogs
    from .cluster_entry import LocalWorkers
    from .process import NannyProcess

_NAME = "local"
_WHERE_TASKS_ARE_LOST = (
    "backends.local.allowed-failures, or distributed.scheduler.allowed-failures, says how many "
    "workers a task may lose; where memory ran out, see memory-limit"
)


class DaskLocalCluster(BaseDaskBackend):
    """Runs tasks in worker processes on this machine, reachable from this machine only.

    What is None is as configured, see ``backends.local`` in the shipped backends.yaml. The script
    that makes one needs no ``if __name__ == "__main__"``.

    Parameters
    ----------
    number_of_workers : int, optional
        Worker processes, as many as CPUs and GPUs can serve where nothing is configured.
    resources_per_worker : ComputeResources, optional
        Threads and GPUs of each worker.
    allow_more_threads_than_cores : bool, optional
        Whether workers of several threads may have more of them in all than there are CPUs.
    memory_limit : str, int, or a quantity with ``to("byte")``, optional
        Memory of each worker, "4 GB" or a number of bytes; 0 for no limit.
    local_directory : str, optional
        Folder for the workers' files.
    log_directory : str, optional
        Folder for a log of each worker.
    allowed_failures : int, optional
        How many workers may die of a task before it fails with `TaskLostError`.
    dashboard_address : str or int, optional
        Where the scheduler's dashboard listens.
    task_isolation : {"none", "process", "fresh"}, optional
        Where a task runs: in the worker's process, in a process that is kept for the next task, or
        in a new process each time.
    isolated_tasks_per_process : int, optional
        Tasks after which a process that is kept is replaced, 0 for no limit.
    isolated_process_memory_limit : str, int, or a quantity with ``to("byte")``, optional
        A process that is kept is replaced when it has more memory than this after a task.
    isolation_preload : list of str, optional
        Modules that each such process has from its start.
    start_timeout : str or float, optional
        How long `start` waits for all workers, "2 minutes" or a number of seconds.

    Raises
    ------
    ConfigValueError
        Where an argument or a configured value cannot be meant, or asks for more than this
        machine has.
    """

    kind = "local"
    _known_logs: KnownLogs | None = None

    def __init__(
        self,
        number_of_workers: int | None = None,
        resources_per_worker: ComputeResources | None = None,
        allow_more_threads_than_cores: bool | None = None,
        memory_limit: str | int | units.Quantity | None = None,
        local_directory: str | None = None,
        log_directory: str | None = None,
        allowed_failures: int | None = None,
        dashboard_address: str | int | None = None,
        task_isolation: str | None = None,
        isolated_tasks_per_process: int | None = None,
        isolated_process_memory_limit: str | int | units.Quantity | None = None,
        isolation_preload: list[str] | None = None,
        start_timeout: str | float | None = None,
    ) -> None:
        super().__init__(
            {
                "number-of-workers": number_of_workers,
                "resources-per-worker": resources_per_worker,
                "allow-more-threads-than-cores": allow_more_threads_than_cores,
                "memory-limit": memory_limit,
                "local-directory": local_directory,
                "log-directory": log_directory,
                "allowed-failures": allowed_failures,
                "dashboard-address": dashboard_address,
                "task-isolation": task_isolation,
                "isolated-tasks-per-process": isolated_tasks_per_process,
                "isolated-process-memory-limit": isolated_process_memory_limit,
                "isolation-preload": isolation_preload,
                "start-timeout": start_timeout,
            }
        )

    def _configure(self, settings: Settings) -> None:
        from dask.system import CPU_COUNT

        self.resources_per_worker = settings.resources(ComputeResources)
        self.number_of_workers, self._devices = _workers_and_devices(
            settings, self.resources_per_worker, CPU_COUNT
        )
        memory = settings.value("memory-limit")
        self._memory_limit = None if memory is None else units.memory(memory)
        folder = settings.value("local-directory")
        self._local_directory = folder and os.path.expandvars(os.path.expanduser(folder))
        self._log_directory = settings.folder("log-directory")
        self._allowed_failures = settings.value("allowed-failures")
        self._dashboard_address = on_loopback(settings.value("dashboard-address"))
        self._start_timeout = units.duration(settings.value("start-timeout"))
        self._isolation = isolation_options(settings)

    def job_script(self) -> str:
        """Raise: a local backend has no jobs.

        Raises
        ------
        BackendError
            Always.
        """
        raise BackendError("a local backend has no job script: its workers are no jobs")

    @property
    def logs(self) -> dict[str, str]:
        """See `BaseDaskBackend.logs`; empty where ``log-directory`` is null."""
        return {} if self._known_logs is None else dict(self._known_logs.paths)

    def _open(self) -> Cluster:
        from .process import NannyProcess

        # First of all, because it imports distributed while this process does the same.
        process = NannyProcess(_environment(self.resources_per_worker.number_of_threads or 1))
        try:
            return self._open_with(process)
        except BaseException:
            process.kill()
            raise

    def _open_with(self, process: NannyProcess) -> Cluster:
        from distributed.deploy.spec import SpecCluster
        from distributed.security import Security

        from ..lost_tasks import LostTaskScheduler
        from ..worker_logs import KnownLogs
        from .cluster_entry import LocalWorkers

        if self._log_directory:
            make_folder(self._log_directory)
            self._known_logs = KnownLogs(self._log_directory)
        scheduler = {
            "host": LOOPBACK,
            "port": 0,
            "protocol": "tls://" if Security().require_encryption else None,
            "dashboard_address": self._dashboard_address,
            "dashboard": has_dashboard(),
            "allowed_failures": self._allowed_failures,
            "describe": self._lost_worker,
            "hint": _WHERE_TASKS_ARE_LOST,
            "plugins": [] if self._known_logs is None else [self._known_logs],
        }
        level = log_level()
        workers = {"process": process, "nannies": self._nannies(), "log_level": level}
        suffixes = [f"-{number}" for number in range(self.number_of_workers)]
        return SpecCluster(
            scheduler={"cls": LostTaskScheduler, "options": scheduler},
            workers={_NAME: {"cls": LocalWorkers, "options": workers, "group": suffixes}},
            name=type(self).__name__,
            silence_logs=level,
        )

    def _wait_for_workers(self, cluster: Any) -> None:
        workers: LocalWorkers = cluster.workers[_NAME]
        workers.wait(self._start_timeout)

    def _most_threads(self) -> int:
        return self.number_of_workers * (self.resources_per_worker.number_of_threads or 1)

    def _planned(self) -> str:
        from ..notebook import planned

        number = self.number_of_workers
        return planned(f"{number} worker{'s' if number != 1 else ''}", self.resources_per_worker)

    def _summary(self) -> Summary:
        return replace(super()._summary(), logs=self.logs, log_place=self._log_directory or "")

    def _lost_worker(self, state: Any) -> LostWorker:
        from ..lost_tasks import LostWorker

        name = str(state.name)
        return LostWorker(name, state.host, state.pid, log=self.logs.get(name))

    def _nannies(self) -> list[dict[str, Any]]:
        """The keywords of each ``distributed.Nanny``."""
        from distributed.system import MEMORY_LIMIT

        share = MEMORY_LIMIT // self.number_of_workers
        common = {
            "host": LOOPBACK,
            "dashboard_address": f"{LOOPBACK}:0",
            "nthreads": self.resources_per_worker.number_of_threads,
            "memory_limit": share if self._memory_limit is None else self._memory_limit,
            "local_directory": self._local_directory,
            "log_directory": self._log_directory,
        }
        environ = {task_resources.VARIABLE: task_resources.encoded(self.resources_per_worker)}
        return [
            {
                **common,
                "name": f"{_NAME}-{number}",
                "env": {**environ, gpus.VARIABLE: devices} if devices else environ,
            }
            for number, devices in enumerate(self._devices)
        ]


def _workers_and_devices(
    settings: Settings, resources: ComputeResources, cores: int
) -> tuple[int, list[str]]:
    """How many workers, and ``CUDA_VISIBLE_DEVICES`` for each, empty for as it is.

    Raises
    ------
    ConfigValueError
        Where they would have more threads or GPUs than there are.
    """
    threads, each = resources.number_of_threads or 1, resources.number_of_gpus or 0
    visible = gpus.visible(os.environ) if each else ()
    by_gpus = len(visible) // each if each else cores
    workers = settings.value("number-of-workers") or max(1, min(cores // threads, by_gpus))
    if each * workers > len(visible):
        wrong = _too_many(workers, each, "GPUs", len(visible))
        raise settings.option_error(GPUS, wrong)
    allowed = settings.value("allow-more-threads-than-cores")
    if threads > 1 and workers * threads > cores and not allowed:
        wrong = _too_many(workers, threads, "CPUs", cores)
        wrong = f"{wrong}; allow-more-threads-than-cores permits it"
        raise settings.option_error(THREADS, wrong)
    return workers, gpus.shares(visible, workers, each)


def _too_many(workers: int, each: int, things: str, there: int) -> str:
    whose = "one worker needs" if workers == 1 else f"{workers} workers need"
    return f"{whose} {workers * each} {things}, and there are {there} for them"


def _environment(threads: int) -> dict[str, str]:
    """The environment of this process, with OMP_NUM_THREADS and its likes at the worker's threads.

    distributed's default for them is 1; what the user says in the environment or in the
    configuration stays.
    """
    environ = dict(os.environ)
    if threads > 1:
        from ...config.resolve import live

        limits = (name for name in unsaid_thread_limits(live()) if name not in environ)
        environ.update(dict.fromkeys(limits, str(threads)))
    return environ
