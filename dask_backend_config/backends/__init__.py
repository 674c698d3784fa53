"""Backends: how and where tasks run. distributed is imported when one is started."""

from .base import BaseDaskBackend as BaseDaskBackend
from .local.backend import DaskLocalCluster as DaskLocalCluster
from .registry import get_backend as get_backend
from .task_resources import current_resources as current_resources

#: The plain name of the backend with workers on this machine.
LocalBackend = DaskLocalCluster
