"""The backend whose workers run on this machine."""

from __future__ import annotations

import functools
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...core import units
from ...core.errors import BackendError
from ...core.strings import count
from ...schedulers.allocation import allocation
from ...storage.files import make_folder
from .. import gpus, task_resources
from ..base import BaseDaskBackend
from ..certificates import SecurityObject
from ..options import BackendOptions
from ..resources import ComputeResources
from ..task_threads import share_of_task
from ..worker_environment import LOOPBACK, default_log_level, has_dashboard
from .options import LocalOptions, local_options

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from distributed.deploy.cluster import Cluster
    from distributed.security import Security

    from ..lost_tasks import LostWorker
    from ..notebook import BackendSummary
    from ..worker_logs import LogPathsPlugin
    from ..worker_place import Place
    from .nanny_pool import NannyPool
    from .process import NannyProcess

_LOST_TASK_HINT = (
    "To allow more, set backends.local.allowed-failures; if memory ran out, raise memory-limit"
)


class DaskLocalCluster(BaseDaskBackend):
    """Backend whose workers are processes on this machine, reachable from this machine only.

    An argument that is None is read from its key below ``backends.local``; backends.yaml lists
    the defaults. Scripts need no ``if __name__ == "__main__"``.

    Parameters
    ----------
    number_of_workers : int, optional
        Number of worker processes; by default as many as the CPUs and the requested GPUs allow.
    resources_per_worker : ComputeResources, optional
        Threads and GPUs of each worker.
    tasks_per_worker : int, optional
        Tasks that a worker runs at once, which share its threads; by default one for each thread.
    allow_more_threads_than_cores : bool, optional
        Whether workers of several threads may have more threads in total than there are CPUs.
    memory_limit : str, int, or a quantity with ``to("byte")``, optional
        Memory of each worker, such as "4 GB", or in bytes; 0 for no limit.
    local_directory : str, optional
        Folder for the files of the workers.
    log_directory : str, optional
        Folder for the logs of the workers.
    allowed_failures : int, optional
        Workers that may die while they run a task before it fails with `TaskLostError`.
    dashboard_address : str or int, optional
        Address or port of the scheduler's dashboard.
    task_isolation : {"none", "process", "fresh"}, optional
        Where tasks run: in the worker process, in a process that is kept for the next task, or in
        a new process for each task.
    isolated_tasks_per_process : int, optional
        Tasks after which a kept process is replaced; 0 for no limit.
    isolated_process_memory_limit : str, int, or a quantity with ``to("byte")``, optional
        A kept process is replaced if it uses more memory than this after a task.
    isolation_preload : list of str, optional
        Modules to import once per worker, so that the process of each task has them.
    task_time_limit : str or float, optional
        Time after which the process of an isolated task is killed, such as "10 minutes".
    start_timeout : str or float, optional
        How long `start` waits for all workers, such as "2 minutes", or in seconds.
    security : bool, "auto" or distributed.Security, optional
        Whether connections are encrypted and authenticated (TLS), with temporary certificates;
        "auto" if other people use this machine. Or the certificates to use.
    protocol : str, optional
        Protocol of all connections, such as "tls", "tcp" or "ws".
    name : str, optional
        Name of the cluster, with which the names of its workers begin.
    scheduler_options : dict, optional
        Other keyword arguments for dask's scheduler, such as ``{"port": 8786}``.
    asynchronous : bool, optional
        Whether the backend is used in an event loop, with ``await`` and ``async with``.

    Raises
    ------
    ConfigValueError
        If an argument or a configured value is invalid, or exceeds the resources of this machine.
    """

    kind = "local"
    _limit_option = "number-of-workers"
    _options: LocalOptions
    _log_paths: LogPathsPlugin | None = None
    #: The certificates of the next cluster, if a client asked for them already.
    _security: Security | None = None
    _process: NannyProcess
    _pool: NannyPool

    def __init__(
        self,
        number_of_workers: int | None = None,
        resources_per_worker: ComputeResources | None = None,
        tasks_per_worker: int | None = None,
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
        task_time_limit: str | float | None = None,
        start_timeout: str | float | None = None,
        security: bool | str | SecurityObject | None = None,
        protocol: str | None = None,
        name: str | None = None,
        scheduler_options: dict[str, Any] | None = None,
        asynchronous: bool | None = None,
    ) -> None:
        BaseDaskBackend.__init__(self, {n: v for n, v in locals().items() if n != "self"})

    def _configure(self, options: BackendOptions) -> None:
        from dask.system import CPU_COUNT

        visible = functools.partial(gpus.visible_gpus, os.environ)
        job = allocation(os.environ)
        self._options = local_options(options, CPU_COUNT, visible, job)
        self.resources_per_worker = self._options.resources
        self.number_of_workers = self._options.number_of_workers
        self._resources_per_task = share_of_task(self.resources_per_worker, self._options.tasks)
        self._isolation = self._options.isolation

    def job_script(self) -> str:
        """Raise an error: local workers are not batch jobs.

        Raises
        ------
        BackendError
            Always.
        """
        raise BackendError("a local backend has no job script: its workers are not batch jobs")

    @property
    def logs(self) -> dict[str, str]:
        """See `BaseDaskBackend.logs`; empty if ``log-directory`` is null."""
        return {} if self._log_paths is None else dict(self._log_paths.paths)

    @property
    def security(self) -> Security | None:
        """See `ClusterInterface.security`; temporary certificates are made at the first use."""
        if self._cluster is not None:
            return super().security
        from .security import local_security

        self._security = self._security or local_security(self._options.connections.security)
        return self._security

    def _prepare(self) -> None:
        from .environment import start_nanny_process

        # The new process imports distributed while this process does the same.
        self._process = start_nanny_process(self._resources_per_task.number_of_threads)

    def _open(self) -> Cluster:
        try:
            return self._new_cluster()
        except BaseException:
            self._process.kill()
            raise

    def _new_cluster(self) -> Cluster:
        from ..dashboards import with_dashboard_link
        from ..lost_tasks import LostTaskScheduler
        from ..worker_logs import LogPathsPlugin
        from .cluster_entry import LocalSpecCluster
        from .nanny_pool import NannyPool

        security, self._security = self.security, None
        if self._options.log_directory:
            make_folder(self._options.log_directory)
            self._log_paths = LogPathsPlugin(self._options.log_directory)
        level = default_log_level()
        self._pool = NannyPool(self._process, level)
        cluster: Cluster = with_dashboard_link(LocalSpecCluster)(
            pool=self._pool,
            prefix=self._options.prefix,
            number=self.number_of_workers,
            shares=self._shares_of_gpus(),
            worker={**self._nanny_options(), "security": security},
            security=security,
            scheduler={"cls": LostTaskScheduler, "options": self._scheduler_options(security)},
            name=self.name,
            silence_logs=level,
        )
        return cluster

    def _scheduler_options(self, security: Security | None) -> dict[str, Any]:
        """Return the keyword arguments of the `LostTaskScheduler`."""
        from distributed.security import Security

        from ..lost_tasks import weak_description

        options, encrypted = self._options, security or Security().require_encryption
        given = options.connections.scheduler_options
        usual = {"protocol": "tls://" if encrypted else None, "dashboard": has_dashboard()}
        if "interface" not in given:
            usual["host"] = LOOPBACK
        if options.allowed_failures is not None:
            given = {**given, "allowed_failures": options.allowed_failures}
        return {
            "port": 0,
            **usual,
            **given,
            "dashboard_address": options.connections.dashboard_address,
            "hint": _LOST_TASK_HINT,
            "security": security,
            "describe": weak_description(self._lost_worker),
            "plugins": [*given.get("plugins", ()), *filter(None, [self._log_paths])],
        }

    async def _wait_for_workers(self) -> None:
        await self._pool.wait(self._options.start_timeout)

    def _ways_to_end(self) -> tuple[Callable[[], Awaitable[None]], Callable[[], None]]:
        close, _ = super()._ways_to_end()
        return close, self._pool.kill

    def _adaptive_defaults(self) -> dict[str, Any]:
        return {"maximum": self.number_of_workers}

    def _maximum_tasks(self) -> int:
        return self.number_of_workers * self._options.tasks

    def _maximum_workers(self) -> int:
        return self.number_of_workers

    def _plan(self) -> str:
        from ..notebook import describe_workers

        number = count(self.number_of_workers, "worker")
        return describe_workers(number, self.resources_per_worker, self._options.tasks)

    def _summary(self) -> BackendSummary:
        folder = self._options.log_directory or ""
        return replace(super()._summary(), logs=self.logs, log_directory=folder)

    def _worker_place(self) -> Place:
        from ..worker_place import place_of_local_worker

        return functools.partial(place_of_local_worker, self._options.log_directory)

    def _lost_worker(self, state: Any) -> LostWorker:
        from ..lost_tasks import LostWorker

        name = str(state.name)
        return LostWorker(name, state.host, state.pid, log=self.logs.get(name))

    def _nanny_options(self) -> dict[str, Any]:
        """Return the keyword arguments of all ``distributed.Nanny``."""
        from distributed.system import MEMORY_LIMIT

        job, limit = self._options.job, self._options.memory_limit
        memory = MEMORY_LIMIT if job is None else min(MEMORY_LIMIT, job.memory or MEMORY_LIMIT)
        share = memory // self.number_of_workers
        return {
            "host": LOOPBACK,
            "dashboard_address": f"{LOOPBACK}:0",
            "nthreads": self._options.tasks,
            "memory_limit": share if limit is None else limit,
            "local_directory": self._options.local_directory,
            "log_directory": self._options.log_directory,
            "env": {task_resources.VARIABLE: task_resources.encoded(self._resources_per_task)},
        }

    def _shares_of_gpus(self) -> list[dict[str, str]] | None:
        """Return the variable with the GPUs of each worker, for as many as there can be.

        None if they need none.
        """
        visible, each = self._options.gpus, self.resources_per_worker.number_of_gpus
        if not each or not visible.names:
            return None
        shares = gpus.divide(visible.names, len(visible.names) // each, each)
        return [{visible.variable: share} for share in shares]


#: The plain name of the backend with workers on this machine.
LocalBackend = DaskLocalCluster
