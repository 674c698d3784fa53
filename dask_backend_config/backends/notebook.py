"""Show a backend in notebooks: its state, workers and waiting jobs.

The view uses only data in the memory of this process; it never waits.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dask.utils import format_bytes

from ..core.html import Html, boxed, code, folded, link, pale, paragraph, strong, table
from ..core.origins import tilde
from ..core.strings import count
from .distributed_internals import scaling_widget

if TYPE_CHECKING:
    from distributed.deploy.cluster import Cluster

    from .jobqueue.cluster import QueueCluster
    from .resources import ComputeResources

#: Rows that a table shows.
_MAX_ROWS = 50
#: Colours of the square beside the name for each state: border, background.
_COLOURS = {
    "running": ("#2E8B57", "#D5F0E0"),
    "starting": ("#FF6132", "#FFF7E5"),
    "failed": ("#C0392B", "#F9DEDA"),
}
_GREY = ("#9D9D9D", "#e1e1e1")


@dataclass(frozen=True, slots=True)
class BackendSummary:
    """The state of a backend.

    Attributes
    ----------
    title : str
        Name of its class.
    state : str
        ``not started``, ``starting``, ``running``, ``stopped``, or ``failed: `` and the reason.
    planned : str
        The workers that it starts, in words.
    workers : tuple of mapping
        dask's data about each connected worker.
    jobs : mapping
        Worker name -> job number; empty without a job queue.
    waiting : sequence of tuple
        Jobs whose workers have not connected, oldest first: number (empty if the job was
        rejected), seconds since the submission or rejection, and the batch scheduler's reason.
    dashboard : str
        Address of the dashboard; empty if there is none.
    logs : mapping
        Worker name -> path of its log.
    log_directory : str
        Folder of the logs; empty if it is not configured.
    dashboard_hint : str
        What to do before the dashboard can be opened; empty if nothing is known to be needed.
    """

    title: str
    state: str
    planned: str
    workers: tuple[Mapping[str, Any], ...] = ()
    jobs: Mapping[str, str] | None = None
    waiting: Sequence[tuple[str, float, str]] = ()
    dashboard: str = ""
    logs: Mapping[str, str] | None = None
    log_directory: str = ""
    dashboard_hint: str = ""


def display_backend(backend: Any, cluster: Cluster | None, options: Mapping[str, Any]) -> None:
    """Display a backend in IPython.

    Parameters
    ----------
    backend : BaseDaskBackend
    cluster : distributed.deploy.Cluster, optional
        The cluster that runs. With ipywidgets of version 8 or later, its controls are shown.
    options : mapping
        As IPython passes them.
    """
    from IPython.display import display

    widget = None if cluster is None else _widget(cluster, backend)
    bundle = {"text/plain": repr(backend), "text/html": backend._repr_html_()}
    if widget is not None and hasattr(widget, "_repr_mimebundle_"):
        bundle = {**(widget._repr_mimebundle_(**options) or {}), **bundle}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def _widget(cluster: Cluster, backend: Any) -> Any:
    """Return the controls of a cluster beside the view of its backend, which may end meanwhile."""
    view = weakref.WeakMethod(backend._repr_html_)
    return scaling_widget(cluster, lambda: alive() if (alive := view()) else "")


def connected_workers(cluster: Cluster | None) -> tuple[Mapping[str, Any], ...]:
    """Return dask's data about the workers of a cluster, sorted by name."""
    workers = [] if cluster is None else list(cluster.scheduler_info.get("workers", {}).values())
    return tuple(sorted(workers, key=lambda worker: str(worker.get("name", ""))))


def waiting_jobs(queue: QueueCluster | None) -> Sequence[tuple[str, float, str]]:
    """Return the waiting jobs of a cluster for `BackendSummary`, rejected jobs last."""
    if queue is None:
        return ()
    now = time.monotonic()
    groups = list(queue.groups.values())
    jobs = [job for group in groups for job in list(group.jobs.by_name.values())]
    waiting = [job for group in groups for job in group.monitor.waiting()]
    waiting = sorted(waiting, key=lambda job: job.submitted_at)
    waiting += [job for job in jobs if job.rejection]
    return [(job.number or "", now - job.submitted_at, job.why_waiting) for job in waiting]


