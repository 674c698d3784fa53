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
from .. import gpus
from ..abstract_resources import abstract_resources
from ..base import BaseDaskBackend
from ..certificates import SecurityObject
from ..group_options import group_options
from ..options import BackendOptions
from ..resources import ComputeResources
from ..task_threads import share_of_task
from ..worker_environment import LOOPBACK, default_log_level, has_dashboard
from .options import LocalOptions, local_groups

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

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
    worker_groups : mapping of str to mapping, optional
        Groups of workers with different options, by their names, such as
        ``{"small": {"number_of_workers": 2}, "large": {"number_of_workers": 1}}``.
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
        worker_groups: Mapping[str, Mapping[str, Any] | None] | None = None,
        protocol: str | None = None,
        name: str | None = None,
        scheduler_options: dict[str, Any] | None = None,
        asynchronous: bool | None = None,
    ) -> None:
        BaseDaskBackend.__init__(self, {n: v for n, v in locals().items() if n != "self"})

    def _configure(self, options: BackendOptions) -> None:
        from dask.system import CPU_COUNT

        visible = functools.cache(functools.partial(gpus.visible_gpus, os.environ))
        groups = group_options(options) or {"": options}
        self._groups = local_groups(groups, CPU_COUNT, visible, allocation(os.environ))
        self._resources = {name: abstract_resources(each, name) for name, each in groups.items()}
        self._options = next(iter(self._groups.values()))
        self.resources_per_worker = self._options.resources
        self.number_of_workers = self._maximum_workers()
        self._isolation = self._options.isolation

    def job_script(self, worker_group: str | None = None) -> str:
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

        share = share_of_task(self.resources_per_worker, self._options.tasks)
        # The new process imports distributed while this process does the same.
        self._process = start_nanny_process(share.number_of_threads)

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
        from .nanny_options import local_groups_of_workers
        from .nanny_pool import NannyPool

        security, self._security = self.security, None
        if self._options.log_directory:
            make_folder(self._options.log_directory)
            self._log_paths = LogPathsPlugin(self._options.log_directory)
        level, groups = default_log_level(), self._groups.values()
        self._pool = NannyPool(self._process, level)
        cluster: Cluster = with_dashboard_link(LocalSpecCluster)(
            pool=self._pool,
            prefix=self._options.prefix,
            worker_groups=local_groups_of_workers(self._groups, self._resources, security),
            gpus=next((each.gpus for each in groups if each.gpus.names), gpus.VisibleGPUs(())),
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

    def _maximum_tasks(self) -> int:
        return sum(each.number_of_workers * each.tasks for each in self._groups.values())

    def _maximum_workers(self, worker_group: str | None = None) -> int:
        named = self._groups.values() if worker_group is None else [self._groups[worker_group]]
        return sum(each.number_of_workers for each in named)

    def _plan(self) -> str:
        from ..notebook import describe_groups, describe_workers

        return describe_groups(
            {
                name: describe_workers(
                    count(each.number_of_workers, "worker"), each.resources, each.tasks
                )
                for name, each in self._groups.items()
            }
        )

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


#: The plain name of the backend with workers on this machine.
LocalBackend = DaskLocalCluster
