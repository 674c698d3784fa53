"""Compare tasks per second with dask and with a process per task; measure memory of many tasks.

To run only this one, use ``python -m benchmarks.tasks``. Each cluster is in a separate process.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator

from .pairs import Row, Skipped, measured
from .runner import Benchmark, main

_OURS, _MANY, _PLAIN, _BASELINE = "submit_task", "map_tasks", "client.submit", "baseline"
_OF_BASELINE = "manager and process a task"
#: If memory grows by more than this factor while the number of tasks doubles, something leaks.
FLAT = 1.1


def plain(quick: bool) -> Iterator[Row]:
    """Measure tasks without isolation."""
    count = 100 if quick else 500
    found = _measured(
        kind="rates", isolation="none", tasks={_OURS: count, _PLAIN: count}, rounds=_rounds(quick)
    )
    yield _rate("submit_task", _PLAIN, 0.95, found[_OURS], found[_PLAIN])


def process(quick: bool) -> Iterator[Row]:
    """Measure tasks in a process that is reused, on workers of one thread and of two."""
    count = 100 if quick else 500
    for threads, where in ((1, "process"), (2, "process, 2 threads")):
        found = _measured(
            kind="rates",
            isolation="process",
            tasks={_OURS: count, _MANY: 2 * count, _PLAIN: count, _BASELINE: count // 10},
            rounds=_rounds(quick),
            threads=threads,
        )
        name = f"submit_task, {where}"
        yield _rate(name, _PLAIN, 0.9, found[_OURS], found[_PLAIN])
        yield _rate(name, _OF_BASELINE, 10, found[_OURS], found[_BASELINE])
        yield _rate(f"map_tasks, {where}", _OF_BASELINE, 10, found[_MANY], found[_BASELINE])


def fresh(quick: bool) -> Iterator[Row]:
    """Measure tasks in a new process each."""
    count = 20 if quick else 100
    found = _measured(
        kind="rates",
        isolation="fresh",
        tasks={_OURS: count, _BASELINE: count // 2},
        rounds=_rounds(quick),
    )
    yield _rate("submit_task, fresh", _OF_BASELINE, 3.5, found[_OURS], found[_BASELINE])


def large(quick: bool) -> Iterator[Row]:
    """Measure a task that takes a large array and returns it."""
    if importlib.util.find_spec("numpy") is None:
        raise Skipped("numpy is not installed")
    megabytes = 10 if quick else 100
    ours, theirs = _measured(kind="large", megabytes=megabytes, rounds=_rounds(quick)).values()
    name = f"{megabytes} MB in and out of a task, process"
    yield Row(name, "client.submit and two copies", "ms", 2, ours, theirs)


def many(quick: bool) -> Iterator[Row]:
    """Measure the memory of `map_tasks` after twice as many tasks.

    dask keeps the keys of its last 100,000 tasks, so memory should not grow after that.
    """
    count = 10_000 if quick else 100_000
    found = _measured(kind="memory", tasks=2 * count)["memory"]
    half = len(found) // 2
    before, after = [found[half - 1]], [max(found[half:])]
    yield Row(f"map_tasks, {count:,} more", f"after {count:,}", "MiB", FLAT, after, before)


def _rate(name: str, peer: str, goal: float, ours: list[float], theirs: list[float]) -> Row:
    return Row(name, peer, "tasks/s", goal, ours, theirs, at_least=True)


def _rounds(quick: bool) -> int:
    return 2 if quick else 11


_measured = functools.partial(measured, "benchmarks.task_rates")

BENCHMARKS = (
    Benchmark("submit", plain),
    Benchmark("process", process),
    Benchmark("fresh", fresh),
    Benchmark("large", large),
    Benchmark("map-tasks", many),
)

if __name__ == "__main__":
    main(BENCHMARKS)
