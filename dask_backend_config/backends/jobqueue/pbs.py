"""PBS Professional and OpenPBS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BaseDaskJobQueueBackend, JobQueueTunables

if TYPE_CHECKING:
    from typing_extensions import Unpack


class DaskPBSBackend(BaseDaskJobQueueBackend):
    """Runs tasks in jobs of PBS Professional or OpenPBS.

    Parameters
    ----------
    resource_spec : str, optional
        Text after -l that asks for CPUs, memory and GPUs, instead of the usual select line.
    **shared
        What all backends with a job queue share, see `BaseDaskJobQueueBackend`.
    """

    kind = "pbs"
    account_variable = "PBS_ACCOUNT"

    def __init__(
        self,
        *,
        resource_spec: str | None = None,
        **shared: Unpack[JobQueueTunables],
    ) -> None:
        super().__init__(resource_spec=resource_spec, **shared)
