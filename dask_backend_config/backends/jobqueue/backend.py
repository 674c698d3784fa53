"""Base class of the backends whose workers are jobs of a batch scheduler."""

from __future__ import annotations

import functools
import os
import warnings
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from ...core.strings import count
from ...schedulers import SCHEDULERS, BatchScheduler
from .. import constructor
from ..base import BaseDaskBackend
from ..certificates import chosen_security, is_security
from ..options import BackendOptions
from ..task_threads import thread_limits
from . import certificates, config_transport
from .job_script import WorkerJob
from .options import ClusterOptions, scheduler_values
from .reading import job_queue_options

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from distributed.deploy.cluster import Cluster
    from distributed.diagnostics.plugin import WorkerPlugin
    from distributed.security import Security
    from typing_extensions import Unpack

    from ..lost_tasks import LostWorker
    from ..notebook import BackendSummary
    from ..worker_place import Place
    from .arguments import JobQueueArguments
    from .cluster import QueueCluster

_NO_SECURITY = (
    "security is false: anyone on the network can connect to the scheduler and the workers and run "
    "code as you"
)


class BaseDaskJobQueueBackend(BaseDaskBackend):
    """Backend whose workers are jobs of a batch scheduler, one worker per job.

    An argument that is None is read from the configuration: the section of the scheduler, then
    ``backends.jobqueue``, then ``jobqueue`` of dask-jobqueue.
    """

    #: Arguments that may be given by position, in the order of openff-evaluator's backends.
    positional: ClassVar[tuple[str, ...]] = (
        "minimum_number_of_workers",
        "maximum_number_of_workers",
        "resources_per_worker",
        "queue_name",
        "setup_script_commands",
        "extra_script_options",
        "adaptive_interval",
        "disable_nanny_process",
    )

    _limit_option = "maximum-number-of-workers"
    _options: ClusterOptions
    _job: WorkerJob
    #: The same with the configuration at the start.
    _next_job: WorkerJob
    _queue: QueueCluster | None = None
    #: The certificates of the next cluster, if a client asked for them already.
    _security: Security | None = None
    #: The number of each worker's latest job since the last start, by the worker's name.
    _numbers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, *values: Any, **arguments: Unpack[JobQueueArguments]) -> None:
        owner = type(self).__name__
        named = constructor.by_name(owner, self.positional, values, arguments)
        constructor.refuse_unknown(owner, self.kind, named)
        super().__init__(named)

    def __init_subclass__(cls) -> None:
        """Document the arguments of a scheduler's class; a subclass of it inherits them."""
        super().__init_subclass__()
        if "kind" in vars(cls):
            constructor.document(cls, cls.kind)

    @property
    def scheduler(self) -> BatchScheduler:
        """The batch scheduler: its options, its commands and how to read their output."""
        return SCHEDULERS[self.kind]

    @property
    def jobs(self) -> dict[str, str]:
        """See `BaseDaskBackend.jobs`."""
        jobs = [] if self._queue is None else list(self._queue.jobs.by_name.values())
        return {job.name: job.number for job in jobs if job.number}

    @property
    def logs(self) -> dict[str, str]:
        """See `BaseDaskBackend.logs`; log files named by ``extra-script-options`` are not found."""
        return {name: path for name in list(self._numbers) if (path := self._log_of(name))}

    def job_script(self) -> str:
        """Return the script of each job, with placeholders for what only a running cluster has.

        No cluster is started, no command runs and no file is written.

        Returns
        -------
        str

        Raises
        ------
        ConfigValueError
            If the configuration has a value that cannot be sent to workers.
        """
        from .offline_script import offline_script

        job = self._job_with_configuration()
        return offline_script(job, self.security, self._options.connections.protocol)

    def write_logs_at_once(self) -> None:
        """See `BaseDaskBackend.write_logs_at_once`."""
        self._job = self._job.with_immediate_log()

    def stray_logs(self) -> list[str]:
        """See `BaseDaskBackend.stray_logs`."""
        if self._job.request.log_directory:
            return []
        return [path for number in self.jobs.values() for path in self._log_paths(number)]

    def start(self) -> Any:
        """See `BaseDaskBackend.start`."""
        if not self._options.connections.security:
            warnings.warn(f"{type(self).__name__}: {_NO_SECURITY}", stacklevel=2)
        return super().start()

    def stop(self) -> Any:
        """End client, jobs and scheduler, and remove certificates; harmless if repeated.

        Raises
        ------
        BackendError
            If the batch scheduler did not end all jobs; it names them.
        """
        return super().stop()

    @property
    def security(self) -> Security | None:
        """See `ClusterInterface.security`; temporary certificates are made at the first use."""
        if self._cluster is not None:
            return super().security
        self._security = self._security or chosen_security(self._options.connections.security)
        return self._security

    def _configure(self, options: BackendOptions) -> None:
        own = self._scheduler_values(options)
        self._options, self._isolation, self._job = job_queue_options(options, self.scheduler, own)
        self.resources_per_worker = self._job.resources

    def _scheduler_values(self, options: BackendOptions) -> dict[str, Any]:
        """Return the values that only this scheduler has; a subclass may read them elsewhere."""
        return scheduler_values(options, self.scheduler)

    def _job_with_configuration(self) -> WorkerJob:
        """Return the job with the current configuration of this process.

        distributed renames keys when it is imported, as in a process that starts a cluster.
        """
        import distributed  # noqa: F401

        from ...config.resolve import live

        resolution = live()
        tree = config_transport.configuration_for_workers(resolution)
        if is_security(security := self._options.connections.security):
            tree = certificates.with_settings(tree, security)
        lines = config_transport.shell_lines(tree, os.environ)
        return replace(self._job, configuration=lines, thread_limits=thread_limits(resolution))

    def _prepare(self) -> None:
        self._next_job = self._job_with_configuration()

    def _open(self) -> Cluster:
        from ..lost_tasks import weak_description
        from .cluster import QueueCluster

        job, describe = self._next_job, weak_description(self._lost_worker)
        security, self._security = self.security, None
        self._queue = QueueCluster(job, self._options, describe, security)
        self._numbers = self._queue.jobs.numbers
        cluster: Cluster = self._queue.cluster
        return cluster

    async def _on_open(self) -> None:
        await super()._on_open()
        if self._queue is not None:
            await self._queue.start()

    async def _wait_for_workers(self) -> None:
        """Wait until the scheduler accepts a job; workers may come much later."""
        if self._queue is not None:
            await self._queue.wait_for_submission()

    def _ways_to_end(self) -> tuple[Callable[[], Awaitable[None]], Callable[[], None]]:
        if self._queue is None:
            return super()._ways_to_end()
        return self._queue.close, self._queue.kill

    async def _close(self) -> None:
        try:
            await super()._close()
        finally:
            self._queue = None

    def _adaptive_defaults(self) -> dict[str, Any]:
        options = self._options
        interval = f"{options.adaptive_interval} s"
        return {"minimum": options.minimum, "maximum": options.maximum, "interval": interval}

    def _worker_plugins(self) -> list[WorkerPlugin]:
        from .worker_plugins import worker_plugins

        return [*super()._worker_plugins(), *worker_plugins(self._job)]

    def _maximum_tasks(self) -> int:
        return self._options.maximum * self._job.tasks

    def _maximum_workers(self) -> int:
        return self._options.maximum

    def _plan(self) -> str:
        from ..notebook import describe_workers

        least, most = self._options.minimum, self._options.maximum
        number = f"{least} to " * (least != most) + count(most, "worker")
        return describe_workers(number, self.resources_per_worker, self._job.tasks)

    def _summary(self) -> BackendSummary:
        from ..notebook import log_pattern, waiting_jobs

        summary, queue = super()._summary(), self._queue
        numbers = {} if queue is None else dict(self._numbers)
        logs = {name: log_pattern(self._log_paths(number)) for name, number in numbers.items()}
        failure = None if queue is None else queue.jobs.failure
        return replace(
            summary,
            state=f"failed: {failure}" if failure else summary.state,
            waiting=waiting_jobs(queue),
            logs=logs,
            log_directory=self._job.request.log_directory or "",
        )

    def _log_paths(self, number: str) -> list[str]:
        return self.scheduler.log_paths(self._job.request, number, os.getcwd())

    def _log_of(self, worker: str) -> str | None:
        from ..worker_logs import find_log, log_patterns

        return find_log(log_patterns(self._job, self._numbers[worker]))

    def _place_of(self, worker: str) -> tuple[str | None, str | None]:
        number = self._numbers.get(worker)
        return number, self._log_of(worker) if number else None

    def _lost_worker(self, state: Any) -> LostWorker:
        from ..lost_tasks import LostWorker

        name = str(state.name)
        number = self._numbers.get(name)
        if number is None:  # a worker that this backend did not start
            return LostWorker(name, state.host, state.pid)
        job = f"{self.scheduler.title} job {number}"
        return LostWorker(name, state.host, state.pid, job, log=self._log_of(name))

    def _check(self) -> None:
        if self._queue is not None:
            self._queue.raise_if_failed()

    def _worker_place(self) -> Place:
        from ..worker_place import place_of_job

        return functools.partial(place_of_job, self.scheduler, self._job.request, os.getcwd())

    def _why_waiting(self) -> str:
        return self._queue.monitor.describe_waiting() if self._queue is not None else ""


constructor.document(BaseDaskJobQueueBackend, "jobqueue")
