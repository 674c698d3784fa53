"""map_tasks: results in order, a limited number of tasks, and a progress bar."""

from __future__ import annotations

import gc
import itertools
import operator
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dask_backend_config import BackendError, ComputeResources, DaskLocalCluster
from dask_backend_config.backends.task_source import progress_bar, task_window
from dask_backend_config.core.errors import ConfigValueError

from .conftest import wait_until

LIMIT = 20


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskLocalCluster]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        with DaskLocalCluster(2) as made:
            yield made


def known_tasks(backend: DaskLocalCluster) -> int:
    scheduler: Any = backend.cluster.scheduler
    return len(scheduler.tasks)


def slow_first(number: int) -> int:
    time.sleep(0.2 if number % 10 == 0 else 0)
    return number


def negate_unless_seven(number: int) -> int:
    if number == 7:
        raise ValueError("seven")
    return -number


@pytest.mark.parametrize(
    ("function", "iterables", "expected"),
    [
        pytest.param(operator.neg, [range(30)], [-n for n in range(30)], id="one"),
        pytest.param(operator.sub, [[5, 6], (1, 2)], [4, 4], id="side-by-side"),
        pytest.param(operator.add, [itertools.count(), "ab"], None, id="the-shortest-ends-it"),
        pytest.param(operator.neg, [iter([1, 2, 3])], [-1, -2, -3], id="iterator"),
        pytest.param(operator.neg, [[]], [], id="nothing"),
        pytest.param(slow_first, [range(30)], list(range(30)), id="in-order"),
        pytest.param(operator.neg, [range(205)], [-n for n in range(205)], id="incomplete-batch"),
    ],
)
def test_results_come_in_the_order_of_the_items(
    backend: DaskLocalCluster, function: Any, iterables: list[Any], expected: list[Any] | None
) -> None:
    if expected is None:
        pairs = backend.map_tasks(lambda number, text: (number, text), *iterables)
        assert list(pairs) == [(0, "a"), (1, "b")]
    else:
        assert list(backend.map_tasks(function, *iterables)) == expected


@pytest.mark.parametrize("window", [1, 2, 7])
def test_the_window_limits_the_submitted_tasks(backend: DaskLocalCluster, window: int) -> None:
    taken = itertools.count()
    results = backend.map_tasks(operator.neg, taken, window=window)
    for number, result in enumerate(itertools.islice(results, 20)):
        assert result == -number
        wait_until(
            lambda: len(backend.client.futures) <= window
        )  # they are released a little later
    results.close()
    assert next(taken) <= 20 + 2 * window


def test_the_first_tasks_are_submitted_at_once(backend: DaskLocalCluster, tmp_path: Path) -> None:
    results = backend.map_tasks(Path.touch, [tmp_path / "ran"])
    wait_until((tmp_path / "ran").exists)
    assert list(results) == [None]


def test_the_window_grows_if_tasks_are_quick() -> None:
    window = task_window(None, at_once=1)
    assert (window.size, window.batch_size) == (100, 25)
    window.adapt(24, 0.0)
    window.adapt(25, 10.0)
    assert window.size == 100, "neither few nor slow results enlarge it"
    for _ in range(10):
        window.adapt(window.batch_size, 0.01)
    assert window.size == 1600
    assert task_window(None, at_once=64).size == 256
    fixed = task_window(8, at_once=64)
    fixed.adapt(8, 0.0)
    assert fixed.size == 8


@pytest.mark.parametrize("window", [0, 1.5, "3", True])
def test_an_invalid_window_is_an_error(backend: DaskLocalCluster, window: Any) -> None:
    with pytest.raises(ConfigValueError, match=r"argument window is .*at least 1"):
        backend.map_tasks(abs, [1], window=window)


def test_an_error_is_raised_in_order_and_cancels_later_tasks(backend: DaskLocalCluster) -> None:
    results = backend.map_tasks(negate_unless_seven, itertools.count(), window=40)
    assert list(itertools.islice(results, 7)) == [-n for n in range(7)]
    with pytest.raises(ValueError, match="seven"):
        next(results)
    with pytest.raises(StopIteration):
        next(results)
    wait_until(lambda: known_tasks(backend) == 0)


def test_errors_can_take_the_place_of_results(backend: DaskLocalCluster) -> None:
    results = list(backend.map_tasks(negate_unless_seven, range(60), return_exceptions=True))
    assert isinstance(results[7], ValueError)
    assert results[:7] + results[8:] == [-number for number in range(60) if number != 7]


