"""Backend for OAR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import JobQueueArguments
from .backend import BaseDaskJobQueueBackend

if TYPE_CHECKING:
    from typing_extensions import Unpack


class OARArguments(JobQueueArguments, total=False):
    """Arguments of `DaskOARBackend`."""

    resource_spec: str | None
    memory_per_core_property_name: str | None


class DaskOARBackend(BaseDaskJobQueueBackend):
    """Backend whose workers are jobs of OAR."""

    kind = "oar"

    if TYPE_CHECKING:

        def __init__(self, **arguments: Unpack[OARArguments]) -> None: ...
