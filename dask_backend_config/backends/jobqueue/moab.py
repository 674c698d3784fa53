"""Backend for Moab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import JobQueueArguments
from .backend import BaseDaskJobQueueBackend

if TYPE_CHECKING:
    from typing_extensions import Unpack


class MoabArguments(JobQueueArguments, total=False):
    """Arguments of `DaskMoabBackend`."""

    resource_spec: str | None


class DaskMoabBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of Moab."""

    kind = "moab"
    account_variable = "PBS_ACCOUNT"

    if TYPE_CHECKING:

        def __init__(self, **arguments: Unpack[MoabArguments]) -> None: ...
