"""Units, compared with what dask reads."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from dask.utils import parse_bytes, parse_timedelta
from hypothesis import given
from hypothesis import strategies as st

from dask_backend_config.core import units

numbers = st.one_of(st.integers(0, 10**6), st.floats(0, 1e6, allow_nan=False)).map(str)
spaces = st.sampled_from(["", " "])


@given(numbers, spaces, st.sampled_from([*units.SECONDS, "S", "Hours", ""]))
def test_durations_are_read_as_dask_reads_them(number: str, space: str, unit: str) -> None:
    text = f"{number}{space}{unit}"
    assert units.duration(text) == pytest.approx(parse_timedelta(text))


@pytest.mark.parametrize("value", [".5s", "-5s", -5, "+5s"])
def test_a_duration_that_dask_would_misread_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        units.duration(value)


@given(numbers, spaces, st.sampled_from([*units.BYTES, "kB", "GiB", "MB"]))
def test_memory_is_read_as_dask_reads_it(number: str, space: str, unit: str) -> None:
    text = f"{number}{space}{unit}"
    assert units.memory(text) == parse_bytes(text)


class Quantity:
    """Like a quantity of pint: the result of ``to`` has a magnitude."""

    def __init__(self, gigabytes: float) -> None:
        self.magnitude = gigabytes * 1e9

    def to(self, unit: str) -> Quantity:
        assert unit == "byte"
        return self


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("4 GB", 4 * 10**9, id="decimal"),
        pytest.param("1.5 KiB", 1536, id="binary"),
        pytest.param(123, 123, id="bytes"),
        pytest.param(Quantity(4), 4 * 10**9, id="quantity"),
    ],
)
def test_memory_is_bytes(value: Any, expected: int) -> None:
    assert units.memory(value) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("05:59", 5 * 3600 + 59 * 60, id="HH:MM"),
        pytest.param("100:00", 360_000, id="over-a-day"),
        pytest.param("00:30:00", 1800, id="HH:MM:SS"),
        pytest.param("2-12:00:00", 216_000, id="days"),
        pytest.param("6h", 21_600, id="hours"),
        pytest.param("90 min", None, id="no-such-unit"),
        pytest.param("90 minutes", 5400, id="minutes"),
        pytest.param("1:60", None, id="sixty-minutes"),
        pytest.param("0:00", None, id="zero"),
        pytest.param("30", None, id="no-unit"),
        pytest.param("", None, id="empty"),
        pytest.param(43_200, None, id="base-60"),
        pytest.param(None, None, id="null"),
    ],
)
def test_walltimes_are_read_in_seconds(text: Any, seconds: int | None) -> None:
    if seconds is None:
        with pytest.raises(ValueError, match="in quotes"):
            units.walltime(text)
    else:
        assert units.walltime(text) == seconds


@pytest.mark.parametrize("value", [None, True, [], {}, "", "x", "10 parsecs", "nan", "inf", "1..2"])
def test_an_invalid_amount_is_refused_with_the_valid_forms(value: Any) -> None:
    with pytest.raises(ValueError, match=r'write "10s"'):
        units.duration(value)
    with pytest.raises(ValueError, match=r'write "4 GB"'):
        units.memory(value)


def test_negative_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="not an amount of memory"):
        units.memory("-1 GB")


def test_a_quantity_of_length_is_refused() -> None:
    class Length:
        def to(self, unit: str) -> Fraction:
            raise TypeError("cannot convert from meter to byte")

    with pytest.raises(ValueError, match="not an amount of memory"):
        units.memory(Length())
