"""HTCondor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BaseDaskJobQueueBackend, JobQueueTunables

if TYPE_CHECKING:
    from typing_extensions import Unpack


class DaskHTCondorBackend(BaseDaskJobQueueBackend):
    """Runs tasks in jobs of HTCondor, which knows neither queues nor walltimes.

    Parameters
    ----------
    disk : str or int, optional
        Disk space of one job, "4 GB" or a number of bytes.
    **shared
        What all backends with a job queue share, see `BaseDaskJobQueueBackend`.
    """

    kind = "htcondor"

    def __init__(
        self,
        *,
        disk: str | int | None = None,
        **shared: Unpack[JobQueueTunables],
    ) -> None:
        super().__init__(disk=disk, **shared)
