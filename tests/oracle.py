"""dask itself, imported anew for each question, without its thread of other state."""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from unittest import mock

import dask.config
import yaml
from distributed.config import deprecations as distributed_deprecations

from dask_backend_config.catalogue import shipped

DISTRIBUTED = shipped.of_package(shipped.PACKAGES[1])
JOBQUEUE = shipped.of_package(shipped.PACKAGES[2])


@contextmanager
def environment(variables: Mapping[str, str], home: str) -> Iterator[None]:
    """An environment of exactly these DASK variables, in their order, and that home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DASK")}
    with mock.patch.dict(os.environ, {**kept, "HOME": home, **variables}, clear=True):
        yield


def import_dask_config() -> ModuleType:
    """Run the source of ``dask.config`` as an import in this environment would.

    PyYAML's C loader stands in for the Python one where speed matters more than the parser:
    what the two read differently has a test of its own.
    """
    spec = importlib.util.spec_from_file_location("fresh_dask_config", dask.config.__file__)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with warnings.catch_warnings(), mock.patch.object(yaml, "SafeLoader", fast):
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    return module


def import_distributed(config: ModuleType) -> None:
    """What ``import distributed`` does to the configuration (distributed/config.py)."""
    config.update_defaults(DISTRIBUTED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dask before 2026.3
        config.rename(distributed_deprecations)
    config.deprecations.update(distributed_deprecations)


def import_jobqueue(config: ModuleType) -> None:
    """What ``import dask_jobqueue`` does to the configuration, its file in the home apart."""
    config.update_defaults(JOBQUEUE)


def collect(config: ModuleType) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collected: dict[str, Any] = config.collect()
        return collected


def refresh(config: ModuleType) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config.refresh()
