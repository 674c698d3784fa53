"""Undocumented parts of distributed that this package uses.

Read in the source of distributed 2026.8.0; tests/backends/test_distributed_internals.py fails if an
installed version differs. The module does not import distributed itself, since the processes of
isolated tasks import it.
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable
from multiprocessing.context import BaseContext
from typing import Any

#: How the messages of distributed's ValueErrors begin when no worker or client is found.
NO_WORKER_MESSAGES = ("No worker found", "No global client found", "No workers found")
#: Names of the states of a worker that is closing or closed.
_CLOSING = ("closing", "closed", "failed", "stopping")
#: How the stimulus begins with which a worker asks to be retired at the end of its lifetime.
PLANNED_END = "worker-close-gracefully"


def log_only(level: int | None) -> contextlib.AbstractContextManager[None]:
    """Silence log records of distributed below `level` in the block; None changes nothing."""
    from distributed.utils import silence_logging_cmgr

    return contextlib.nullcontext() if level is None else silence_logging_cmgr(level=level)


def start_workers_with(context: BaseContext) -> None:
    """Make the nannies of this process start their workers with a context of multiprocessing."""
    from distributed import nanny, process

    modules: tuple[Any, ...] = (nanny, process)
    for module in modules:
        module.get_mp_context = lambda: context


def start_loop(asynchronous: bool) -> Any:
    """Return a started ``LoopRunner`` of the running event loop, or of one in a new thread."""
    from distributed.utils import LoopRunner

    runner = LoopRunner(asynchronous=asynchronous)
    runner.start()
    return runner


def scaling_widget(cluster: Any, html: Callable[[], str]) -> Any:
    """Return the ipywidgets with which a cluster is scaled; None without ipywidgets.

    Parameters
    ----------
    cluster : distributed.deploy.Cluster
    html : callable
        Returns what they show of its state.
    """
    from distributed.deploy.cluster import Cluster

    class View:
        def __getattr__(self, name: str) -> Any:
            if name == "_cached_widget":  # that of the cluster shows distributed's state
                raise AttributeError(name)
            return getattr(cluster, name)

        def _repr_html_(self) -> str:
            return html()

    if not hasattr(cluster, "backend_view"):
        cluster.backend_view = View()
    return Cluster._widget(cluster.backend_view)


def widget_update(cluster: Any) -> Callable[[], None]:
    """Return the function that updates what `scaling_widget` shows; it ends with the cluster."""
    periodic = None if cluster is None else cluster.periodic_callbacks.get("cluster-repr")
    return (lambda: None) if periodic is None else periodic.callback


def forget_worker(cluster: Any, name: str) -> None:
    """Remove a worker from a ``SpecCluster`` without closing it; the cluster starts another."""
    from distributed.core import Status

    process = cluster.workers.pop(name, None)
    if process is not None:
        process.status = Status.closed
    cluster._correct_state()


def take_out(cluster: Any, name: str) -> Any:
    """Take a worker out of a ``SpecCluster``, without closing it; return its process, or None."""
    cluster._i += 1  # the next worker must not get the same name
    cluster.worker_spec.pop(name, None)
    return cluster.workers.pop(name, None)


def stop_taking_tasks(scheduler: Any, worker: Any, stimulus: str) -> None:
    """Send a ``WorkerState`` no more tasks, and let its worker start none of those it has."""
    from distributed.core import Status

    scheduler.handle_worker_status_change(Status.closing_gracefully, worker, stimulus)
    message = {"op": "worker-status-change", "status": Status.closing_gracefully.name}
    scheduler.stream_comms[worker.address].send({**message, "stimulus_id": stimulus})


def running_tasks(worker: Any) -> dict[Any, float]:
    """Return the tasks that ran at the last heartbeat of a ``WorkerState``, and their seconds."""
    executing = worker.executing.items()
    return {task: seconds for task, seconds in executing if task in worker.processing}


def take_back_waiting_tasks(scheduler: Any, worker: Any, stimulus: str) -> None:
    """Give the tasks that a ``WorkerState`` has, but does not run, to other workers."""
    waiting = worker.processing - running_tasks(worker).keys()
    scheduler.transitions({task.key: "released" for task in waiting}, stimulus_id=stimulus)


def prefer_worker(task: Any, worker: Any) -> None:
    """Let a released task start on a ``WorkerState`` if possible, unless the user restricts it.

    It stays possible for others, as with ``allow_other_workers``.
    """
    own = task.loose_restrictions or not task.worker_restrictions
    if own and not task.host_restrictions and not task.resource_restrictions:
        task.worker_restrictions, task.loose_restrictions = {worker.address}, True


def set_unknown_task_duration(scheduler: Any, seconds: float) -> None:
    """Set how long tasks count until a task of the same function has ended."""
    scheduler.UNKNOWN_TASK_DURATION = seconds


def pickle_sent_tasks(
    scheduler: Any, pickled: Callable[[Any, Any], tuple[bytes, list[Any]]]
) -> None:
    """Make a scheduler send ``pickled(key, task)``, a pickle and its buffers, for each task."""
    from distributed.protocol.serialize import Pickled
    from distributed.utils import ensure_memoryview

    message_of = scheduler._task_to_msg

    def message_with_pickle(state: Any, *duration: float) -> dict[str, Any]:
        message: dict[str, Any] = message_of(state, *duration)  # before distributed 2025.2
        data, buffers = pickled(state.key, state.run_spec)
        message["run_spec"] = Pickled({"pickled-obj": data}, [*map(ensure_memoryview, buffers)])
        return message

    scheduler._task_to_msg = message_with_pickle


def tasks_wait(scheduler: Any) -> bool:
    """Return True if more tasks could run than the workers have threads."""
    busy = (len(worker.processing) > worker.nthreads for worker in scheduler.workers.values())
    return bool(scheduler.queued or scheduler.unrunnable or any(busy))


def is_closing(worker: Any) -> bool:
    """Return True if a ``distributed.Worker`` is closing or closed."""
    return worker.status.name in _CLOSING


def is_cancelled(worker: Any, key: Any) -> bool:
    """Return True if a task of a ``distributed.Worker`` was cancelled while it ran."""
    state = worker.state.tasks.get(key)
    return state is not None and state.state == "cancelled"


def is_released(scheduler: Any, task: Any) -> bool:
    """Return True if a ``TaskState`` of the scheduler is released, but not forgotten."""
    return bool(task.state == "released" and scheduler.tasks.get(task.key) is task)


def release_task(scheduler: Any, task: Any, stimulus: str) -> None:
    """Take a task from its worker, and do not run it again.

    Parameters
    ----------
    scheduler : distributed.Scheduler
    task : distributed.scheduler.TaskState
    stimulus : str
        The event's identifier in distributed's log of transitions.
    """
    recommendations = scheduler.transition(task.key, "released", stimulus_id=stimulus)
    if recommendations.get(task.key) == "waiting":
        del recommendations[task.key]
    scheduler.transitions(recommendations, stimulus_id=stimulus)


def fail_released_task(scheduler: Any, task: Any, error: Exception, stimulus: str) -> None:
    """Let a task that `release_task` released fail with `error`."""
    task.exception, task.exception_text = pickle.dumps(error), str(error)
    task.exception_blame = task
    recommendations = scheduler.transition(task.key, "erred", stimulus_id=stimulus)
    scheduler.transitions(recommendations, stimulus_id=stimulus)


def fail_waiting_tasks(
    scheduler: Any, error: Exception, stimulus: str, concerns: Callable[[Any], bool]
) -> None:
    """Let tasks that no worker has fail with `error`, as distributed does at a timeout."""
    reason = {"exception": pickle.dumps(error), "exception_text": str(error)}
    recommendations: dict[Any, Any] = {}
    for task in filter(concerns, [*scheduler.queued, *scheduler.unrunnable]):
        recommendations |= scheduler.transition(
            task.key, "erred", cause=task.key, stimulus_id=stimulus, **reason
        )
    scheduler.transitions(recommendations, stimulus_id=stimulus)


def forget_clients(cluster: object) -> None:
    """Let dask use no client of a cluster that did not start.

    distributed closes a client by itself only if it cannot connect to an address.
    """
    from distributed.client import _global_clients

    for client in list(_global_clients.values()):
        if client.cluster is cluster:
            client.status = "closed"
