"""Resources are checked when they are created, and cannot change."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from dask_backend_config import ComputeResources, GPUPrecision, GPUToolkit, QueueWorkerResources
from dask_backend_config.core.errors import ConfigValueError

WHOLE = QueueWorkerResources(
    number_of_threads=3,
    number_of_gpus=2,
    preferred_gpu_toolkit=GPUToolkit.OpenCL,
    preferred_gpu_precision=GPUPrecision.double,
    per_thread_memory_limit="4 GB",
    wallclock_time_limit="05:59",
    gpu_device_indices="2,3",
)


class Gigabytes:
    """Quantity as in pint."""

    def __init__(self, magnitude: float) -> None:
        self.magnitude = magnitude

    def to(self, unit: str) -> Gigabytes:
        assert unit == "byte"
        return Gigabytes(self.magnitude * 1e9)


def test_fields_are_none_by_default() -> None:
    said = dataclasses.asdict(QueueWorkerResources())
    assert set(said.values()) == {None}
    assert ComputeResources() == ComputeResources(number_of_threads=None)


def test_four_fields_are_positional() -> None:
    made = ComputeResources(1, 2, GPUToolkit.CUDA, GPUPrecision.mixed)
    assert dataclasses.astuple(made)[:4] == (1, 2, GPUToolkit.CUDA, GPUPrecision.mixed)


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
        pytest.param(dataclasses.replace, id="replace"),
    ],
)
def test_copies_are_equal(again: Any) -> None:
    other = again(WHOLE)
    assert other == WHOLE
    assert hash(other) == hash(WHOLE)
    assert dataclasses.asdict(other) == dataclasses.asdict(WHOLE)


def test_resources_are_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        WHOLE.number_of_threads = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    "memory",
    [
        pytest.param("4 GB", id="text"),
        pytest.param(4_000_000_000, id="bytes"),
        pytest.param(4e9, id="float"),
        pytest.param(Gigabytes(4), id="quantity"),
    ],
)
def test_memory_becomes_bytes(memory: Any) -> None:
    limit = QueueWorkerResources(per_thread_memory_limit=memory).per_thread_memory_limit
    assert (limit, type(limit)) == (4_000_000_000, int)


def test_a_string_becomes_a_member_of_the_enumeration() -> None:
    made = ComputeResources(preferred_gpu_toolkit="CUDA", preferred_gpu_precision="mixed")  # type: ignore[arg-type]
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
