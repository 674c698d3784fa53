"""Backends: how and where tasks run. distributed is imported when one is started."""

from .base import BaseDaskBackend
from .local.backend import DaskLocalCluster
from .registry import get_backend
from .task_resources import current_resources

#: The plain name of the backend with workers on this machine.
LocalBackend = DaskLocalCluster

__all__ = [
    "BaseDaskBackend",
    "DaskLocalCluster",
    "LocalBackend",
    "current_resources",
    "get_backend",
]
