"""What all backends with a job queue share."""

from __future__ import annotations

import inspect
import os
import warnings
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from ...core import units
from ...core.fuzzy import nearest
from ...schedulers import SCHEDULERS, BatchScheduler
from ..base import BaseDaskBackend
from ..isolation.options import isolation_options
from ..options import Settings
from ..resources import QueueWorkerResources
from ..worker_environment import unsaid_thread_limits
from . import config_transport
from .job_script import WorkerJob, certificate_options
from .options import cluster_options, own_tunables, worker_job, worker_resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from distributed.deploy.cluster import Cluster
    from distributed.diagnostics.plugin import WorkerPlugin

    from ..lost_tasks import LostWorker
    from ..notebook import Summary
    from .cluster import QueueCluster

#: What an offline script shows for the folder that a started backend makes.
_FOLDER = "<private-folder>"
_NO_SECURITY = (
    "security is false: everybody on the network can talk to scheduler and workers, which run "
    "whatever they are sent"
)


class JobQueueTunables(TypedDict, total=False):
    """The arguments of every backend with a job queue, see `BaseDaskJobQueueBackend`."""

    minimum_number_of_workers: int | None
    maximum_number_of_workers: int | None
    resources_per_worker: QueueWorkerResources | None
    queue_name: str | None
    account: str | None
    job_name: str | None
    setup_script_commands: list[str] | None
    extra_script_options: list[str] | None
    skip_script_options: list[str] | None
    gpu_directive: str | None
    shebang: str | None
    python: str | None
    worker_extra_arguments: list[str] | None
    disable_nanny_process: bool | None
    death_timeout: str | float | None
    adaptive_interval: str | float | None
    watch_interval: str | float | None
    command_timeout: str | float | None
    lifetime_margin: str | float | None
    lifetime_stagger: str | float | None
    interface: str | None
    security: bool | None
    dashboard_address: str | int | None
    allowed_failures: int | None
    log_directory: str | None
    local_directory: str | None
    shared_temp_directory: str | None
    task_isolation: str | None
    isolated_tasks_per_process: int | None
    isolated_process_memory_limit: str | int | units.Quantity | None
    isolation_preload: list[str] | None


