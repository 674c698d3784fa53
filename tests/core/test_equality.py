"""Equality of values that also compares their types."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dask_backend_config.core.equality import strictly_equal


class Array:
    def __eq__(self, other: object) -> Any:
        raise ValueError("the truth value of an array is ambiguous")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(1, True, False, id="number and boolean"),
        pytest.param({"a": [1]}, {"a": [1.0]}, False, id="nested types"),
        pytest.param({"a": [1]}, {"a": [1]}, True, id="nested values"),
        pytest.param({"a": 1}, {"b": 1}, False, id="keys"),
        pytest.param([1], [1, 2], False, id="lengths"),
        pytest.param(math.nan, -math.nan, True, id="not a number"),
        pytest.param(0.0, -0.0, False, id="signs of zero"),
        pytest.param(Array(), Array(), False, id="values that cannot be compared"),
    ],
)
def test_types_and_values_count(one: Any, other: Any, expected: bool) -> None:
    assert strictly_equal(one, other) is expected
