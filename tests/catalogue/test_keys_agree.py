"""One tunable has one name: key, variable and constructor argument agree."""

from __future__ import annotations

import inspect
import sys
import typing

import dask.config
import pytest

from dask_backend_config import BaseDaskJobQueueBackend
from dask_backend_config.backends import constructor
from dask_backend_config.backends.jobqueue.arguments import JobQueueArguments
from dask_backend_config.backends.registry import BACKENDS, backend_class
from dask_backend_config.backends.resources import (
    ComputeResources,
    GPUPrecision,
    GPUToolkit,
    QueueWorkerResources,
)
from dask_backend_config.catalogue import backend_schema, shipped
from dask_backend_config.core import keys


def names_below(section: str) -> set[str]:
    tree = keys.lookup(shipped.read(shipped.BACKENDS), section)
    return {name.replace("-", "_") for name in tree}


QUEUES = [kind for kind in BACKENDS if kind != "local"]


def documented(kind: type) -> set[str]:
    lines = inspect.getdoc(kind).splitlines()  # type: ignore[union-attr]
    return {line.partition(" : ")[0] for line in lines if " : " in line}


@pytest.mark.parametrize("kind", BACKENDS)
def test_a_constructor_takes_the_keys_of_its_section(kind: str) -> None:
    parameters = inspect.signature(backend_class(kind)).parameters
    shared = names_below("backends.jobqueue") if kind in QUEUES else set()
    assert set(parameters) == names_below(f"backends.{kind}") | shared | {constructor.ASYNCHRONOUS}
    assert {parameter.default for parameter in parameters.values()} == {None}


@pytest.mark.parametrize("kind", BACKENDS)
def test_a_constructor_documents_every_argument(kind: str) -> None:
    backend = backend_class(kind)
    assert documented(backend) == set(inspect.signature(backend).parameters)


def test_the_shared_arguments_have_the_order_of_the_keys() -> None:
    tree = keys.lookup(shipped.read(shipped.BACKENDS), "backends.jobqueue")
    names = [name.replace("-", "_") for name in tree]
    by_position = BaseDaskJobQueueBackend.positional
    parameters = inspect.signature(BaseDaskJobQueueBackend).parameters
    others = [*(name for name in names if name not in by_position), constructor.ASYNCHRONOUS]
    assert list(parameters) == [*by_position, *others]


@pytest.mark.parametrize("kind", QUEUES)
def test_type_checkers_see_the_arguments_of_the_signature(kind: str) -> None:
    backend = backend_class(kind)
    name = backend.__name__.removeprefix("Dask").replace("Backend", "Arguments")
    typed = getattr(sys.modules[backend.__module__], name, JobQueueArguments)
    parameters = inspect.signature(backend).parameters.values()
    by_position = [p.name for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert tuple(by_position) == backend.positional  # type: ignore[attr-defined]
    assert {p.name: p.annotation for p in parameters} == typing.get_type_hints(typed)


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
    node = backend_schema.node(f"backends.local.resources-per-worker.{name}")
    assert node is not None
    assert [member.value for member in enumeration] == node["enum"]
    assert [member.name for member in enumeration] == node["enum"]


def test_every_key_can_be_said_by_its_variable() -> None:
    for key in backend_schema.keys():  # noqa: SIM118 - a function of the module
        if key == "backends.profiles":
            continue
        tree = dask.config.collect_env({keys.variable_of(key): "'said'"})
        assert keys.lookup(tree, key) == "said"
