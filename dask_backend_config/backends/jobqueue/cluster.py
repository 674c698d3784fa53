"""A running cluster of jobs: dask_jobqueue's cluster, certificates, configuration and monitor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...core.errors import BackendError
from ...schedulers.amounts import hours_minutes_seconds
from ...storage.files import make_folder
from ...storage.private_folder import PrivateFolder
from ..dashboards import with_dashboard_link
from ..dask_jobqueue_internals import cluster_class, job_class
from ..ends import close_cluster
from ..lost_tasks import LostWorker
from ..resources import WALLTIME
from ..scaled_cluster_internals import scaled
from ..worker_environment import default_log_level, has_dashboard, raise_open_files_limit
from . import config_transport
from .certificates import needs_files, with_files, worker_options
from .job_script import WorkerJob
from .jobs import Jobs
from .monitor import JobMonitor
from .options import ClusterOptions
from .retirement import Retirement
from .retiring_scheduler import RetiringScheduler, WalltimeLimit
from .setup_warnings import SetupWarnings

#: Seconds beyond the time limit of a command until its submission counts as stuck.
_GRACE = 5.0
_LOST_TASK_HINT = (
    "To allow more, set backends.jobqueue.allowed-failures; if memory ran out, raise "
    "per-thread-memory-limit"
)


class QueueCluster:
    """A cluster of dask_jobqueue with its jobs.

    Parameters
    ----------
    template : WorkerJob
        The job that is submitted for each worker, still without certificates.
    options : ClusterOptions
        Options of the cluster.
    describe_worker : callable
        Returns the `LostWorker` of a dead worker's ``WorkerState``.
    security : distributed.Security, optional
        None if connections are not encrypted.

    Attributes
    ----------
    cluster : dask_jobqueue.JobQueueCluster
    jobs : Jobs
    monitor : JobMonitor
    retirement : Retirement
    """

    def __init__(
        self,
        template: WorkerJob,
        options: ClusterOptions,
        describe_worker: Callable[[Any], LostWorker],
        security: Any,
    ) -> None:
        self._options = options
        self._describe_worker = describe_worker
        self._security = security
        self._folder: PrivateFolder | None = None
        try:
            template = self._prepare(template)
            self.jobs = Jobs(template, options.command_timeout, self._folder, options.sources)
            self.cluster = self._cluster()
        except BaseException:
            self._remove_folder()
            raise
        self.monitor = JobMonitor(self.cluster, self.jobs, options.watch_interval)
        self.retirement = Retirement(self.cluster, self.jobs)

    async def start(self) -> None:
        """Submit the first job and adapt the number of workers to the tasks.

        Only `wait_for_submission` requests the other jobs, because a new client waits until all
        requested jobs are submitted.
        """
        options = self._options
        raise_open_files_limit(options.maximum)
        await self.monitor.start_checks()
        await self.retirement.start_checks()
        if options.minimum:
            self.cluster.request(1)
        self.cluster.adapt()

    async def wait_for_submission(self) -> None:
        """Wait until the batch scheduler accepted the first job, and request the others.

        Raises
        ------
        BackendError
            If the job was rejected, with the batch scheduler's message.
        """
        if self._options.minimum:
            limit = self._options.command_timeout + _GRACE
            rejection = await asyncio.wait_for(self.jobs.wait_for_first(), limit)
            if rejection is not None:
                raise rejection
            self.cluster.request(self._options.minimum)

    def raise_if_failed(self) -> None:
        """Raise if no more jobs are submitted.

        Raises
        ------
        BackendError
            With the reason.
        """
        failure = self.jobs.failure
        if failure is not None:
            raise BackendError(failure.message, hint=failure.hint)

    async def close(self) -> None:
        """End jobs and scheduler, and remove keys and files.

        Raises
        ------
        BackendError
            If the batch scheduler did not cancel all jobs.
        """
        try:
            if self.cluster.scheduler is not None:
                self.cluster.scheduler.ends = True  # ignore workers that disconnect
            self.jobs.failure = BackendError("the backend was stopped")
            await self.monitor.close()
            await self.retirement.close()
            await close_cluster(self.cluster)
        finally:
            self._clean_up()

    def kill(self) -> None:
        """Cancel all jobs and remove keys and files, although the event loop does not run."""
        self.jobs.cancel_now()
        self._clean_up()

    def _clean_up(self) -> None:
        self.jobs.close()
        self._remove_folder()
        if self.jobs.not_cancelled:
            numbers = " ".join(self.jobs.not_cancelled)
            reason = next(iter(self.jobs.not_cancelled.values()))
            job = self.jobs.template
            command = job.scheduler.cancel_command([numbers], job.request)
            raise BackendError(f"jobs still run: {reason}", hint=f"Run: {' '.join(command)}")

    def _prepare(self, template: WorkerJob) -> WorkerJob:
        """Write the files that the jobs need, and return the template with their paths."""
        if template.request.log_directory:
            make_folder(template.request.log_directory)
        security = self._security
        certificates = security is not None and needs_files(security)
        large = config_transport.size(template.configuration) > config_transport.LIMIT
        files = template.scheduler.needs_script_file(template.request)
        if certificates or large or files:
            self._folder = PrivateFolder(self._options.private_parent)
            if large:
                text = "\n".join([*template.configuration, ""])
                (path,) = self._folder.write({config_transport.SNIPPET: text}).values()
                template = replace(template, configuration=[config_transport.sourced(path)])
        if security is None:
            return template
        write = self._folder.write if self._folder else dict
        tls = worker_options(security, self._options.connections.protocol, write)
        self._security = with_files(security, tls)
        return replace(template, certificates=tls)

    def _cluster(self) -> Any:
        options, template = self._options, self.jobs.template
        cluster = scaled(with_dashboard_link(cluster_class(template.scheduler.cluster_class)))
        scheduler_options = {
            "dashboard": has_dashboard(),
            "worker_dashboards": any("--dashboard-address" in a for a in template.arguments),
            **options.connections.scheduler_options,
            "dashboard_address": options.connections.dashboard_address,
            "describe": self._describe_worker,
            "job_end": lambda worker: self.monitor.job_end(worker.name),
            "hint": _LOST_TASK_HINT,
            "planned_end": lambda address: self.retirement.planned_end(address),
            "on_planned_end": lambda name: self.retirement.leave(name),
            "walltime": self._walltime_limit(),
            "unknown_task_duration": options.unknown_task_duration,
            "tasks_per_worker": template.tasks,
        }
        plugins = scheduler_options.get("plugins", ())
        scheduler_options["plugins"] = [*plugins, SetupWarnings(self.jobs)]
        if options.allowed_failures is not None:
            scheduler_options["allowed_failures"] = options.allowed_failures
        return cluster(
            job_cls=job_class(cluster),
            jobs=self.jobs,
            name=options.name,
            asynchronous=True,
            security=self._security,
            interface=options.interface,
            scheduler_cls=RetiringScheduler,
            scheduler_options=scheduler_options,
            silence_logs=default_log_level(),
            cores=template.effective.threads,
            memory=template.effective.memory,
        )

    def _walltime_limit(self) -> WalltimeLimit:
        job = self.jobs.template
        option = job.read_options.get("walltime")
        source = option.text if option else self.jobs.describe_option(WALLTIME)
        walltime = hours_minutes_seconds(job.effective.walltime or 0)
        hint = f"Raise {source}, or split the task"
        return WalltimeLimit(walltime, job.retirement.attempts, hint)

    def _remove_folder(self) -> None:
        if self._folder is not None:
            self._folder.remove()
