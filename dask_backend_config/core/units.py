"""Durations, amounts of memory and walltimes, read from the strings that users write.

Durations and memory are read as ``dask.utils.parse_timedelta`` and ``dask.utils.parse_bytes`` read
them, which tests verify. Importing dask for that would double the start time of the command line.
"""

from __future__ import annotations

import math
import re
from numbers import Real
from typing import Any, Protocol, runtime_checkable

SECONDS = {
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), 1e-9),
    **dict.fromkeys(("us", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("s", "second", "seconds"), 1),
    **dict.fromkeys(("m", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 24 * 3600),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 24 * 3600),
}
BYTES = {"": 1, "b": 1}
for _power, _prefix in enumerate("kmgtp", 1):
    BYTES |= dict.fromkeys((_prefix, f"{_prefix}b"), 1000**_power)
    BYTES |= dict.fromkeys((f"{_prefix}i", f"{_prefix}ib"), 1024**_power)

DURATION_FORMS = '"10s", "500ms", "1 hour", or a number of seconds'
MEMORY_FORMS = '"4 GB", "512 MiB", or a number of bytes'
WALLTIME_FORMS = '"HH:MM", "HH:MM:SS", "D-HH:MM:SS" or "6h", in quotes'

_CLOCK = re.compile(r"(?:(\d+)-)?(\d+):([0-5]\d)(?::([0-5]\d))?")


@runtime_checkable
class Quantity(Protocol):
    """A quantity of any library whose ``to("byte")`` has a magnitude or value, or is a number."""

    def to(self, unit: str, /) -> Any:
        """Return the same amount in another unit."""


def duration(value: Any) -> float:
    """Return the seconds of a duration.

    Parameters
    ----------
    value : str or float
        One of `DURATION_FORMS`. A string without a unit is a number of seconds.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    ValueError
        If `value` is none of these. The message lists the valid forms.

    Examples
    --------
    >>> duration("500ms"), duration("2 hours"), duration(10)
    (0.5, 7200.0, 10.0)
    """
    try:
        number, unit = _number_and_unit(value)
        if not str(value).strip()[:1].isalnum():
            raise ValueError  # dask puts a 1 in front: it reads ".5s" as 1.5 s, and "-5s" fails
        return number * SECONDS[unit or "s"]
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{value!r} is not a duration: write {DURATION_FORMS}") from None


def memory(value: Any) -> int:
    """Return the bytes of an amount of memory.

    Parameters
    ----------
    value : str, int, float, or a quantity with ``to("byte")``
        One of `MEMORY_FORMS`, or a quantity.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    ValueError
        If `value` is none of these, or negative. The message lists the valid forms.

    Examples
    --------
    >>> memory("4 GB"), memory("1.5 KiB"), memory(123)
    (4000000000, 1536, 123)
    """
    try:
        if isinstance(value, Quantity):
            in_bytes = value.to("byte")
            plain = getattr(in_bytes, "value", in_bytes)  # as in astropy, and in pint:
            amount = float(getattr(in_bytes, "magnitude", plain))
        else:
            number, unit = _number_and_unit(value)
            amount = number * BYTES[unit]
        if amount < 0:
            raise ValueError
        return int(amount)
    except Exception:  # a quantity of length raises an error of its own library
        words = f"{value!r} is not an amount of memory: write {MEMORY_FORMS}"
        raise ValueError(words) from None


def walltime(value: Any) -> int:
    """Return the seconds of a walltime. ``HH:MM`` is hours and minutes for every scheduler.

    Parameters
    ----------
    value : str
        One of `WALLTIME_FORMS`.

    Returns
    -------
    int
        Seconds, greater than 0.

    Raises
    ------
    ValueError
        If `value` is none of these. Numbers are invalid: YAML reads an unquoted ``12:00:00`` as
        43200, and schedulers disagree whether a number is minutes or seconds.

    Examples
    --------
    >>> walltime("05:59"), walltime("1-00:00:00"), walltime("6h")
    (21540, 86400, 21600)
    """
    if isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is a number, not a walltime: write {WALLTIME_FORMS}")
    try:
        text = value.strip()
        if match := _CLOCK.fullmatch(text):
            days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
            total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        else:
            number, unit = _number_and_unit(text)
            total = round(number * SECONDS[unit])
        if total <= 0:
            raise ValueError
        return total
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError(f"{value!r} is not a walltime: write {WALLTIME_FORMS}") from None


def _number_and_unit(value: Any) -> tuple[float, str]:
    """Split a value as dask does: a unit without a number is one of it."""
    if isinstance(value, bool) or not isinstance(value, (Real, str)):
        raise TypeError
    text = str(value).replace(" ", "")
    number_part, unit = re.fullmatch(r"(.*?)([^\W\d_]*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    number = float(number_part or "1") if text else math.nan
    if not math.isfinite(number):
        raise ValueError
    return number, unit.lower()


def with_unit(value: object) -> str | None:
    """Return the amount of memory that a number without a unit was probably meant to be.

    Examples
    --------
    >>> with_unit(16), with_unit("4000"), with_unit("4 kB")
    ('16 GB', '4000 MB', None)
    """
    if isinstance(value, int) and value >= 10**6:  # Python does not write out huge numbers
        return None
    text = str(value).strip()
    if not re.fullmatch(r"\d{1,6}(?:\.\d+)?", text):
        return None
    return f"{text} {'GB' if float(text) < 1000 else 'MB'}"
