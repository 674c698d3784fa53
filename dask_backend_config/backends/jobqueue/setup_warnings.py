"""Warn about setup commands that fail in jobs whose workers start nevertheless."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from distributed.diagnostics.plugin import SchedulerPlugin

from ..worker_logs import find_log, log_patterns
from .jobs import Jobs
from .setup_commands import MARK, describe_failure

logger = logging.getLogger("dask_backend_config")


class SetupWarnings(SchedulerPlugin):
    """Logs one warning for each setup command that fails, however many jobs run it.

    Parameters
    ----------
    jobs : Jobs
    """

    name = "dask-backend-config-setup-warnings"

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._reported: set[str] = set()

    def log_event(self, topic: str, msg: Mapping[str, str]) -> None:
        """Log the warning for a failure that a `SetupFailurePlugin` reports."""
        if topic == MARK:
            job = self._jobs.template
            failure = describe_failure(msg["failure"], job.setup)
            if failure not in self._reported:
                self._reported.add(failure)
                asyncio.get_running_loop().run_in_executor(None, self._warn, msg["name"], failure)

    def _warn(self, worker: str, failure: str) -> None:
        """Look for the log, which takes time on a network file system, and log the warning."""
        job = self._jobs.template
        number = self._jobs.numbers.get(worker, "")
        log = find_log(log_patterns(job, number))
        place = f"{job.scheduler.title} job {number}" + (f"; log {log}" if log else "")
        remedy = "to end such jobs, set require-setup to true"
        logger.warning("setup-script-commands failed: %s in %s (%s)", failure, place, remedy)
