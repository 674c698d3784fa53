"""Worker plugin: tells the scheduler when the worker ends as planned."""

from __future__ import annotations

import os
import time
from typing import Any

from distributed import WorkerPlugin

from .planned_ends import BEGAN, TOPIC


class LifetimePlugin(WorkerPlugin):
    """Reports the planned end of a worker, and the latest time at which it leaves.

    A worker that its nanny restarted would count its lifetime from then; it ends in time as well.

    Parameters
    ----------
    latest_end : float, optional
        Seconds from the beginning of the job after which a worker leaves in any case; None if the
        job has no walltime.
    """

    name = "dask-backend-config-lifetime"
    idempotent = True

    def __init__(self, latest_end: float | None) -> None:
        self._latest_end = latest_end

    def setup(self, worker: Any) -> None:
        """Report the ends of a worker that has a lifetime."""
        if not worker.lifetime:
            return
        left, latest = worker.lifetime, None
        if self._latest_end is not None:
            now = time.time()
            latest = max(0.0, self._latest_end - now + float(os.environ.get(BEGAN, now)))
            if latest < left:
                left = latest
                reason = "walltime-nearly-reached"
                worker.loop.call_later(left, worker.close_gracefully, reason=reason)
        worker.log_event(TOPIC, {"name": str(worker.name), "planned": left, "latest": latest})
