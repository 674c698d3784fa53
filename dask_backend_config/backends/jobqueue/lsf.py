"""IBM Spectrum LSF and its relatives."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...schedulers.lsf import limit_unit
from ..options import BackendOptions
from .backend import BaseDaskJobQueueBackend, JobQueueTunables

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: Variables that name the folder of lsf.conf; else it is in `_FOLDER`.
_FOLDER_VARIABLES = ("LSF_ENVDIR", "LSF_CONFDIR")
_FOLDER = "/etc"


class DaskLSFBackend(BaseDaskJobQueueBackend):
    """Runs tasks in jobs of LSF.

    Parameters
    ----------
    memory_unit : {"kb", "mb", "gb", "tb"}, optional
        Unit of -M at this site.
    submit_by_stdin : bool, optional
        Submit by ``bsub < script`` rather than ``bsub script``.
    **shared
        What all backends with a job queue share, see `BaseDaskJobQueueBackend`.
    """

    kind = "lsf"

    def __init__(
        self,
        *,
        memory_unit: str | None = None,
        submit_by_stdin: bool | None = None,
        **shared: Unpack[JobQueueTunables],
    ) -> None:
        super().__init__(memory_unit=memory_unit, submit_by_stdin=submit_by_stdin, **shared)

    def _own_tunables(self, settings: BackendOptions) -> dict[str, Any]:
        own = super()._own_tunables(settings)
        unit = own["memory-unit"] or limit_unit(_lsf_conf(os.environ))
        return {**own, "memory-unit": unit}


def _lsf_conf(environ: Mapping[str, str]) -> str:
    """The text of this machine's lsf.conf, empty where there is none."""
    folders = [environ[name] for name in _FOLDER_VARIABLES if environ.get(name)]
    try:
        with open(os.path.join((folders or [_FOLDER])[0], "lsf.conf"), errors="replace") as file:
            return file.read()
    except OSError:
        return ""
