"""OAR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BaseDaskJobQueueBackend, JobQueueTunables

if TYPE_CHECKING:
    from typing_extensions import Unpack


class DaskOARBackend(BaseDaskJobQueueBackend):
    """Runs tasks in jobs of OAR.

    Parameters
    ----------
    resource_spec : str, optional
        Text after -l that asks for resources, instead of the usual one.
    memory_per_core_property_name : str, optional
        Name of the site's property for memory per core.
    **shared
        What all backends with a job queue share, see `BaseDaskJobQueueBackend`.
    """

    kind = "oar"

    def __init__(
        self,
        *,
        resource_spec: str | None = None,
        memory_per_core_property_name: str | None = None,
        **shared: Unpack[JobQueueTunables],
    ) -> None:
        super().__init__(
            resource_spec=resource_spec,
            memory_per_core_property_name=memory_per_core_property_name,
            **shared,
        )
