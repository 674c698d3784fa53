"""Types of the arguments that all backends with a job queue share, for type checkers.

At run time, signatures come from the schema; a test compares both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from ...core.units import Quantity
from ..certificates import SecurityObject
from ..resources import QueueWorkerResources


class JobQueueArguments(TypedDict, total=False):
    """Arguments of `BaseDaskJobQueueBackend`, in the order of the schema."""

    minimum_number_of_workers: int | None
    maximum_number_of_workers: int | None
    worker_groups: Mapping[str, Mapping[str, Any] | None] | None
    resources_per_worker: QueueWorkerResources | None
    tasks_per_worker: int | None
    workers_per_job: int | None
    queue_name: str | None
    account: str | None
    job_name: str | None
    setup_script_commands: list[str] | None
    require_setup: bool | None
    extra_script_options: list[str] | None
    skip_script_options: list[str] | None
    gpu_directive: str | None
    shebang: str | None
    python: str | None
    worker_launcher: str | None
    worker_extra_arguments: list[str] | None
    disable_nanny_process: bool | None
    death_timeout: str | float | None
    adaptive_interval: str | float | None
    watch_interval: str | float | None
    command_timeout: str | float | None
    lifetime_margin: str | float | None
    lifetime_stagger: str | float | None
    walltime_attempts: int | None
    interface: str | None
    scheduler_interface: str | None
    protocol: str | None
    security: bool | SecurityObject | None
    name: str | None
    dashboard_address: str | int | None
    scheduler_options: dict[str, Any] | None
    allowed_failures: int | None
    log_directory: str | None
    local_directory: str | None
    shared_temp_directory: str | None
    task_isolation: str | None
    isolated_tasks_per_process: int | None
    isolated_process_memory_limit: str | float | Quantity | None
    isolation_preload: list[str] | None
    task_time_limit: str | float | None
    asynchronous: bool | None
