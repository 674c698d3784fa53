"""The script of a job without a cluster, to read and to compare."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import config_transport
from .certificates import worker_options
from .job_script import WorkerJob

#: Placeholder for the private folder of a started backend.
_FOLDER = "<private-folder>"


def offline_script(job: WorkerJob, security: Any, protocol: str | None) -> str:
    """Return the script of a job, with placeholders for what only a running cluster has.

    Parameters
    ----------
    job : WorkerJob
        With its configuration.
    security : distributed.Security, optional
        None if connections are not encrypted.
    protocol : str, optional
        None for tls if they are.
    """
    if config_transport.size(job.configuration) > config_transport.LIMIT:
        lines = [config_transport.sourced(os.path.join(_FOLDER, config_transport.SNIPPET))]
        job = replace(job, configuration=lines)
    if security is not None:
        job = replace(job, certificates=worker_options(security, protocol, _paths))
    return job.script()


def _paths(files: Mapping[str, str]) -> dict[str, str]:
    return {name: os.path.join(_FOLDER, name) for name in files}
