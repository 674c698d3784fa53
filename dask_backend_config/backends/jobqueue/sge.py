"""Grid Engine and its relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BaseDaskJobQueueBackend, JobQueueTunables

if TYPE_CHECKING:
    from typing_extensions import Unpack


class DaskSGEBackend(BaseDaskJobQueueBackend):
    """Runs tasks in jobs of Grid Engine or one of its relatives.

    Parameters
    ----------
    parallel_environment : str, optional
        Parallel environment that keeps a job's slots on one host, for -pe.
    memory_resource : str, optional
        Name of the site's complex for memory, such as mem_free or h_vmem.
    gpu_resource : str, optional
        Name of the site's complex for GPUs.
    resource_spec : str, optional
        Text after -l that asks for resources, instead of what the others make.
    **shared
        What all backends with a job queue share, see `BaseDaskJobQueueBackend`.
    """

    kind = "sge"

    def __init__(
        self,
        *,
        parallel_environment: str | None = None,
        memory_resource: str | None = None,
        gpu_resource: str | None = None,
        resource_spec: str | None = None,
        **shared: Unpack[JobQueueTunables],
    ) -> None:
        super().__init__(
            parallel_environment=parallel_environment,
            memory_resource=memory_resource,
            gpu_resource=gpu_resource,
            resource_spec=resource_spec,
            **shared,
        )
