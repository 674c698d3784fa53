"""Tasks get the resources of their worker if they accept them."""

from __future__ import annotations

import functools
import logging
import operator
import pickle
from collections.abc import Callable
from typing import Any

import dask.config
import pytest

from dask_backend_config import (
    ComputeResources,
    GPUPrecision,
    GPUToolkit,
    QueueWorkerResources,
    current_resources,
)
from dask_backend_config.backends import gpus, task_resources
from dask_backend_config.core.errors import BackendError

PLAIN = ComputeResources(2, 0, GPUToolkit.auto, GPUPrecision.mixed)
QUEUED = QueueWorkerResources(1, 2, GPUToolkit.CUDA, GPUPrecision.single, 10**9, "05:59")


def names(x: int, available_resources: ComputeResources) -> tuple[int, ComputeResources]:
    return x, available_resources


def names_with_default(*, available_resources: Any = None) -> Any:
    return available_resources


def ignores(x: int, **others: Any) -> Any:
    return x, others


def only_by_position(available_resources: Any, /) -> Any:
    return available_resources


@functools.wraps(names)
def decorated(*args: Any, **kwargs: Any) -> Any:
    return names(*args, **kwargs)


class Owner:
    __hash__ = None  # type: ignore[assignment]

    def method(self, available_resources: Any) -> Any:
        return available_resources

    def __call__(self, available_resources: Any) -> Any:
        return available_resources


@pytest.fixture
def on_a_worker(monkeypatch: pytest.MonkeyPatch) -> Callable[[ComputeResources, str | None], None]:
    def enter(resources: ComputeResources, devices: str | None = None) -> None:
        monkeypatch.setenv(task_resources.VARIABLE, task_resources.encoded(resources))
        for name in gpus.VARIABLES:
            monkeypatch.delenv(name, raising=False)
        if devices is not None:
            monkeypatch.setenv(gpus.VARIABLE, devices)

    return enter


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        pytest.param(names, True, id="parameter"),
        pytest.param(names_with_default, True, id="keyword-only"),
        pytest.param(decorated, True, id="decorated"),
        pytest.param(functools.partial(names, 1), True, id="partial"),
        pytest.param(Owner().method, True, id="method"),
        pytest.param(Owner(), True, id="callable-without-hash"),
        pytest.param(lambda available_resources: 0, True, id="lambda"),
        pytest.param(ignores, False, id="keywords-of-any-name"),
        pytest.param(only_by_position, False, id="by-position-only"),
        pytest.param(logging.info, False, id="logging"),
        pytest.param(print, False, id="builtin"),
        pytest.param(dict, False, id="builtin-without-signature"),
        pytest.param(operator.itemgetter(0), False, id="operator"),
    ],
)
def test_functions_that_accept_the_resources_are_recognized(function: Any, expected: bool) -> None:
    assert task_resources.accepts_resources(function) is expected
    assert task_resources.accepts_resources(function) is expected, (
        "the same when it was asked before"
    )
    assert (task_resources.with_resources(function) is not function) is expected


def test_a_function_that_accepts_the_resources_gets_them(on_a_worker: Any) -> None:
    on_a_worker(PLAIN)
    assert task_resources.with_resources(names)(3) == (3, PLAIN)


def test_an_argument_of_the_caller_is_kept(on_a_worker: Any) -> None:
    on_a_worker(PLAIN)
    assert task_resources.with_resources(names)(3, available_resources=QUEUED) == (3, QUEUED)


def test_the_wrapped_function_keeps_its_name_and_can_be_pickled(on_a_worker: Any) -> None:
    on_a_worker(PLAIN)
    wrapped = pickle.loads(pickle.dumps(task_resources.with_resources(names)))
    assert wrapped.__name__ == "names"
    assert wrapped(1) == (1, PLAIN)


@pytest.mark.parametrize("resources", [PLAIN, QUEUED], ids=["local", "queue"])
def test_all_resources_arrive(on_a_worker: Any, resources: ComputeResources) -> None:
    on_a_worker(resources)
    assert current_resources() == resources


def test_gpu_indices_are_those_of_the_process(
    on_a_worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_worker(QUEUED, "4,5")
    told = current_resources()
    assert (told.gpu_device_indices, told.visible_gpu_devices) == ("0,1", "4,5")
    monkeypatch.setenv(gpus.VARIABLE, "6")
    told = current_resources()
    assert (told.gpu_device_indices, told.visible_gpu_devices) == ("0", "6")


@pytest.mark.parametrize("variable", [None, "", "NoDevFiles", "-1"])
def test_the_number_of_gpus_is_known_where_nothing_says_which(
    on_a_worker: Any, variable: str | None
) -> None:
    on_a_worker(QUEUED, variable)
    granted = current_resources()
    assert granted.number_of_gpus == 2
    assert (granted.gpu_device_indices, granted.visible_gpu_devices) == (None, None)


def test_a_worker_without_gpus_has_no_indices(on_a_worker: Any) -> None:
    on_a_worker(PLAIN, "0,1")
    told = current_resources()
    assert (told.gpu_device_indices, told.visible_gpu_devices) == (None, None)


def test_what_a_job_does_not_have_is_not_read_from_the_configuration(on_a_worker: Any) -> None:
    on_a_worker(QueueWorkerResources.complete(number_of_threads=1, number_of_gpus=0))
    key = "backends.jobqueue.resources-per-worker.per-thread-memory-limit"
    with dask.config.set({key: "2 GB"}):
        told = current_resources()
        assert isinstance(told, QueueWorkerResources)
        assert told.per_thread_memory_limit is None


def test_resources_exist_only_in_tasks() -> None:
    with pytest.raises(BackendError, match="only in tasks"):
        current_resources()
