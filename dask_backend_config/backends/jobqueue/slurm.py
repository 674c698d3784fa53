"""Backend for Slurm."""

from __future__ import annotations

from .backend import BaseDaskJobQueueBackend


class DaskSLURMBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of Slurm; the partition is ``queue-name``."""

    kind = "slurm"
