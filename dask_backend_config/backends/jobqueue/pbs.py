"""Backend for PBS Professional and OpenPBS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import JobQueueArguments
from .backend import BaseDaskJobQueueBackend

if TYPE_CHECKING:
    from typing_extensions import Unpack


class PBSArguments(JobQueueArguments, total=False):
    """Arguments of `DaskPBSBackend`."""

    resource_spec: str | None


class DaskPBSBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of PBS Professional or OpenPBS."""

    kind = "pbs"
    account_variable = "PBS_ACCOUNT"

    if TYPE_CHECKING:

        def __init__(self, **arguments: Unpack[PBSArguments]) -> None: ...
