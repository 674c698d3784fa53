"""One group of the workers of a cluster of jobs: what it is asked for, and what watches it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...schedulers.amounts import hours_minutes_seconds
from ..resources import WALLTIME
from .retiring_scheduler import WalltimeLimit

if TYPE_CHECKING:
    from ...core.errors import BackendError
    from ..adaptive_internals import WorkerGroup
    from .job_script import WorkerJob
    from .jobs import Jobs
    from .monitor import JobMonitor
    from .options import ClusterOptions
    from .retirement import Retirement

#: Seconds beyond the time limit of a command until its submission counts as stuck.
_GRACE = 5.0


@dataclass(frozen=True)
class GroupOptions:
    """Options of a group.

    Attributes
    ----------
    cluster : ClusterOptions
        With the limits of the number of its workers.
    job : WorkerJob
    """

    cluster: ClusterOptions
    job: WorkerJob


@dataclass(frozen=True)
class QueueGroup:
    """The running group.

    Attributes
    ----------
    options : ClusterOptions
        With the limits of the number of its workers.
    workers : WorkerGroup
    jobs : Jobs
    monitor : JobMonitor
    retirement : Retirement
    """

    options: ClusterOptions
    workers: WorkerGroup
    jobs: Jobs
    monitor: JobMonitor
    retirement: Retirement

    async def start(self) -> None:
        """Submit the first job and adapt the number of workers to the tasks.

        Only `wait_for_submission` requests the other jobs, because a new client waits until all
        requested jobs are submitted.
        """
        await self.monitor.start_checks()
        await self.retirement.start_checks()
        if self.options.minimum:
            self.workers.scale(1)
        self.workers.cluster.adapt(worker_group=self.workers.name)

    async def wait_for_submission(self) -> None:
        """Wait until the batch scheduler accepted the first job, and request the others.

        Raises
        ------
        BackendError
            If the job was rejected, with the batch scheduler's message.
        """
        if self.options.minimum:
            limit = self.options.command_timeout + _GRACE
            rejection = await asyncio.wait_for(self.jobs.wait_for_first(), limit)
            if rejection is not None:
                raise rejection
            self.workers.scale(self.workers.members_for(self.options.minimum))

    async def close(self, reason: BackendError) -> None:
        """Submit no more jobs, and stop watching."""
        self.jobs.failure = reason
        await self.monitor.close()
        await self.retirement.close()

    def walltime_limit(self) -> WalltimeLimit:
        """Return how often the walltime of the jobs may stop a task."""
        job = self.jobs.template
        option = job.read_options.get("walltime")
        source = option.text if option else self.jobs.describe_option(WALLTIME)
        walltime = hours_minutes_seconds(job.effective.walltime or 0)
        hint = f"Raise {source}, or split the task"
        return WalltimeLimit(walltime, job.retirement.attempts, hint)
