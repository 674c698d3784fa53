"""What a task sees of its worker. It runs in workers, so it imports as little as it can."""

from __future__ import annotations

import enum
import functools
import inspect
import json
import os
import weakref
from collections.abc import Callable
from typing import Any

from ..core.errors import BackendError
from . import gpus
from .resources import ComputeResources, QueueWorkerResources

#: What carries a worker's resources into its process and into the processes that a task starts.
VARIABLE = "_DASK_BACKEND_RESOURCES"
PARAMETER = "available_resources"

_KINDS = {kind.__name__: kind for kind in (ComputeResources, QueueWorkerResources)}
_NAMES_RESOURCES: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()


def current_resources() -> ComputeResources:
    """What the worker has that runs the calling task, or that started the calling process.

    Returns
    -------
    ComputeResources
        With `gpu_device_indices` as they stand in this process's ``CUDA_VISIBLE_DEVICES``.

    Raises
    ------
    BackendError
        Where no worker of a backend is at work.
    """
    text = os.environ.get(VARIABLE)
    if text is None:
        raise BackendError("current_resources() is for tasks: no backend's worker runs here")
    return _decoded(text, os.environ.get(gpus.VARIABLE))


def encoded(resources: ComputeResources) -> str:
    """The text for `VARIABLE`."""
    values = {name: getattr(resources, name) for name in resources.tunables()}
    plain = {k: v.value if isinstance(v, enum.Enum) else v for k, v in values.items()}
    return json.dumps([type(resources).__name__, plain])


def with_resources(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` itself, or one that hands it the resources where it names that parameter."""
    return WithResources(function) if accepts_resources(function) else function


class WithResources:
    """Calls a function with the resources of the worker that it runs on."""

    def __init__(self, function: Callable[..., Any]) -> None:
        from dask.utils import funcname

        self.function = function
        self.__name__ = funcname(function)  # what dask's dashboard shows

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.function(*args, **{PARAMETER: current_resources(), **kwargs})


def accepts_resources(function: Callable[..., Any]) -> bool:
    """Whether `function` has a parameter of the name `PARAMETER` that takes a keyword.

    The answer is kept as long as the function lives; a builtin without a signature has none.
    """
    function = getattr(function, "__func__", function)
    try:
        if function not in _NAMES_RESOURCES:
            _NAMES_RESOURCES[function] = _has_parameter(function)
        return _NAMES_RESOURCES[function]
    except TypeError:  # it cannot be hashed or referred to weakly
        return _has_parameter(function)


def _has_parameter(function: Callable[..., Any]) -> bool:
    try:
        parameter = inspect.signature(function).parameters.get(PARAMETER)
    except (TypeError, ValueError):
        return False
    takes = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return parameter is not None and parameter.kind in takes


@functools.lru_cache(maxsize=8)
def _decoded(text: str, devices: str | None) -> ComputeResources:
    kind, values = json.loads(text)
    indices = devices if values["number_of_gpus"] else None
    return _KINDS[kind](**values, gpu_device_indices=indices)