def test_tasks_start_in_the_order_of_their_items(backend: DaskLocalCluster) -> None:
    def started(number: int) -> tuple[int, float, int]:
        time.sleep(0.002)
        return os.getpid(), time.monotonic(), number

    ran = sorted(backend.map_tasks(started, range(100)))
    assert len({process for process, _, _ in ran}) == 2
    for one, other in itertools.pairwise(ran):  # of each worker
        assert one[2] < other[2] or one[0] != other[0]


@pytest.mark.parametrize("how", ["closed", "dropped", "dropped-unused"])
def test_the_end_of_the_iterator_cancels_later_tasks(
    backend: DaskLocalCluster, how: str, tmp_path: Path
) -> None:
    def wait_for(path: Path) -> None:
        while not path.exists():
            time.sleep(0.01)

    paths = [tmp_path, *(tmp_path / "never" for _ in range(50))]
    results = backend.map_tasks(wait_for, paths)
    if how != "dropped-unused":
        next(results)
    assert len(backend.client.futures) >= 50
    if how == "closed":
        results.close()
    del results
    gc.collect()
    wait_until(lambda: known_tasks(backend) == 0)
    (tmp_path / "never").touch()
    assert backend.submit_task(abs, -1).result(LIMIT) == 1


def test_memory_does_not_grow_with_the_number_of_tasks(
    backend: DaskLocalCluster,
) -> None:
    most_futures = most_tasks = 0
    for number, result in enumerate(backend.map_tasks(operator.neg, range(800), window=100)):
        assert result == -number
        if number % 100 == 0:
            most_futures = max(most_futures, len(backend.client.futures))
            most_tasks = max(most_tasks, known_tasks(backend))
    assert 50 < most_futures <= 300
    assert most_tasks <= 400, "the scheduler forgets them a little later"


def test_keywords_go_to_dask_or_to_the_function(backend: DaskLocalCluster) -> None:
    def named(number: int, *, plus: int, available_resources: ComputeResources) -> Any:
        return number + plus, available_resources.number_of_threads

    before = set(backend.client.futures)
    results = backend.map_tasks(named, [1, 2], plus=10, priority=3, retries=1, key="mine")
    keys = set(backend.client.futures) - before
    assert list(results) == [(11, 1), (12, 1)]
    assert {str(key).partition("-")[0] for key in keys} == {"mine"}


def test_each_item_is_a_task_of_its_own(backend: DaskLocalCluster) -> None:
    assert len(set(backend.map_tasks(lambda _: time.monotonic_ns(), [1, 1, 1]))) == 3


def test_tasks_run_on_all_workers(backend: DaskLocalCluster) -> None:
    def where(_: int) -> int:
        time.sleep(0.02)
        return os.getpid()

    assert len(set(backend.map_tasks(where, range(20)))) == 2


def test_map_tasks_without_an_iterable_is_an_error(backend: DaskLocalCluster) -> None:
    with pytest.raises(TypeError, match="at least one iterable"):
        backend.map_tasks(abs)


def test_map_tasks_needs_a_started_backend() -> None:
    with pytest.raises(BackendError, match="is not started"):
        DaskLocalCluster().map_tasks(abs, [1])


class Terminal:
    """A standard error that is a terminal or not."""

    def __init__(self, looks: bool) -> None:
        self.looks = looks

    def isatty(self) -> bool:
        return self.looks


@pytest.mark.parametrize(
    ("progress", "terminal", "notebook", "shown"),
    [
        pytest.param(None, True, False, True, id="terminal"),
        pytest.param(None, False, True, True, id="notebook"),
        pytest.param(None, False, False, False, id="piped"),
        pytest.param(True, False, False, True, id="forced"),
        pytest.param(False, True, True, False, id="disabled"),
    ],
)
def test_a_bar_is_shown_in_terminals_and_notebooks(
    progress: bool | None,
    terminal: bool,
    notebook: bool,
    shown: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal(terminal))
    if notebook:
        monkeypatch.setitem(sys.modules, "ipykernel", sys)
    else:
        monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    made = progress_bar(progress, abs, [range(7), itertools.count(), [1, 2, 3]])
    assert (made is not None) is shown
    if made is not None:
        assert made.console.stderr
        assert [(task.description, task.total) for task in made.tasks] == [("abs", 3)]


def test_the_bar_goes_to_stderr_and_counts(
    backend: DaskLocalCluster, capfd: pytest.CaptureFixture[str]
) -> None:
    assert len(list(backend.map_tasks(abs, range(30), progress=True))) == 30
    out, err = capfd.readouterr()
    assert out == ""
    assert "abs" in err
    assert "30/30" in err
