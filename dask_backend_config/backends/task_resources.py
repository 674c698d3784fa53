"""Pass the resources of a worker to its tasks. Workers import this, so it imports little."""

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

#: Variable with a worker's resources, for its process and the processes that its tasks start.
VARIABLE = "_DASK_BACKEND_RESOURCES"
PARAMETER = "available_resources"

_KINDS = {kind.__name__: kind for kind in (ComputeResources, QueueWorkerResources)}
_ACCEPTS_RESOURCES: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()


def current_resources() -> ComputeResources:
    """Return the resources of the worker that runs this task, or that started this process.

    Returns
    -------
    ComputeResources
        Its `visible_gpu_devices` are those of ``CUDA_VISIBLE_DEVICES`` or a similar variable in
        this process, and its `gpu_device_indices` count them; both are None without such a
        variable. Its `number_of_gpus` is known in any case.

    Raises
    ------
    BackendError
        If this process does not belong to a worker of a backend.
    """
    text = os.environ.get(VARIABLE)
    if text is None:
        raise BackendError(
            "current_resources() works only in tasks: this process is not a worker of a backend"
        )
    return _decoded(text, gpus.selected_gpus(os.environ))


def encoded(resources: ComputeResources) -> str:
    """Return the resources as a value of `VARIABLE`."""
    values = {name: getattr(resources, name) for name in resources.tunables()}
    plain = {k: v.value if isinstance(v, enum.Enum) else v for k, v in values.items()}
    return json.dumps([type(resources).__name__, plain])


def with_resources(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that passes the resources to `function` if it accepts them."""
    return WithResources(function) if accepts_resources(function) else function


class WithResources:
    """Function that is called with the resources of the worker that it runs on."""

    def __init__(self, function: Callable[..., Any]) -> None:
        from dask.utils import funcname

        self.function = function
        self.__name__ = funcname(function)  # shown in dask's dashboard

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.function(*args, **{PARAMETER: current_resources(), **kwargs})


def accepts_resources(function: Callable[..., Any]) -> bool:
    """Return whether `function` has a parameter `PARAMETER` that can be given by keyword.

    The result is cached as long as the function exists.
    """
    function = getattr(function, "__func__", function)
    try:
        if function not in _ACCEPTS_RESOURCES:
            _ACCEPTS_RESOURCES[function] = _has_parameter(function)
        return _ACCEPTS_RESOURCES[function]
    except TypeError:  # it is not hashable, or has no weak references
        return _has_parameter(function)


def _has_parameter(function: Callable[..., Any]) -> bool:
    try:
        parameter = inspect.signature(function).parameters.get(PARAMETER)
    except (TypeError, ValueError):
        return False
    takes = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return parameter is not None and parameter.kind in takes


@functools.lru_cache(maxsize=8)
def _decoded(text: str, selected: gpus.VisibleGPUs | None) -> ComputeResources:
    kind, values = json.loads(text)
    granted = selected if values["number_of_gpus"] else None
    return _KINDS[kind].complete(
        **values,
        gpu_device_indices=",".join(granted.indices) or None if granted else None,
        visible_gpu_devices=",".join(granted.names) or None if granted else None,
    )
