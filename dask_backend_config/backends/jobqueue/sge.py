"""Backend for Grid Engine and its relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import JobQueueArguments
from .backend import BaseDaskJobQueueBackend

if TYPE_CHECKING:
    from typing_extensions import Unpack


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

        def __init__(self, **arguments: Unpack[SGEArguments]) -> None: ...
