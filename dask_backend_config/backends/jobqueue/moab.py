"""Moab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BaseDaskJobQueueBackend, JobQueueTunables

if TYPE_CHECKING:
    from typing_extensions import Unpack


class DaskMoabBackend(BaseDaskJobQueueBackend):
    """Runs tasks in jobs of Moab.

    Parameters
    ----------
    resource_spec : str, optional
        Text after -l that asks for CPUs and memory, instead of the usual one.
    **shared
        What all backends with a job queue share, see `BaseDaskJobQueueBackend`.
    """

    kind = "moab"
    account_variable = "PBS_ACCOUNT"

    def __init__(
        self,
        *,
        resource_spec: str | None = None,
        **shared: Unpack[JobQueueTunables],
    ) -> None:
        super().__init__(resource_spec=resource_spec, **shared)
