"""A running cluster of jobs: dask_jobqueue's cluster, certificates, configuration and groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...core.errors import BackendError
from ...storage.files import make_folder
from ...storage.private_folder import PrivateFolder
from .. import termination
from ..adaptive_internals import WorkerGroup
from ..dashboards import with_dashboard_link
from ..dask_jobqueue_internals import cluster_class, job_class
from ..ends import close_cluster
from ..lost_tasks import LostWorker
from ..scaled_cluster_internals import scaled
from ..worker_environment import default_log_level, has_dashboard, raise_open_files_limit
from . import config_transport
from .certificates import needs_files, with_files, worker_options
from .commands import SchedulerCommands
from .job_script import WorkerJob
from .jobs import Jobs, SubmittedJob
from .monitor import JobMonitor
from .options import ClusterOptions
from .planned_ends import PlannedEnd
from .queue_group import GroupOptions, QueueGroup
from .retirement import Retirement
from .retiring_scheduler import RetiringScheduler
from .setup_warnings import SetupWarnings

_LOST_TASK_HINT = (
    "To allow more, set backends.jobqueue.allowed-failures; if memory ran out, raise "
    "per-thread-memory-limit"
)
#: Why no more jobs are submitted in the end.
_STOPPED = BackendError("the backend was stopped")
#: Seconds for the submissions that run at the end.
_LAST_SUBMISSIONS = 1.0


class QueueCluster:
    """A cluster of dask_jobqueue with its jobs.

    Parameters
    ----------
    groups : mapping
        `GroupOptions` of each group by its name; the name is empty if there is only one.
    options : ClusterOptions
        Options of the whole cluster.
    describe_worker : callable
        Returns the `LostWorker` of a dead worker's ``WorkerState``.
    security : distributed.Security, optional
        None if connections are not encrypted.

    Attributes
    ----------
    cluster : dask_jobqueue.JobQueueCluster
    groups : dict
        `QueueGroup` of each group by its name.
    submitted : dict
        See `Jobs`.
    """

    def __init__(
        self,
        groups: Mapping[str, GroupOptions],
        options: ClusterOptions,
        describe_worker: Callable[[Any], LostWorker],
        security: Any,
    ) -> None:
        self._options = options
        self._describe_worker = describe_worker
        self._security = security
        self._folder: PrivateFolder | None = None
        self._snippet = ""
        self._commands = SchedulerCommands(options.command_timeout)
        self.submitted: dict[str, SubmittedJob] = {}
        try:
            jobs = {each: self._jobs(group) for each, group in groups.items()}
            self.cluster = self._cluster(next(iter(jobs.values())))
        except BaseException:
            self._remove_folder()
            raise
        self.groups = {each: self._group(each, groups[each], jobs[each]) for each in groups}
        self.cluster.groups = {each: group.workers for each, group in self.groups.items()}
        termination.add(self.kill)

    async def start(self) -> None:
        """Submit the first job of each group, and adapt the numbers of workers to the tasks."""
        raise_open_files_limit(sum(group.options.maximum for group in self.groups.values()))
        for group in self.groups.values():
            await group.start()

    async def wait_for_submission(self) -> None:
        """Wait until the batch scheduler accepted a job of each group, and request the others.

        Raises
        ------
        BackendError
            If a job was rejected, with the batch scheduler's message.
        """
        for group in self.groups.values():
            await group.wait_for_submission()

    def group_of(self, worker: str) -> QueueGroup:
        """Return the group of a worker; the first one for a worker that is not known."""
        return self.groups[self.cluster.group_of(worker).name]

    @property
    def failure(self) -> BackendError | None:
        """Why no more jobs of any group are submitted."""
        failures = [group.jobs.failure for group in self.groups.values()]
        return failures[0] if all(failures) else None

    def raise_if_failed(self, group: str | None = None) -> None:
        """Raise if no more jobs of a group are submitted, or of any group for None.

        Raises
        ------
        BackendError
            With the reason.
        """
        failure = self.failure if group is None else self.groups[group].jobs.failure
        if failure is not None:
            raise BackendError(failure.message, hint=failure.hint)

    def describe_waiting(self, group: str | None = None) -> str:
        """Return why workers of a group are not connected, of the first that waits for None."""
        groups = self.groups.values() if group is None else [self.groups[group]]
        return next(filter(None, (each.monitor.describe_waiting() for each in groups)), "")

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
            for group in self.groups.values():
                await group.close(_STOPPED)
            self._commands.end_submissions(_LAST_SUBMISSIONS)
            await close_cluster(self.cluster)
        finally:
            try:
                for group in self.groups.values():
                    await group.jobs.close()
            finally:
                self._clean_up()

    def kill(self) -> None:
        """Cancel all jobs and remove keys and files, although the event loop does not run."""
        for group in self.groups.values():
            group.jobs.failure = _STOPPED
        self._commands.end_submissions(_LAST_SUBMISSIONS)
        try:
            for group in self.groups.values():
                group.jobs.cancel_now()
        finally:
            self._clean_up()

    def _clean_up(self) -> None:
        termination.remove(self.kill)
        self._commands.close()
        self._remove_folder()
        left = {}
        for group in self.groups.values():
            left.update(group.jobs.not_cancelled)
        if left:
            job = next(iter(self.groups.values())).jobs.template
            command = job.scheduler.cancel_command([" ".join(left)], job.request)
            reason = next(iter(left.values()))
            raise BackendError(f"jobs still run: {reason}", hint=f"Run: {' '.join(command)}")

    def _jobs(self, group: GroupOptions) -> Jobs:
        job = self._prepare(group.job)
        return Jobs(job, self._commands, self.submitted, self._folder, group.cluster.sources)

    def _group(self, name: str, options: GroupOptions, jobs: Jobs) -> QueueGroup:
        """Return a group, which is not watched yet."""
        limits, job, spec = options.cluster, jobs.template, self.cluster.new_spec
        workers = WorkerGroup(
            self.cluster,
            name,
            spec={**spec, "options": {**spec["options"], "jobs": jobs, **_amounts(job)}},
            size=job.workers,
            tasks=job.tasks,
            resources=job.abstract_resources,
            defaults={
                "minimum": limits.minimum,
                "maximum": limits.maximum,
                "interval": f"{self._options.adaptive_interval} s",
            },
        )
        monitor = JobMonitor(workers, jobs, self._options.watch_interval)
        return QueueGroup(limits, workers, jobs, monitor, Retirement(workers, jobs))

    def _prepare(self, template: WorkerJob) -> WorkerJob:
        """Write the files that the jobs need, and return the template with their paths."""
        if template.request.log_directory:
            make_folder(template.request.log_directory)
        security = self._security
        certificates = security is not None and needs_files(security)
        large = config_transport.size(template.configuration) > config_transport.LIMIT
        files = template.scheduler.needs_script_file(template.request)
        if certificates or large or files:
            self._folder = self._folder or PrivateFolder(self._options.private_parent)
            if large:
                template = replace(template, configuration=[self._sourced(template.configuration)])
        if security is None:
            return template
        write = self._folder.write if self._folder else dict
        tls = worker_options(security, self._options.connections.protocol, write)
        self._security = with_files(security, tls)
        return replace(template, certificates=tls)

    def _sourced(self, configuration: Sequence[str]) -> str:
        """Write the configuration for all jobs into a file once, and return code that reads it."""
        if not self._snippet and self._folder is not None:
            text = "\n".join([*configuration, ""])
            (self._snippet,) = self._folder.write({config_transport.SNIPPET: text}).values()
        return config_transport.sourced(self._snippet)

    def _cluster(self, jobs: Jobs) -> Any:
        options, template = self._options, jobs.template
        cluster = scaled(with_dashboard_link(cluster_class(template.scheduler.cluster_class)))
        scheduler_options = {
            "dashboard": has_dashboard(),
            "worker_dashboards": any("--dashboard-address" in a for a in template.arguments),
            **options.connections.scheduler_options,
            "dashboard_address": options.connections.dashboard_address,
            "describe": self._describe_worker,
            "job_end": lambda lost, ask: self.group_of(lost.name).monitor.lost.job_end(lost, ask),
            "on_loss": lambda name: self.group_of(name).monitor.lost.lose(name),
            "hint": _LOST_TASK_HINT,
            "planned_end": self._planned_end,
            "on_planned_end": lambda name: self.group_of(name).retirement.leave(name),
            "walltime": lambda worker: self.group_of(worker).walltime_limit(),
            "unknown_task_duration": options.unknown_task_duration,
        }
        plugins = scheduler_options.get("plugins", ())
        scheduler_options["plugins"] = [*plugins, SetupWarnings(self.submitted)]
        if options.allowed_failures is not None:
            scheduler_options["allowed_failures"] = options.allowed_failures
        return cluster(
            job_cls=job_class(cluster),
            jobs=jobs,
            name=options.name,
            asynchronous=True,
            security=self._security,
            interface=options.interface,
            scheduler_cls=RetiringScheduler,
            scheduler_options=scheduler_options,
            silence_logs=default_log_level(),
            **_amounts(template),
        )

    def _planned_end(self, address: str) -> PlannedEnd | None:
        ends = (group.retirement.planned_end(address) for group in self.groups.values())
        return next(filter(None, ends), None)

    def _remove_folder(self) -> None:
        if self._folder is not None:
            self._folder.remove()


def _amounts(job: WorkerJob) -> dict[str, Any]:
    """Return what a worker has, by which ``scale(memory=...)`` and ``scale(cores=...)`` divide."""
    memory = job.effective.memory
    each = None if memory is None else memory // job.workers
    return {"cores": job.resources.number_of_threads, "memory": each}
