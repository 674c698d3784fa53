"""Let tasks run on the workers of their group, and fail at once if no worker will ever run them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from distributed.diagnostics.plugin import SchedulerPlugin

from ..core.errors import BackendError, ConfigValueError
from . import distributed_internals as internals
from .worker_groups import ANNOTATION, covers, group_named, group_resource

if TYPE_CHECKING:
    from .adaptive_internals import WorkerGroup


class GroupTasks(SchedulerPlugin):
    """Restricts tasks with the annotation to the workers of their group.

    A task whose group does not exist fails, and so does one that needs abstract resources which
    neither a group nor a connected worker has.

    Parameters
    ----------
    groups : mapping
        `WorkerGroup` by its name.
    """

    name = "dask-backend-config-group-tasks"

    def __init__(self, groups: Mapping[str, WorkerGroup]) -> None:
        self._groups = groups

    def update_graph(self, scheduler: Any, *, tasks: Iterable[Any], **_: Any) -> None:
        """Restrict new tasks, before a worker is chosen for them."""
        failed = []
        for task in map(scheduler.tasks.get, tasks):
            if task is None or task.state != "released":
                continue
            try:
                self._restrict(scheduler, task)
            except (BackendError, ConfigValueError) as error:
                failed.append((task, error))
        if failed:
            asyncio.get_running_loop().call_soon(_fail, scheduler, failed)

    def _restrict(self, scheduler: Any, task: Any) -> None:
        """Restrict a task to its group.

        Raises
        ------
        BackendError
            If no worker will ever run it.
        ConfigValueError
            If the group does not exist.
        """
        needs = task.resource_restrictions or {}
        able = list(self._groups.values())
        group = (task.annotations or {}).get(ANNOTATION)
        if group is not None:
            place = f"annotation {ANNOTATION} of task {task.key!r}"
            name = group_named(self._groups, group, place)
            able = [self._groups[name]]
            task.resource_restrictions = {**needs, group_resource(name): 1}
        if not needs or any(each.offers(needs) for each in able):
            return
        workers = scheduler.workers.values()
        if not any(covers(worker.resources, task.resource_restrictions) for worker in workers):
            raise _missing_resources_error(task.key, needs, group)


def _missing_resources_error(
    key: object, needs: Mapping[str, float], group: str | None
) -> BackendError:
    words = ", ".join(f"{name}: {amount:g}" for name, amount in needs.items())
    where = f" of the group {group}" if group else ""
    message = f"task {key!r} needs resources={{{words}}}, which no worker{where} will ever have"
    hint = "Set distributed.worker.resources, or --resources in worker-extra-arguments"
    return BackendError(message, hint=hint)


def _fail(scheduler: Any, failed: Iterable[tuple[Any, Exception]]) -> None:
    for task, error in failed:
        if scheduler.tasks.get(task.key) is task:
            internals.release_task(scheduler, task, ANNOTATION)
            internals.fail_released_task(scheduler, task, error, ANNOTATION)