class BaseDaskJobQueueBackend(BaseDaskBackend):
    """Runs tasks in workers that are jobs of a batch scheduler, one worker a job.

    What is None is as configured, see ``backends.jobqueue`` in the shipped backends.yaml.

    Parameters
    ----------
    minimum_number_of_workers : int, optional
        Workers that are kept even when there is nothing to do.
    maximum_number_of_workers : int, optional
        Workers that are asked for at most.
    resources_per_worker : QueueWorkerResources, optional
        What each job asks of the scheduler.
    queue_name : str, optional
        Queue, or partition on Slurm.
    account : str, optional
        What is charged: account or project, as the scheduler calls it.
    job_name : str, optional
        Name of the jobs.
    setup_script_commands : list of str, optional
        Lines of shell that run in the job before the worker starts, in order.
    extra_script_options : list of str, optional
        Further options for the head of the job script, without the scheduler's prefix.
    skip_script_options : list of str, optional
        Lines of the head that contain one of these texts are left out.
    gpu_directive : str, optional
        Option that asks for GPUs at this site; ``{number_of_gpus}`` becomes the number.
    shebang : str, optional
        First line of the job script.
    python : str, optional
        Python that runs the worker on the node.
    worker_extra_arguments : list of str, optional
        Further arguments for the worker's command line, as shell.
    disable_nanny_process : bool, optional
        Run workers without a nanny.
    death_timeout : str or float, optional
        How long a worker looks for the scheduler, "1 minute" or a number of seconds.
    adaptive_interval : str or float, optional
        How often the number of workers is adapted to the work.
    watch_interval : str or float, optional
        How often the scheduler is asked about jobs whose workers have not connected.
    command_timeout : str or float, optional
        How long one command of the scheduler may take.
    lifetime_margin : str or float, optional
        How long before the end of its walltime a worker ends itself.
    lifetime_stagger : str or float, optional
        Workers end at random up to this much earlier or later.
    interface : str, optional
        Network interface that scheduler and workers use.
    security : bool, optional
        Encrypt and authenticate with temporary certificates (TLS).
    dashboard_address : str or int, optional
        Where the scheduler's dashboard listens.
    allowed_failures : int, optional
        How many workers may die of a task before it fails with `TaskLostError`.
    log_directory : str, optional
        Folder for the jobs' output.
    local_directory : str, optional
        Folder on the node for what workers spill to disk.
    shared_temp_directory : str, optional
        Folder that submitting machine and nodes share, for the certificates.
    task_isolation : {"none", "process", "fresh"}, optional
        Where a task runs: in the worker's process, in a process that is kept for the next task, or
        in a new process each time.
    isolated_tasks_per_process : int, optional
        Tasks after which a process that is kept is replaced, 0 for no limit.
    isolated_process_memory_limit : str, int, or a quantity with ``to("byte")``, optional
        A process that is kept is replaced when it has more memory than this after a task.
    isolation_preload : list of str, optional
        Modules that each such process has from its start.

    Raises
    ------
    ConfigValueError
        Where an argument or a configured value cannot be meant.
    """

    #: Says the account where neither argument nor configuration does.
    account_variable: ClassVar[str | None] = None
    _queue: QueueCluster | None = None
    #: The latest job of each worker since the last start.
    _numbers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, **tunables: Any) -> None:
        known = inspect.signature(type(self)).parameters
        for name in tunables:
            if name not in known:
                guess = nearest(name, known)
                raise TypeError(
                    f"{type(self).__name__} has no argument {name}"
                    + (f"; the nearest is {guess}" if guess else "")
                )
        super().__init__({name.replace("_", "-"): value for name, value in tunables.items()})

    def __init_subclass__(cls) -> None:
        """Show every argument in the signature, not just ``**shared``."""
        own = [
            parameter
            for parameter in list(inspect.signature(cls.__init__).parameters.values())[1:]
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        ]
        shared = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
            for name, kind in JobQueueTunables.__annotations__.items()
        ]
        cls.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]

    @property
    def scheduler(self) -> BatchScheduler:
        """The batch scheduler's words: its options, commands and answers."""
        return SCHEDULERS[self.kind]

    @property
    def jobs(self) -> dict[str, str]:
        """See `BaseDaskBackend.jobs`."""
        jobs = [] if self._queue is None else list(self._queue.jobs.by_name.values())
        return {job.name: job.number for job in jobs if job.number}

    def job_script(self) -> str:
        """The script that each job would run, with placeholders for what only a cluster has.

        Nothing is started, asked or written.

        Returns
        -------
        str

        Raises
        ------
        ConfigValueError
            Where the configuration holds what cannot be sent to workers.
        """
        job = self._job_of_now()
        if config_transport.size(job.configuration) > config_transport.LIMIT:
            lines = [config_transport.sourced(os.path.join(_FOLDER, config_transport.SNIPPET))]
            job = replace(job, configuration=lines)
        certificates = certificate_options(_FOLDER) if self._options.security else None
        return replace(job, certificates=certificates).script()

    def stray_logs(self) -> list[str]:
        """See `BaseDaskBackend.stray_logs`."""
        request = self._job.request
        if request.log_directory:
            return []
        folder = os.getcwd()
        paths = [self.scheduler.log_paths(request, job, folder) for job in self.jobs.values()]
        return [path for some in paths for path in some]

    @property
    def logs(self) -> dict[str, str]:
        """See `BaseDaskBackend.logs`; only what the scheduler's own options say of the names."""
        return {name: path for name in list(self._numbers) if (path := self._log_of(name))}

    def stop(self) -> None:
        """End client, jobs and scheduler, and remove certificates; again is harmless.

        Raises
        ------
        BackendError
            Where the batch scheduler did not end all jobs; it names them.
        """
        queue, self._queue = self._queue, None
        try:
            if queue is not None:
                queue.stop_watching()
            super().stop()
        finally:
            if queue is not None:
                queue.clean_up()

    def _configure(self, settings: Settings) -> None:
        self._options = cluster_options(settings)
        self._isolation = isolation_options(settings)
        self.resources_per_worker = worker_resources(settings, self.scheduler)
        own = self._own_tunables(settings)
        job = worker_job(settings, self.scheduler, self.resources_per_worker, own)
        if not job.request.account and self.account_variable:
            account = os.environ.get(self.account_variable)
            job = replace(job, request=replace(job.request, account=account))
            job.head()  # refuses what is no account
        self._job = job

    def _own_tunables(self, settings: Settings) -> dict[str, Any]:
        """What only this batch scheduler has; a subclass may ask the machine for the rest."""
        return own_tunables(settings, self.scheduler)

    def _job_of_now(self) -> WorkerJob:
        """The job with the configuration as it stands now."""
        from ...config.resolve import live

        resolution = live()
        tree = config_transport.configuration_for_workers(resolution)
        limits = unsaid_thread_limits(resolution) if self._job.request.threads > 1 else ()
        lines = config_transport.shell_lines(tree, os.environ)
        return replace(self._job, configuration=lines, thread_limits=limits)

    def _open(self) -> Cluster:
        from .cluster import QueueCluster

        if not self._options.security:
            warnings.warn(f"{type(self).__name__}: {_NO_SECURITY}", stacklevel=3)
        name = type(self).__name__
        self._queue = QueueCluster(self._job_of_now(), self._options, name, self._lost_worker)
        self._numbers = self._queue.jobs.numbers
        cluster: Cluster = self._queue.cluster
        self._cluster = cluster  # so that `stop` ends it where the rest fails
        self._queue.begin()
        return cluster

    def _wait_for_workers(self, cluster: Any) -> None:
        """Workers may come much later; what is waited for is that a job is taken."""
        if self._queue is not None:
            self._queue.wait_for_submission()

    def _worker_plugins(self) -> list[WorkerPlugin]:
        from ..worker_logs import HeadOfLog

        plugins = super()._worker_plugins()
        return [*plugins, HeadOfLog()] if self._job.request.log_directory else plugins

    def _most_threads(self) -> int:
        return self._options.maximum * self._job.request.threads

    def _planned(self) -> str:
        from ..notebook import planned

        least, most = self._options.minimum, self._options.maximum
        workers = f"{most} worker{'s' if most != 1 else ''}"
        number = f"{least} to {workers}" if least != most else workers
        return planned(number, self.resources_per_worker)

    def _summary(self) -> Summary:
        from ..notebook import log_of, waiting_jobs

        summary, queue, request = super()._summary(), self._queue, self._job.request
        numbers = {} if queue is None else dict(self._numbers)
        folder = os.getcwd()
        paths = {name: self.scheduler.log_paths(request, numbers[name], folder) for name in numbers}
        failure = None if queue is None else queue.jobs.failure
        return replace(
            summary,
            state=f"failed: {failure}" if failure else summary.state,
            waiting=waiting_jobs(queue),
            logs={name: log_of(some) for name, some in paths.items()},
            log_place=request.log_directory or "",
        )

    def _log_of(self, worker: str) -> str | None:
        from ..worker_logs import found, log_patterns

        return found(log_patterns(self._job, self._numbers[worker]))

    def _lost_worker(self, state: Any) -> LostWorker:
        from ..lost_tasks import LostWorker

        name = str(state.name)
        number = self._numbers.get(name)
        if number is None:  # somebody else's worker
            return LostWorker(name, state.host, state.pid)
        job = f"{self.scheduler.title} job {number}"
        return LostWorker(name, state.host, state.pid, job, log=self._log_of(name))

    def _check(self) -> None:
        if self._queue is not None:
            self._queue.check()

    def _why_waiting(self) -> str:
        return self._queue.watch.line() if self._queue is not None else ""
