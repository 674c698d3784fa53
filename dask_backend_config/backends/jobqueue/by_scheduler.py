"""The backend of each batch scheduler, and its own arguments for type checkers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.units import Quantity
from ...schedulers import ADDED, SCHEDULERS
from ...schedulers.lsf import limit_unit
from ..options import BackendOptions
from .arguments import JobQueueArguments
from .backend import BaseDaskJobQueueBackend

if TYPE_CHECKING:
    from typing_extensions import Unpack


class DaskSLURMBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of Slurm; the partition is ``queue-name``."""

    kind = "slurm"


class LSFArguments(JobQueueArguments, total=False):
    """Arguments of `DaskLSFBackend`."""

    memory_unit: str | None
    submit_by_stdin: bool | None


class DaskLSFBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of LSF."""

    kind = "lsf"

    if TYPE_CHECKING:

        def __init__(self, *values: Any, **arguments: Unpack[LSFArguments]) -> None: ...

    def _scheduler_values(self, options: BackendOptions) -> dict[str, Any]:
        values = super()._scheduler_values(options)
        unit = values["memory-unit"] or limit_unit(_lsf_conf())
        return {**values, "memory-unit": unit}


def _lsf_conf() -> str:
    """Return the content of this machine's lsf.conf, empty if there is none."""
    folder = os.environ.get("LSF_ENVDIR") or os.environ.get("LSF_CONFDIR") or "/etc"
    try:
        return Path(folder, "lsf.conf").read_text(errors="replace")
    except OSError:
        return ""


class PBSArguments(JobQueueArguments, total=False):
    """Arguments of `DaskPBSBackend`."""

    resource_spec: str | None


class DaskPBSBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of PBS Professional or OpenPBS."""

    kind = "pbs"
    positional = (*BaseDaskJobQueueBackend.positional, "resource_spec")

    if TYPE_CHECKING:

        def __init__(self, *values: Any, **arguments: Unpack[PBSArguments]) -> None: ...


class SGEArguments(JobQueueArguments, total=False):
    """Arguments of `DaskSGEBackend`."""

    parallel_environment: str | None
    memory_resource: str | None
    gpu_resource: str | None
    resource_spec: str | None


class DaskSGEBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of Grid Engine or one of its relatives."""

    kind = "sge"

    if TYPE_CHECKING:

        def __init__(self, *values: Any, **arguments: Unpack[SGEArguments]) -> None: ...


class HTCondorArguments(JobQueueArguments, total=False):
    """Arguments of `DaskHTCondorBackend`."""

    disk: str | float | Quantity | None


class DaskHTCondorBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of HTCondor, which has no queues and no walltimes."""

    kind = "htcondor"

    if TYPE_CHECKING:

        def __init__(self, *values: Any, **arguments: Unpack[HTCondorArguments]) -> None: ...


class OARArguments(JobQueueArguments, total=False):
    """Arguments of `DaskOARBackend`."""

    resource_spec: str | None
    memory_per_core_property_name: str | None


class DaskOARBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of OAR."""

    kind = "oar"

    if TYPE_CHECKING:

        def __init__(self, *values: Any, **arguments: Unpack[OARArguments]) -> None: ...


class MoabArguments(PBSArguments, total=False):
    """Arguments of `DaskMoabBackend`."""


class DaskMoabBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of Moab."""

    kind = "moab"

    if TYPE_CHECKING:

        def __init__(self, *values: Any, **arguments: Unpack[MoabArguments]) -> None: ...


for _kind, _name in ADDED.items():
    _about = f"Backend whose workers are jobs of {SCHEDULERS[_kind].title}."
    _own = {"__doc__": _about, "__module__": __name__, "kind": _kind}
    globals()[_name] = type(_name, (BaseDaskJobQueueBackend,), _own)
