"""Errors as strings, and their way between processes."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest

from dask_backend_config.core import errors
from dask_backend_config.core.origins import Origin

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind is not Origin]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("transport", [lambda x: pickle.loads(pickle.dumps(x)), copy.copy])
def test_an_error_survives_pickling_and_copying(kind: type, transport: object) -> None:
    error = kind("wrong", hint="Remove it", origin=Origin("file", path="/a.yaml", line=2, column=3))
    again = transport(error)
    assert type(again) is kind
    assert issubclass(kind, errors.DaskBackendError)
    assert (again.message, again.hint, again.origin) == (error.message, error.hint, error.origin)
    assert str(again) == str(error) == "/a.yaml:2:3: wrong (Remove it)"
