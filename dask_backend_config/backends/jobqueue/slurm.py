"""Slurm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BaseDaskJobQueueBackend, JobQueueTunables

if TYPE_CHECKING:
    from typing_extensions import Unpack


class DaskSLURMBackend(BaseDaskJobQueueBackend):
    """Runs tasks in jobs of Slurm, whose partition is the queue.

    Parameters
    ----------
    **shared
        What all backends with a job queue share, see `BaseDaskJobQueueBackend`.
    """

    kind = "slurm"

    def __init__(self, **shared: Unpack[JobQueueTunables]) -> None:
        super().__init__(**shared)
