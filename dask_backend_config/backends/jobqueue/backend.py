"""Base class of the backends whose workers are jobs of a batch scheduler."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from .. import constructor, termination
from ..certificates import chosen_security, is_security
from ..group_options import group_options
from ..isolation.options import isolation_options
from ..options import BackendOptions
from ..task_threads import thread_limits
from . import certificates, config_transport
from .jobs_view import JobsView
from .options import ClusterOptions, scheduler_values
from .queue_group import GroupOptions
from .reading import job_queue_options

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from distributed.deploy.cluster import Cluster
    from distributed.diagnostics.plugin import WorkerPlugin
    from distributed.security import Security
    from typing_extensions import Unpack

    from .arguments import JobQueueArguments

_NO_SECURITY = (
    "security is false: anyone on the network can connect to the scheduler and the workers and run "
    "code as you"
)


class BaseDaskJobQueueBackend(JobsView):
    """Backend whose workers are in jobs of a batch scheduler.

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

    _options: ClusterOptions
    #: The groups with the configuration at the start.
    _next_groups: dict[str, GroupOptions]
    #: The certificates of the next cluster, if a client asked for them already.
    _security: Security | None = None

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

    def job_script(self, worker_group: str | None = None) -> str:
        """Return the script of each job, with placeholders for what only a running cluster has.

        No cluster is started, no command runs and no file is written.

        Parameters
        ----------
        worker_group : str, optional
            By default the first group.

        Returns
        -------
        str

        Raises
        ------
        ConfigValueError
            If the configuration has a value that cannot be sent to workers, or the group does not
            exist.
        """
        from .offline_script import offline_script

        name = self._group_name(worker_group) or next(iter(self._groups))
        job = self._with_configuration()[name].job
        return offline_script(job, self.security, self._options.connections.protocol)

    def write_logs_at_once(self) -> None:
        """See `BaseDaskBackend.write_logs_at_once`."""
        self._groups = {
            name: replace(group, job=group.job.with_immediate_log())
            for name, group in self._groups.items()
        }

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
        try:
            return super().stop()
        finally:
            termination.unwatch()

    @property
    def security(self) -> Security | None:
        """See `ClusterInterface.security`; temporary certificates are made at the first use."""
        if self._cluster is not None:
            return super().security
        self._security = self._security or chosen_security(self._options.connections.security)
        return self._security

    def _configure(self, options: BackendOptions) -> None:
        groups = group_options(options) or {"": options}
        self._groups = {name: self._read(each, name) for name, each in groups.items()}
        first = next(iter(self._groups.values()))
        self._options = replace(first.cluster, interface=options.value("interface"))
        self._isolation = isolation_options(options)
        self.resources_per_worker = first.job.resources

    def _scheduler_values(self, options: BackendOptions) -> dict[str, Any]:
        """Return the values that only this scheduler has; a subclass may read them elsewhere."""
        return scheduler_values(options, self.scheduler)

    def _read(self, options: BackendOptions, group: str) -> GroupOptions:
        own = self._scheduler_values(options)
        cluster, _, job = job_queue_options(options, self.scheduler, own, group)
        return GroupOptions(cluster, job)

    def _with_configuration(self) -> dict[str, GroupOptions]:
        """Return the groups with the current configuration of this process.

        distributed renames keys when it is imported, as in a process that starts a cluster.
        """
        import distributed  # noqa: F401

        from ...config.resolve import live

        resolution = live()
        tree = config_transport.configuration_for_workers(resolution)
        if is_security(security := self._options.connections.security):
            tree = certificates.with_settings(tree, security)
        lines = config_transport.shell_lines(tree, os.environ)
        limits = thread_limits(resolution)
        return {
            name: replace(group, job=replace(group.job, configuration=lines, thread_limits=limits))
            for name, group in self._groups.items()
        }

    def _prepare(self) -> None:
        termination.watch()
        self._next_groups = self._with_configuration()

    def _open(self) -> Cluster:
        from ..lost_tasks import weak_description
        from .cluster import QueueCluster

        describe = weak_description(self._lost_worker)
        security, self._security = self.security, None
        self._queue = QueueCluster(self._next_groups, self._options, describe, security)
        self._submitted = self._queue.submitted
        cluster: Cluster = self._queue.cluster
        return cluster

    async def _on_open(self) -> None:
        await super()._on_open()
        if self._shared_security is not None:
            termination.add(self._shared_security.remove)
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
        if self._shared_security is not None:
            termination.remove(self._shared_security.remove)
        try:
            await super()._close()
        finally:
            self._queue = None
            termination.unwatch()

    def _worker_plugins(self) -> list[WorkerPlugin]:
        from .worker_plugins import worker_plugins

        jobs = {name: group.job for name, group in self._groups.items()}
        return [*worker_plugins(jobs), *super()._worker_plugins()]


constructor.document(BaseDaskJobQueueBackend, "jobqueue")
