"""A running cluster of jobs: dask_jobqueue's, with certificates, configuration and a watch."""

from __future__ import annotations

import importlib
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import dask.config

from ...core.errors import BackendError
from ...storage.private_folder import PrivateFolder
from ...storage.files import make_folder
from ..lost_tasks import LostTaskScheduler, LostWorker
from ..worker_environment import has_dashboard, log_level, make_room_for
from . import config_transport
from .certificates import configured_security, security_in
from .job_script import WorkerJob, tls_options
from .jobs import Jobs, job_class
from .monitor import Watch
from .options import ClusterOptions

#: Seconds beyond a command's own limit until a submission counts as stuck.
_GRACE = 5.0
_WHERE_TASKS_ARE_LOST = (
    "backends.jobqueue.allowed-failures, or distributed.scheduler.allowed-failures, says how many "
    "workers a task may lose; where memory ran out, see per-thread-memory-limit"
)


class QueueCluster:
    """Makes the cluster and submits the first jobs.

    Parameters
    ----------
    template : WorkerJob
        What each job runs, but for certificates.
    options : ClusterOptions
    name : str
        Of the cluster and, with a number, of its workers.
    lost_worker : callable
        What is known of a worker that died, from its ``WorkerState``.

    Attributes
    ----------
    cluster : dask_jobqueue.JobQueueCluster
    jobs : Jobs
    watch : Watch
    """

    def __init__(
        self,
        template: WorkerJob,
        options: ClusterOptions,
        name: str,
        lost_worker: Callable[[Any], LostWorker],
    ) -> None:
        self._options = options
        self._lost_worker = lost_worker
        self._folder: PrivateFolder | None = None
        try:
            self._security = configured_security() if options.security else None
            template = self._completed(template)
            self.jobs = Jobs(template, options.command_timeout, self._folder)
            self.cluster = self._cluster(name)
        except BaseException:
            self._remove_folder()
            raise
        self.watch = Watch(self.cluster, self.jobs, options.watch_interval)

    def begin(self) -> None:
        """Submit the first job, and have their number adapted to the work.

        The rest waits for `wait_for_submission`: a new client does not return before all that was
        asked for is submitted.
        """
        options = self._options
        make_room_for(options.maximum)
        self.cluster.sync(self.watch.begin)
        if options.minimum:
            self.cluster.scale(1)
        self.cluster.adapt(
            minimum=options.minimum,
            maximum=options.maximum,
            interval=f"{options.adaptive_interval} s",
        )

    def wait_for_submission(self) -> None:
        """Block until the batch scheduler has accepted the first job, and ask for the rest.

        Raises
        ------
        BackendError
            Where it was refused, in the batch scheduler's own words.
        """
        if self._options.minimum:
            limit = self._options.command_timeout + _GRACE
            refusal = self.cluster.sync(self.jobs.first_settled, callback_timeout=limit)
            if refusal is not None:
                raise refusal
            self.cluster.scale(self._options.minimum)

    def check(self) -> None:
        """Do nothing while jobs can come.

        Raises
        ------
        BackendError
            Where they cannot, with the reason.
        """
        failure = self.jobs.failure
        if failure is not None:
            raise BackendError(failure.message, hint=failure.hint)

    def stop_watching(self) -> None:
        """Submit no more, and take no notice of workers that leave."""
        self.cluster.scheduler.ends = True
        self.jobs.failure = BackendError("the backend was stopped")
        self.cluster.sync(self.watch.close)

    def clean_up(self) -> None:
        """Remove keys and files, after the cluster was closed.

        Raises
        ------
        BackendError
            Where the batch scheduler did not end all jobs.
        """
        self.jobs.close()
        self._remove_folder()
        if self.jobs.left_behind:
            numbers = " ".join(self.jobs.left_behind)
            said = next(iter(self.jobs.left_behind.values()))
            command = self.jobs.template.scheduler.cancel_command([numbers])
            raise BackendError(f"jobs were left behind: {said}", hint=f"run {' '.join(command)}")

    def _completed(self, template: WorkerJob) -> WorkerJob:
        """The template with certificates, and the files that it names written."""
        if template.request.log_directory:
            make_folder(template.request.log_directory)
        temporary = self._options.security and self._security is None
        large = config_transport.size(template.configuration) > config_transport.LIMIT
        files = template.scheduler.submits_files(template.request)
        if temporary or large or files:
            self._folder = PrivateFolder(self._options.private_parent)
            if temporary:
                self._security = security_in(self._folder)
            if large:
                template = _with_configuration_in(self._folder, template)
        if self._security is None:
            return template
        pems = self._security.get_tls_config_for_role("worker")
        options = tls_options(pems["ca_file"], pems["cert"], pems["key"])
        return replace(template, certificates=options)

    def _cluster(self, name: str) -> Any:
        options, template = self._options, self.jobs.template
        with _without_side_effects():
            dask_jobqueue = importlib.import_module("dask_jobqueue")
        kind = getattr(dask_jobqueue, template.scheduler.cluster)
        scheduler_options = {
            "dashboard": has_dashboard(),
            **options.scheduler_options,
            "dashboard_address": options.dashboard_address,
            "describe": self._lost_worker,
            "last_words": self._last_words,
            "hint": _WHERE_TASKS_ARE_LOST,
        }
        if options.allowed_failures is not None:
            scheduler_options["allowed_failures"] = options.allowed_failures
        return kind(
            job_cls=job_class(kind.job_cls),
            jobs=self.jobs,
            name=name,
            security=self._security,
            interface=options.interface,
            scheduler_cls=LostTaskScheduler,
            scheduler_options=scheduler_options,
            silence_logs=log_level(),
            cores=template.request.threads,
            memory=template.request.memory,
        )

    async def _last_words(self, worker: LostWorker) -> str:
        return await self.watch.last_words(worker.name)

    def _remove_folder(self) -> None:
        if self._folder is not None:
            self._folder.remove()


def _with_configuration_in(folder: PrivateFolder, template: WorkerJob) -> WorkerJob:
    text = "\n".join([*template.configuration, ""])
    paths = folder.write({config_transport.SNIPPET: text})
    return replace(
        template, configuration=[config_transport.sourced(paths[config_transport.SNIPPET])]
    )


@contextmanager
def _without_side_effects() -> Iterator[None]:
    """Import dask_jobqueue within the block.

    It would write an all-comment jobqueue.yaml into the user's home, and make Ctrl-C end the
    process with exit code 0; where the importing thread is not the main one, the latter fails.
    """
    ensure_file, set_handler = dask.config.ensure_file, signal.signal
    dask.config.ensure_file = lambda **_: None
    signal.signal = lambda *_: None
    try:
        yield
    finally:
        dask.config.ensure_file, signal.signal = ensure_file, set_handler
