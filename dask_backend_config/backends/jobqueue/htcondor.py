"""Backend for HTCondor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.units import Quantity
from .arguments import JobQueueArguments
from .backend import BaseDaskJobQueueBackend

if TYPE_CHECKING:
    from typing_extensions import Unpack


class HTCondorArguments(JobQueueArguments, total=False):
    """Arguments of `DaskHTCondorBackend`."""

    disk: str | float | Quantity | None


class DaskHTCondorBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of HTCondor, which has no queues and no walltimes."""

    kind = "htcondor"

    if TYPE_CHECKING:

        def __init__(self, **arguments: Unpack[HTCondorArguments]) -> None: ...
