"""Backends: how and where tasks run. distributed is imported when one is started."""

from .base import BaseDaskBackend
from .local.backend import DaskLocalCluster
from .registry import get_backend
from .task_resources import current_resources

__all__ = ["BaseDaskBackend", "DaskLocalCluster", "current_resources", "get_backend"]
