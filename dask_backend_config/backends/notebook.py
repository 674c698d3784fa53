"""How a backend stands, as a notebook shows it.

All of it is read from memory of this process: nobody is asked, nothing is waited for.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.html import Html, boxed, code, folded, link, pale, paragraph, strong, table
from ..core.origins import tilde

if TYPE_CHECKING:
    from distributed.deploy.cluster import Cluster

    from .jobqueue.cluster import QueueCluster
    from .resources import ComputeResources

#: Rows of a table; more are counted.
_MOST_ROWS = 50
#: The square beside the name, dark and light, by the state.
_COLOURS = {
    "running": ("#2E8B57", "#D5F0E0"),
    "starting": ("#FF6132", "#FFF7E5"),
    "failed": ("#C0392B", "#F9DEDA"),
}
_GREY = ("#9D9D9D", "#e1e1e1")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job whose worker has not connected.

    Attributes
    ----------
    number : str
        The batch scheduler's; empty where it was refused.
    seconds : float
        Since it was submitted, or refused.
    words : str
        Why, as far as the batch scheduler has said it.
    """

    number: str
    seconds: float
    words: str


@dataclass(frozen=True, slots=True)
class Summary:
    """How a backend stands.

    Attributes
    ----------
    title : str
        The name of its class.
    state : str
        ``not started``, ``starting``, ``running``, ``stopped``, or ``failed: `` and why.
    planned : str
        What it starts.
    workers : tuple of mapping
        What dask knows of each that is there.
    jobs : mapping
        The numbers of the jobs by the names of their workers; empty without a job queue.
    waiting : tuple of Waiting
        The oldest first.
    dashboard : str
        Its address, empty where there is none.
    logs : mapping
        Where the log of each worker lies, by its name.
    log_place : str
        Where all of them lie, empty where nobody said it.
    """

    title: str
    state: str
    planned: str
    workers: tuple[Mapping[str, Any], ...] = ()
    jobs: Mapping[str, str] | None = None
    waiting: tuple[Waiting, ...] = ()
    dashboard: str = ""
    logs: Mapping[str, str] | None = None
    log_place: str = ""


def workers_of(cluster: Cluster | None) -> tuple[Mapping[str, Any], ...]:
    """What a cluster knows of its workers, by their names."""
    workers = [] if cluster is None else list(cluster.scheduler_info.get("workers", {}).values())
    return tuple(sorted(workers, key=lambda worker: str(worker.get("name", ""))))


def dashboard_of(cluster: Cluster | None) -> str:
    """The address of a cluster's dashboard, empty where it has none."""
    # The template of the link is the user's, and may name a variable that is not there.
    with contextlib.suppress(Exception):
        return str(cluster.dashboard_link) if cluster is not None else ""
    return ""


def waiting_jobs(queue: QueueCluster | None) -> tuple[Waiting, ...]:
    """The jobs of a cluster whose workers are not there, those that were refused last."""
    if queue is None:
        return ()
    now = time.monotonic()
    found = [
        Waiting(
            job.number or "",
            now - job.submitted_at,
            state.description if state else "not known yet",
        )
        for job, state in queue.watch.waiting()
    ]
    refused = [job for job in list(queue.jobs.by_name.values()) if job.refusal and not job.number]
    found += [
        Waiting("", now - job.submitted_at, f"refused: {job.refusal.message}")
        for job in refused
        if job.refusal
    ]
    return tuple(found)


def log_of(paths: Sequence[str]) -> str:
    """Where a log lies that may have one of several names; a ``*`` stands for what they differ in.

    Examples
    --------
    >>> log_of(["logs/7.err", "logs/7.out"]), log_of(["logs/7.log"])
    ('logs/7.*', 'logs/7.log')
    """
    return f"{os.path.commonprefix(list(paths))}*" if len(paths) > 1 else "".join(paths)  # noqa: RUF071 - their ends differ, not folders


def planned(number: str, resources: ComputeResources) -> str:
    """Such as ``1 to 10 workers, each with 2 threads, 8 GB and 1 GPU``."""
    threads = resources.number_of_threads or 1
    parts = [f"{threads} thread{'s' if threads != 1 else ''}"]
    per_thread = getattr(resources, "per_thread_memory_limit", None)
    if per_thread:
        parts.append(_memory(per_thread * threads))
    gpus = resources.number_of_gpus or 0
    if gpus:
        parts.append(f"{gpus} GPU{'s' if gpus != 1 else ''}")
    walltime = getattr(resources, "wallclock_time_limit", None)
    last = f", for {walltime} each" if walltime else ""
    has = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
    return f"{number}, each with {has}{last}"


def summary_as_html(summary: Summary) -> str:
    """The box that a notebook shows."""
    state, _, reason = summary.state.partition(": ")
    return boxed(summary.title, state, _parts(summary, reason), *_COLOURS.get(state, _GREY))


def _parts(summary: Summary, reason: str) -> Iterator[str]:
    if reason:
        yield paragraph(strong(reason))
    yield table(("", ""), list(_facts(summary)))
    if summary.waiting:
        title = _count(len(summary.waiting), "job that waits", "jobs that wait")
        rows = [(code(job.number), _since(job.seconds), job.words) for job in summary.waiting]
        yield folded(title, _table(("job", "since", "why"), rows), is_open=True)
    if summary.workers:
        yield folded(_count(len(summary.workers), "worker", "workers"), _workers(summary))


def _facts(summary: Summary) -> Iterator[tuple[str, str]]:
    yield pale("starts"), summary.planned
    if summary.state not in ("not started", "stopped"):
        threads = sum(worker.get("nthreads", 0) for worker in summary.workers)
        limits = [worker.get("memory_limit") or 0 for worker in summary.workers]
        memory = f", {_memory(sum(limits))} of memory" if limits and all(limits) else ""
        number = _count(len(summary.workers), "worker", "workers")
        there = f"{number}, {_count(threads, 'thread', 'threads')}{memory}"
        yield pale("connected"), there if summary.workers else "no worker"
    if summary.dashboard:
        yield pale("dashboard"), link(summary.dashboard)
    if summary.log_place:
        yield pale("logs"), code(tilde(summary.log_place))


def _workers(summary: Summary) -> Html:
    jobs, logs = summary.jobs or {}, summary.logs or {}
    heads = ["worker", "threads", "memory", *(["job"] if jobs else []), *(["log"] if logs else [])]
    rows: list[Sequence[str]] = []
    for worker in summary.workers[:_MOST_ROWS]:
        name, limit = str(worker.get("name", "")), worker.get("memory_limit")
        row = [code(name), str(worker.get("nthreads", "")), _memory(limit) if limit else "no limit"]
        row += [code(jobs.get(name, ""))] if jobs else []
        row += [code(tilde(logs.get(name, "")))] if logs else []
        rows.append(row)
    return _table(heads, rows, len(summary.workers))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], number: int | None = None) -> Html:
    number = len(rows) if number is None else number
    more = paragraph(pale(f"and {number - _MOST_ROWS} more")) if number > _MOST_ROWS else ""
    return Html(table(heads, rows[:_MOST_ROWS]) + more)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _memory(number: float) -> str:
    from dask.utils import format_bytes

    return str(format_bytes(int(number)))


def _since(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
