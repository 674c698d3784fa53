"""One tunable has one name: key, variable and constructor argument agree."""

from __future__ import annotations

import inspect

import dask.config
import pytest

from dask_backend_config import defaults, keys, schema
from dask_backend_config.backends.registry import BACKENDS, backend_class
from dask_backend_config.resources import (
    ComputeResources,
    GPUPrecision,
    GPUToolkit,
    QueueWorkerResources,
)


def names_below(section: str) -> set[str]:
    tree = keys.lookup(defaults.shipped(defaults.BACKENDS), section)
    return {name.replace("-", "_") for name in tree}


@pytest.mark.parametrize("kind", BACKENDS)
def test_a_constructor_takes_the_keys_of_its_section(kind: str) -> None:
    parameters = inspect.signature(backend_class(kind)).parameters
    assert set(parameters) == names_below(f"backends.{kind}")
    assert {parameter.default for parameter in parameters.values()} == {None}


@pytest.mark.parametrize("kind", BACKENDS)
def test_a_constructor_documents_every_argument(kind: str) -> None:
    lines = inspect.getdoc(backend_class(kind)).splitlines()  # type: ignore[union-attr]
    documented = {line.partition(" : ")[0] for line in lines if " : " in line}
    assert documented == set(inspect.signature(backend_class(kind)).parameters)


@pytest.mark.parametrize(
    ("resources", "section"),
    [
        pytest.param(ComputeResources, "backends.local", id="local"),
        pytest.param(QueueWorkerResources, "backends.jobqueue", id="jobqueue"),
    ],
)
def test_resources_have_the_keys_of_their_section(
    resources: type[ComputeResources], section: str
) -> None:
    assert set(resources.tunables()) == names_below(f"{section}.resources-per-worker")


@pytest.mark.parametrize(
    ("enumeration", "name"),
    [
        pytest.param(GPUToolkit, "preferred-gpu-toolkit", id="toolkit"),
        pytest.param(GPUPrecision, "preferred-gpu-precision", id="precision"),
    ],
)
def test_an_enumeration_has_the_values_of_its_key(
    enumeration: type[GPUToolkit] | type[GPUPrecision], name: str
) -> None:
    node = schema.node(f"backends.local.resources-per-worker.{name}")
    assert node is not None
    assert [member.value for member in enumeration] == node["enum"]
    assert [member.name for member in enumeration] == node["enum"]


def test_every_key_can_be_said_by_its_variable() -> None:
    for key in schema.keys():  # noqa: SIM118 - a function of the module
        if key == "backends.profiles":
            continue
        tree = dask.config.collect_env({keys.variable_of(key): "'said'"})
        assert keys.lookup(tree, key) == "said"
