"""The part of a backend that tells about its jobs."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...core.strings import count
from ...schedulers import SCHEDULERS, BatchScheduler
from ..base import BaseDaskBackend

if TYPE_CHECKING:
    from ..lost_tasks import LostWorker
    from ..notebook import BackendSummary
    from ..worker_place import Place
    from .cluster import QueueCluster
    from .jobs import SubmittedJob
    from .queue_group import GroupOptions


class JobsView(BaseDaskBackend):
    """The jobs, workers and logs of a backend with a job queue."""

    _limit_option = "maximum-number-of-workers"
    #: Each group by its name; the name is empty for a backend without groups.
    _groups: dict[str, GroupOptions]
    _queue: QueueCluster | None = None
    #: Each worker's latest job since the last start, by the worker's name.
    _submitted: Mapping[str, SubmittedJob] = MappingProxyType({})

    @property
    def scheduler(self) -> BatchScheduler:
        """The batch scheduler: its options, its commands and how to read their output."""
        return SCHEDULERS[self.kind]

    @property
    def jobs(self) -> dict[str, str]:
        """See `BaseDaskBackend.jobs`."""
        groups = [] if self._queue is None else [each.jobs for each in self._queue.groups.values()]
        return {
            worker: job.number
            for jobs in groups
            for job in list(jobs.by_name.values())
            if job.number
            for worker in jobs.template.workers_of(job.name)
        }

    @property
    def logs(self) -> dict[str, str]:
        """See `BaseDaskBackend.logs`; log files named by ``extra-script-options`` are not found."""
        return {name: path for name in list(self._submitted) if (path := self._log_of(name))}

    def stray_logs(self) -> list[str]:
        """See `BaseDaskBackend.stray_logs`."""
        jobs = dict.fromkeys(self._submitted[worker] for worker in self.jobs)
        chosen = (job for job in jobs if not job.template.request.log_directory)
        return [path for job in chosen for path in self._log_paths(job)]

    def _maximum_tasks(self) -> int:
        return sum(group.cluster.maximum * group.job.tasks for group in self._groups.values())

    def _maximum_workers(self, worker_group: str | None) -> int:
        named = self._groups.values() if worker_group is None else [self._groups[worker_group]]
        return sum(group.cluster.maximum for group in named)

    def _plan(self) -> str:
        from ..notebook import describe_groups, describe_workers

        plans = {}
        for name, group in self._groups.items():
            each = group.job.workers
            least, most = (
                -(-group.cluster.minimum // each) * each,
                group.cluster.maximum // each * each,
            )
            number = f"{least} to " * (least != most) + count(most, "worker")
            number += f" in jobs of {each}" if each > 1 else ""
            plans[name] = describe_workers(number, group.job.resources, group.job.tasks)
        return describe_groups(plans)

    def _summary(self) -> BackendSummary:
        from ..notebook import log_pattern, waiting_jobs

        summary, queue = super()._summary(), self._queue
        submitted = {} if queue is None else dict(self._submitted)
        patterns = {name: self._log_paths(job) for name, job in submitted.items()}
        failure = None if queue is None else queue.failure
        folders = (group.job.request.log_directory for group in self._groups.values())
        return replace(
            summary,
            state=f"failed: {failure}" if failure else summary.state,
            waiting=waiting_jobs(queue),
            logs={name: log_pattern(paths) for name, paths in patterns.items()},
            log_directory=next(filter(None, folders), ""),
        )

    def _log_paths(self, job: SubmittedJob) -> list[str]:
        return self.scheduler.log_paths(job.template.request, job.number, os.getcwd())

    def _log_of(self, worker: str) -> str | None:
        from ..worker_logs import find_log, log_patterns

        job = self._submitted[worker]
        return find_log(log_patterns(job.template, job.number))

    def _place_of(self, worker: str) -> tuple[str | None, str | None]:
        job = self._submitted.get(worker)
        return (job.number, self._log_of(worker)) if job else (None, None)

    def _lost_worker(self, state: Any) -> LostWorker:
        from ..lost_tasks import LostWorker

        name = str(state.name)
        job = self._submitted.get(name)
        if job is None:  # a worker that this backend did not start
            return LostWorker(name, state.host, state.pid)
        return LostWorker(name, state.host, state.pid, str(job), log=self._log_of(name))

    def _check(self, worker_group: str | None = None) -> None:
        if self._queue is not None:
            self._queue.raise_if_failed(worker_group)

    def _worker_place(self) -> Place:
        from ..worker_place import place_of_job

        requests = {name: group.job.request for name, group in self._groups.items()}
        return functools.partial(place_of_job, self.scheduler, requests, os.getcwd())

    def _why_waiting(self, worker_group: str | None = None) -> str:
        return "" if self._queue is None else self._queue.describe_waiting(worker_group)
