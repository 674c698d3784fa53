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
    origin = Origin("file", path="/a.yaml", line=2, column=3)
    error = kind("wrong", hint="Remove it", origin=origin, key="a.b")
    again = transport(error)
    assert type(again) is kind
    assert issubclass(kind, errors.DaskBackendError)
    assert vars(again) == vars(error) and again.key == "a.b"
    assert str(again) == str(error) == "/a.yaml:2:3: wrong (Remove it)"


def test_an_error_about_an_option_names_it_after_pickling() -> None:
    error = errors.OptionError.of("queue-name", "a b", "must be one word", hint="Quote it")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == "queue-name is 'a b': must be one word (Quote it)"
    assert (again.option, again.problem) == ("queue-name", "must be one word")