def log_pattern(paths: Sequence[str]) -> str:
    """Return the path of a log; ``*`` stands for the end if it may have one of several names.

    Examples
    --------
    >>> log_pattern(["logs/7.err", "logs/7.out"]), log_pattern(["logs/7.log"])
    ('logs/7.*', 'logs/7.log')
    """
    return f"{os.path.commonprefix(list(paths))}*" if len(paths) > 1 else "".join(paths)  # noqa: RUF071 - only the ends differ


def describe_workers(number: str, resources: ComputeResources, tasks: int | None = None) -> str:
    """Return workers in words, such as ``1 to 10 workers, each with 2 threads, 8 GB and 1 GPU``.

    The tasks that each runs at once are named if there are not as many as threads.
    """
    threads = resources.number_of_threads or 1
    at_once = f" for {count(tasks, 'task')} at once" if tasks and tasks != threads else ""
    parts = [count(threads, "thread") + at_once]
    per_thread = getattr(resources, "per_thread_memory_limit", None)
    if per_thread:
        parts.append(format_bytes(per_thread * threads))
    if resources.number_of_gpus:
        parts.append(count(resources.number_of_gpus, "GPU"))
    walltime = getattr(resources, "wallclock_time_limit", None)
    duration = f", for {walltime} each" if walltime else ""
    has = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
    return f"{number}, each with {has}{duration}"


def describe_groups(plans: Mapping[str, str]) -> str:
    """Return the workers of all groups in words; a group without a name is the only one.

    Examples
    --------
    >>> describe_groups({"cpu": "2 workers, each with 1 thread", "gpu": "1 worker"})
    'cpu: 2 workers, each with 1 thread; gpu: 1 worker'
    """
    return "; ".join(f"{name}: {plan}" if name else plan for name, plan in plans.items())


def summary_as_html(summary: BackendSummary) -> str:
    """Return the HTML box that a notebook shows."""
    state, _, reason = summary.state.partition(": ")
    return boxed(summary.title, state, _parts(summary, reason), *_COLOURS.get(state, _GREY))


def _parts(summary: BackendSummary, reason: str) -> Iterator[str]:
    if reason:
        yield paragraph(strong(reason))
    yield table(("", ""), list(_facts(summary)))
    if summary.waiting:
        rows = [(code(job), _duration(seconds), why) for job, seconds, why in summary.waiting]
        inner = _table(("job", "waiting for", "reason"), rows)
        yield folded(count(len(rows), "waiting job"), inner, is_open=True)
    if summary.workers:
        yield folded(count(len(summary.workers), "worker"), _workers(summary))


def _facts(summary: BackendSummary) -> Iterator[tuple[str, str]]:
    yield pale("planned"), summary.planned
    if summary.state not in ("not started", "stopped"):
        tasks = sum(worker.get("nthreads", 0) for worker in summary.workers)
        limits = [worker.get("memory_limit") or 0 for worker in summary.workers]
        memory = f", {format_bytes(sum(limits))} of memory" if limits and all(limits) else ""
        at_once = f"{count(tasks, 'task')} at once"
        connected = f"{count(len(summary.workers), 'worker')}, {at_once}{memory}"
        yield pale("connected"), connected if summary.workers else "no workers"
    if summary.dashboard:
        yield pale("dashboard"), link(summary.dashboard)
    if summary.dashboard_hint:
        yield "", summary.dashboard_hint
    if summary.log_directory:
        yield pale("logs"), code(tilde(summary.log_directory))


def _workers(summary: BackendSummary) -> Html:
    jobs, logs = summary.jobs or {}, summary.logs or {}
    heads = [
        "worker",
        "tasks at once",
        "memory",
        *(["job"] if jobs else []),
        *(["log"] if logs else []),
    ]
    rows: list[Sequence[str]] = []
    for worker in summary.workers:
        name, limit = str(worker.get("name", "")), worker.get("memory_limit")
        memory = format_bytes(limit) if limit else "no limit"
        row = [code(name), str(worker.get("nthreads", "")), memory]
        row += [code(jobs.get(name, ""))] if jobs else []
        row += [code(tilde(logs.get(name, "")))] if logs else []
        rows.append(row)
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    hidden = len(rows) - _MAX_ROWS
    more = paragraph(pale(f"and {hidden} more")) if hidden > 0 else ""
    return Html(table(heads, rows[:_MAX_ROWS]) + more)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
