"""Backend for IBM Spectrum LSF and its relatives."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...schedulers.lsf import limit_unit
from ..options import BackendOptions
from .arguments import JobQueueArguments
from .backend import BaseDaskJobQueueBackend

if TYPE_CHECKING:
    from typing_extensions import Unpack


class LSFArguments(JobQueueArguments, total=False):
    """Arguments of `DaskLSFBackend`."""

    memory_unit: str | None
    submit_by_stdin: bool | None


class DaskLSFBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of LSF."""

    kind = "lsf"

    if TYPE_CHECKING:

        def __init__(self, **arguments: Unpack[LSFArguments]) -> None: ...

    def _scheduler_values(self, options: BackendOptions) -> dict[str, Any]:
        values = super()._scheduler_values(options)
        unit = values["memory-unit"] or limit_unit(_lsf_conf(os.environ))
        return {**values, "memory-unit": unit}


def _lsf_conf(environ: Mapping[str, str]) -> str:
    """Return the content of this machine's lsf.conf, empty if there is none."""
    folder = environ.get("LSF_ENVDIR") or environ.get("LSF_CONFDIR") or "/etc"
    try:
        with open(os.path.join(folder, "lsf.conf"), errors="replace") as file:
            return file.read()
    except OSError:
        return ""
