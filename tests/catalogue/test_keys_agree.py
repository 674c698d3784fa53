"""The key, the variable and the constructor argument of an option have the same name."""

from __future__ import annotations

import inspect
import typing

import dask.config
import pytest

from dask_backend_config import BaseDaskJobQueueBackend
from dask_backend_config.backends.jobqueue.backend import JobQueueTunables
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
    assert set(parameters) == names_below(f"backends.{kind}") | shared
    assert {parameter.default for parameter in parameters.values()} == {None}


@pytest.mark.parametrize("kind", BACKENDS)
def test_a_constructor_documents_every_argument(kind: str) -> None:
    shared = documented(BaseDaskJobQueueBackend) if kind in QUEUES else set()
    own = documented(backend_class(kind))
    assert own | shared == set(inspect.signature(backend_class(kind)).parameters)
    assert own & shared == set(), "documented twice"


def test_the_shared_documentation_has_the_order_of_the_keys() -> None:
    tree = keys.lookup(shipped.read(shipped.BACKENDS), "backends.jobqueue")
    names = [name.replace("-", "_") for name in tree]
    assert list(JobQueueTunables.__annotations__) == names
    lines = inspect.getdoc(BaseDaskJobQueueBackend).splitlines()  # type: ignore[union-attr]
    assert [line.partition(" : ")[0] for line in lines if " : " in line] == names


@pytest.mark.parametrize("kind", QUEUES)
def test_a_type_checker_sees_the_arguments_of_a_queue_backend(kind: str) -> None:
    hints = typing.get_type_hints(JobQueueTunables, include_extras=True)
    signature = inspect.signature(backend_class(kind))
    assert all(type(None) in typing.get_args(hint) for hint in hints.values())
    assert hints.keys() <= signature.parameters.keys()
    assert {p.kind for p in signature.parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}


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


def test_every_key_can_be_set_by_its_variable() -> None:
    for key in backend_schema.keys():  # noqa: SIM118 - a function of the module
        if key == "backends.profiles":
            continue
        tree = dask.config.collect_env({keys.variable_of(key): "'value'"})
        assert keys.lookup(tree, key) == "value"
