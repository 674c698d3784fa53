"""Resources are checked when they are created, cannot change, and read as configured."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import dask.config
import pytest

from dask_backend_config import (
    ComputeResources,
    DaskLocalCluster,
    DaskSLURMBackend,
    GPUPrecision,
    GPUToolkit,
    QueueWorkerResources,
)
from dask_backend_config.core.errors import ConfigValueError

WHOLE = QueueWorkerResources(
    number_of_threads=3,
    number_of_gpus=2,
    preferred_gpu_toolkit=GPUToolkit.OpenCL,
    preferred_gpu_precision=GPUPrecision.double,
    per_thread_memory_limit="4 GB",
    wallclock_time_limit="05:59",
    gpu_device_indices="0,1",
    visible_gpu_devices="2,3",
)
LOCAL, QUEUE = "backends.local.resources-per-worker", "backends.jobqueue.resources-per-worker"


class Gigabytes:
    """Quantity as in pint."""

    def __init__(self, magnitude: float) -> None:
        self.magnitude = magnitude

    def to(self, unit: str) -> Gigabytes:
        assert unit == "byte"
        return Gigabytes(self.magnitude * 1e9)


class ValueOfGigabytes:
    """Quantity as in astropy; as a float, it raises."""

    def __init__(self, value: float) -> None:
        self.value = value

    def to(self, unit: str) -> ValueOfGigabytes:
        assert unit == "byte"
        return ValueOfGigabytes(self.value * 1e9)


def values_of(resources: ComputeResources) -> dict[str, Any]:
    return {name: getattr(resources, name) for name in resources.tunables()}


@pytest.mark.parametrize(
    ("made", "key", "value", "expected"),
    [
        pytest.param(ComputeResources(), f"{LOCAL}.number-of-threads", 3, 3, id="threads"),
        pytest.param(ComputeResources(), f"{LOCAL}.number_of_gpus", 2, 2, id="gpus"),
        pytest.param(
            ComputeResources(4),
            f"{LOCAL}.preferred-gpu-toolkit",
            "OpenCL",
            GPUToolkit.OpenCL,
            id="toolkit",
        ),
        pytest.param(
            QueueWorkerResources(),
            f"{QUEUE}.preferred-gpu-precision",
            "double",
            GPUPrecision.double,
            id="precision",
        ),
        pytest.param(
            QueueWorkerResources(number_of_gpus=1),
            f"{QUEUE}.per-thread-memory-limit",
            "2 GB",
            2_000_000_000,
            id="memory",
        ),
        pytest.param(
            QueueWorkerResources(), f"{QUEUE}.wallclock-time-limit", "05:59", "05:59", id="walltime"
        ),
    ],
)
def test_an_attribute_that_is_not_given_reads_as_configured(
    made: ComputeResources, key: str, value: Any, expected: Any
) -> None:
    name = key.rpartition(".")[2].replace("-", "_")
    shipped, before = values_of(made), repr(made)
    with dask.config.set({key: value}):
        assert values_of(made) == {**shipped, name: expected}
        assert repr(made) == before
        assert name not in made.given
        given = made.replace(**{name: expected})
        assert given != made
    assert values_of(made) == shipped
    assert getattr(given, name) == expected


def test_the_shipped_values_are_those_of_a_backend() -> None:
    assert values_of(ComputeResources()) == values_of(DaskLocalCluster(1).resources_per_worker)
    queue = values_of(QueueWorkerResources())
    assert list(queue.values()) == [1, 0, GPUToolkit.auto, GPUPrecision.mixed, None, None]


def test_a_configured_value_that_is_invalid_is_named_when_it_is_read() -> None:
    with dask.config.set({f"{LOCAL}.number-of-gpus": "many"}):
        made = ComputeResources(2)
        assert made.number_of_threads == 2
        with pytest.raises(ConfigValueError, match=rf"{LOCAL}.number-of-gpus is 'many'"):
            _ = made.number_of_gpus


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(lambda r: r, id="itself"),
        pytest.param(lambda r: pickle.loads(pickle.dumps(r)), id="pickle"),
        pytest.param(copy.copy, id="copy"),
        pytest.param(lambda r: r.replace(number_of_threads=2), id="replace"),
    ],
)
def test_reading_and_copying_make_no_attribute_given(again: Any) -> None:
    made = QueueWorkerResources(number_of_threads=2)
    values_of(made)
    gpus = "backends.slurm.resources-per-worker.number-of-gpus"
    with dask.config.set({"jobqueue.slurm.memory": "8 GB", gpus: 1}):
        backend = DaskSLURMBackend(resources_per_worker=again(made))
    held = backend.resources_per_worker
    assert (held.number_of_threads, held.number_of_gpus) == (2, 1)
    assert held.per_thread_memory_limit == 4_000_000_000


def test_what_a_backend_does_not_have_is_none_whatever_is_configured_later() -> None:
    held = DaskSLURMBackend().resources_per_worker
    with dask.config.set({f"{QUEUE}.per-thread-memory-limit": "2 GB"}):
        assert held.per_thread_memory_limit is None
        assert held.replace(number_of_threads=2).per_thread_memory_limit is None


def test_another_process_reads_the_values_of_the_one_that_pickled() -> None:
    with dask.config.set({f"{LOCAL}.number-of-threads": 7}):
        made = pickle.dumps(ComputeResources(number_of_gpus=1))
    again = pickle.loads(made)
    assert (again.number_of_threads, again.number_of_gpus) == (7, 1)
    assert again == ComputeResources(number_of_gpus=1)


def test_the_order_of_the_arguments_is_that_of_openff_evaluator() -> None:
    made = QueueWorkerResources(1, 2, GPUToolkit.CUDA, GPUPrecision.mixed, "1 GB", "05:59")
    expected = [1, 2, GPUToolkit.CUDA, GPUPrecision.mixed, 10**9, "05:59"]
    assert list(values_of(made).values()) == expected
    assert ComputeResources(*expected[:4]) == ComputeResources(**dict(list(made.given.items())[:4]))


@pytest.mark.parametrize("owner", [ComputeResources, QueueWorkerResources])
def test_the_enumerations_are_attributes(owner: type[ComputeResources]) -> None:
    assert owner.GPUToolkit.CUDA is GPUToolkit.CUDA
    assert owner.GPUPrecision.mixed is GPUPrecision.mixed


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(lambda r: pickle.loads(pickle.dumps(r)), id="pickle"),
        pytest.param(copy.copy, id="copy"),
        pytest.param(copy.deepcopy, id="deepcopy"),
        pytest.param(QueueWorkerResources.replace, id="replace"),
        pytest.param(lambda r: eval(repr(r)), id="repr"),
    ],
)
def test_copies_are_equal(again: Any) -> None:
    other = again(WHOLE)
    assert other == WHOLE
    assert hash(other) == hash(WHOLE)
    assert other.given == WHOLE.given
    assert other.visible_gpu_devices == "2,3"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ComputeResources(number_of_threads=2), id="value"),
        pytest.param(ComputeResources(1, gpu_device_indices="0"), id="indices"),
        pytest.param(ComputeResources(), id="not-given"),
        pytest.param(QueueWorkerResources(1), id="class"),
        pytest.param(1, id="other-type"),
    ],
)
def test_resources_differ(other: Any) -> None:
    assert ComputeResources(1) != other


def test_resources_are_immutable() -> None:
    with pytest.raises(FrozenInstanceError):
        WHOLE.number_of_threads = 1  # type: ignore[misc, assignment]
    with pytest.raises(FrozenInstanceError):
        del WHOLE.gpu_device_indices


@pytest.mark.parametrize(
    "memory",
    [
        pytest.param("4 GB", id="text"),
        pytest.param("4e9", id="number-in-text"),
        pytest.param(4_000_000_000, id="bytes"),
        pytest.param(4e9, id="float"),
        pytest.param(Fraction(4_000_000_000), id="number-of-another-type"),
        pytest.param(Gigabytes(4), id="quantity"),
        pytest.param(ValueOfGigabytes(4), id="quantity-with-value"),
    ],
)
def test_memory_becomes_bytes(memory: Any) -> None:
    made = QueueWorkerResources(per_thread_memory_limit=memory)
    limit = made.per_thread_memory_limit
    assert (limit, type(limit)) == (4_000_000_000, int)
    script = DaskSLURMBackend(resources_per_worker=made.replace(number_of_threads=2)).job_script()
    assert "--memory-limit 8000000000" in script


def test_a_string_becomes_a_member_of_the_enumeration() -> None:
    made = ComputeResources(preferred_gpu_toolkit="CUDA", preferred_gpu_precision="mixed")
    assert made.preferred_gpu_toolkit is GPUToolkit.CUDA
    assert made.preferred_gpu_precision is GPUPrecision.mixed


@pytest.mark.parametrize(
    ("argument", "value", "words"),
    [
        pytest.param("number_of_threads", 0, "must be a whole number of at least 1", id="threads"),
        pytest.param("number_of_gpus", -1, "must be a whole number of at least 0", id="gpus"),
        pytest.param("preferred_gpu_toolkit", "cuda", "must be one of CUDA, OpenCL", id="toolkit"),
        pytest.param(
            "preferred_gpu_precision", GPUToolkit.CUDA, "must be one of single", id="mixed-up"
        ),
        pytest.param("per_thread_memory_limit", "lots", "must be an amount of", id="memory"),
        pytest.param("wallclock_time_limit", 43200, "must be a walltime", id="walltime"),
        pytest.param("gpu_device_indices", 0, "must be a string", id="indices"),
        pytest.param("visible_gpu_devices", ("2",), "must be a string", id="devices"),
    ],
)
def test_an_invalid_argument_is_refused_with_its_value(
    argument: str, value: Any, words: str
) -> None:
    with pytest.raises(ConfigValueError) as caught:
        QueueWorkerResources(**{argument: value})
    text = str(caught.value)
    assert text.startswith(f"argument {argument} of QueueWorkerResources is {value!r}: {words}")
    assert "\n" not in text
