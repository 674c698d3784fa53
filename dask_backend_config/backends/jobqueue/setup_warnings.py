"""Warn about setup commands that fail in jobs whose workers start nevertheless."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from distributed.diagnostics.plugin import SchedulerPlugin

from ..worker_logs import find_log, log_patterns
from .jobs import SubmittedJob
from .setup_commands import MARK, describe_failure

logger = logging.getLogger("dask_backend_config")


class SetupWarnings(SchedulerPlugin):
    """Logs one warning for each setup command that fails, however many jobs run it.

    Parameters
    ----------
    submitted : mapping
        See `Jobs`.
    """

    name = "dask-backend-config-setup-warnings"

    def __init__(self, submitted: Mapping[str, SubmittedJob]) -> None:
        self._submitted = submitted
        self._reported: set[str] = set()

    def log_event(self, topic: str, msg: Mapping[str, str]) -> None:
        """Log the warning for a failure that a `SetupFailurePlugin` reports."""
        if topic == MARK and (job := self._submitted.get(msg["name"])):
            failure = describe_failure(msg["failure"], job.template.setup)
            if failure not in self._reported:
                self._reported.add(failure)
                asyncio.get_running_loop().run_in_executor(None, _warn, job, failure)


def _warn(job: SubmittedJob, failure: str) -> None:
    """Look for the log, which takes time on a network file system, and log the warning."""
    log = find_log(log_patterns(job.template, job.number))
    place = f"{job}; log {log}" if log else str(job)
    remedy = "to end such jobs, set require-setup to true"
    logger.warning("setup-script-commands failed: %s in %s (%s)", failure, place, remedy)
