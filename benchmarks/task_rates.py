"""Measure tasks in a process with an empty home: ``python -m benchmarks.task_rates REQUEST``.

REQUEST is JSON: the name of a function below and its arguments. The figures are printed as JSON.
"""

from __future__ import annotations

import functools
import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import distributed

from dask_backend_config import ComputeResources, DaskLocalCluster

from .baseline import in_new_process
from .pairs import in_turn, milliseconds

WORKERS = 2
#: Number of parts of all tasks; memory is measured after each.
PARTS = 20


def nothing(value: Any) -> Any:
    """Return at once, so that only the cost of a task is measured."""
    return value


def rates(
    isolation: str, tasks: dict[str, int], rounds: int, threads: int = 1
) -> dict[str, list[float]]:
    """Return the tasks per second of each method, on the same workers.

    Parameters
    ----------
    isolation : str
        See `DaskLocalCluster`.
    tasks : dict
        The number of tasks in a round, for the methods ``submit_task``, ``map_tasks``,
        ``client.submit`` and ``baseline``.
    rounds : int
        The number of rounds.
    threads : int, optional
        The threads of each worker.
    """
    with _backend(isolation, threads) as backend:
        client = backend.client

        def each(submit: Callable[[int], Any], count: int) -> list[int]:
            return client.gather([submit(number) for number in range(count)])  # type: ignore[no-any-return]

        submit = functools.partial(client.submit, pure=False)
        ways: dict[str, Callable[[int], list[int]]] = {
            "submit_task": functools.partial(each, functools.partial(backend.submit_task, nothing)),
            "map_tasks": lambda count: list(backend.map_tasks(nothing, range(count))),
            "client.submit": functools.partial(each, functools.partial(submit, nothing)),
            "baseline": functools.partial(each, functools.partial(submit, in_new_process, nothing)),
        }

        def rate(way: str) -> float:
            count = tasks[way]
            began = time.perf_counter()
            answers = ways[way](count)
            seconds = time.perf_counter() - began
            if answers != list(range(count)):
                raise RuntimeError(f"{way}: wrong results")
            return count / seconds

        figures = in_turn([functools.partial(rate, way) for way in tasks], rounds)
    return dict(zip(tasks, figures, strict=True))


def large(megabytes: int, rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of a task that takes and returns an array of its worker.

    The peer is the same task without isolation, and two copies of the array.
    """
    numpy: Any = importlib.import_module("numpy")
    array = numpy.ones(megabytes * 125_000)
    with _backend("process", workers=1) as backend:
        given = backend.client.submit(numpy.ones, array.size)

        def isolated() -> None:
            distributed.wait(backend.submit_task(nothing, given))

        def copied() -> None:
            distributed.wait(backend.client.submit(nothing, given, pure=False))
            array.copy()
            array.copy()

        calls = [functools.partial(milliseconds, call) for call in (isolated, copied)]
        return dict(zip(("isolated", "copied"), in_turn(calls, rounds), strict=True))


def memory(tasks: int) -> dict[str, list[float]]:
    """Return the MiB of this process, which has the scheduler, after each part of `map_tasks`."""
    import psutil

    process, found = psutil.Process(), []
    with _backend("none") as backend:
        for number, answer in enumerate(backend.map_tasks(nothing, range(tasks)), 1):
            if answer != number - 1:
                raise RuntimeError("wrong results")
            if number % (tasks // PARTS) == 0:
                found.append(process.memory_info().rss / 2**20)
    return {"memory": found}


def _backend(isolation: str, threads: int = 1, workers: int = WORKERS) -> DaskLocalCluster:
    return DaskLocalCluster(
        number_of_workers=workers,
        resources_per_worker=ComputeResources(number_of_threads=threads),
        allow_more_threads_than_cores=True,
        task_isolation=isolation,
    )


def main() -> None:
    """Print the figures."""
    request = json.loads(sys.argv[1])
    kinds: dict[str, Callable[..., dict[str, list[float]]]] = {
        "rates": rates,
        "large": large,
        "memory": memory,
    }
    print(json.dumps(kinds[request.pop("kind")](**request)))


if __name__ == "__main__":
    main()
