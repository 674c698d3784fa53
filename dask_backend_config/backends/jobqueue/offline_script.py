"""The script of a job without a cluster, to read and to compare."""

from __future__ import annotations

import os
from dataclasses import replace

from ..certificates import configured_security
from . import config_transport
from .certificates import certificate_options, worker_options
from .job_script import WorkerJob

#: Placeholder for the private folder of a started backend.
_FOLDER = "<private-folder>"


def offline_script(job: WorkerJob, is_secure: bool) -> str:
    """Return the script of a job, with placeholders for what only a running cluster has.

    Parameters
    ----------
    job : WorkerJob
        With its configuration.
    is_secure : bool
        Whether connections are encrypted.
    """
    if config_transport.size(job.configuration) > config_transport.LIMIT:
        lines = [config_transport.sourced(os.path.join(_FOLDER, config_transport.SNIPPET))]
        job = replace(job, configuration=lines)
    if is_secure:
        security = configured_security()
        files = worker_options(security) if security else certificate_options(_FOLDER)
        job = replace(job, certificates=files)
    return job.script()
