"""Durations, memory and walltimes as people write them.

The first two are read as ``dask.utils.parse_timedelta`` and ``dask.utils.parse_bytes`` read them
(a test says so); they stand here because importing dask costs what the command line saves.
"""

from __future__ import annotations

import math
import re
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
_PREFIXES = "kmgtp"
BYTES = {
    "": 1,
    "b": 1,
    **{
        name: 1000**power
        for power, prefix in enumerate(_PREFIXES, 1)
        for name in (prefix, f"{prefix}b")
    },
    **{
        name: 1024**power
        for power, prefix in enumerate(_PREFIXES, 1)
        for name in (f"{prefix}i", f"{prefix}ib")
    },
}

DURATION_FORMS = '"10s", "500ms", "1 hour", or a number of seconds'
MEMORY_FORMS = '"4 GB", "512 MiB", or a number of bytes'
WALLTIME_FORMS = '"HH:MM", "HH:MM:SS", "D-HH:MM:SS" or "6h", in quotes'

_CLOCK = re.compile(r"(?:(\d+)-)?(\d+):([0-5]\d)(?::([0-5]\d))?")


@runtime_checkable
class Quantity(Protocol):
    """A quantity of any library whose ``to("byte")`` has a ``magnitude`` or is a number."""

    def to(self, unit: str, /) -> Any:
        """The same amount in another unit."""


def duration(value: Any) -> float:
    """Seconds of a duration.

    Parameters
    ----------
    value : str or float
        As `DURATION_FORMS` says; a text without a unit is seconds.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    ValueError
        Where it is none of these; the message says what would be right.

    Examples
    --------
    >>> duration("500ms"), duration("2 hours"), duration(10)
    (0.5, 7200.0, 10.0)
    """
    try:
        number, unit = _number_and_unit(value)
        if not str(value).strip()[:1].isalnum():
            raise ValueError  # dask puts a 1 in front: ".5s" would be 1.5 s, and "-5s" fails
        return number * SECONDS[unit or "s"]
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{value!r} is no duration: write {DURATION_FORMS}") from None


def memory(value: Any) -> int:
    """Bytes of an amount of memory.

    Parameters
    ----------
    value : str, int, float, or a quantity with ``to("byte")``
        As `MEMORY_FORMS` says.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    ValueError
        Where it is none of these, or less than nothing; the message says what would be right.

    Examples
    --------
    >>> memory("4 GB"), memory("1.5 KiB"), memory(123)
    (4000000000, 1536, 123)
    """
    try:
        if isinstance(value, Quantity):
            in_bytes = value.to("byte")
            return _whole(float(getattr(in_bytes, "magnitude", in_bytes)))
        number, unit = _number_and_unit(value)
        return _whole(number * BYTES[unit])
    except Exception as error:
        if isinstance(value, Quantity) or isinstance(error, (KeyError, TypeError, ValueError)):
            raise ValueError(f"{value!r} is no amount of memory: write {MEMORY_FORMS}") from None
        raise


def walltime(value: Any) -> int:
    """Seconds of a walltime, whose ``HH:MM`` is hours and minutes everywhere.

    Parameters
    ----------
    value : str
        As `WALLTIME_FORMS` says.

    Returns
    -------
    int
        Seconds, more than none.

    Raises
    ------
    ValueError
        Where it is none of these. A number is refused: YAML reads an unquoted ``12:00:00`` in
        base 60, and schedulers disagree whether a number is minutes or seconds.

    Examples
    --------
    >>> walltime("05:59"), walltime("1-00:00:00"), walltime("6h")
    (21540, 86400, 21600)
    """
    if isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is a number, not a walltime: write {WALLTIME_FORMS}")
    seconds = _clock(value.strip()) if isinstance(value, str) else None
    if seconds is None or seconds <= 0:
        raise ValueError(f"{value!r} is no walltime: write {WALLTIME_FORMS}")
    return seconds


def _clock(text: str) -> int | None:
    if match := _CLOCK.fullmatch(text):
        days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    try:
        number, unit = _number_and_unit(text)
        return round(number * SECONDS[unit])
    except (KeyError, ValueError):
        return None


def _number_and_unit(value: Any) -> tuple[float, str]:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError
    text = str(value).replace(" ", "")
    number_part, unit = re.fullmatch(r"(.*?)([^\W\d_]*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    number = float(number_part or "1") if text else math.nan
    if not math.isfinite(number):
        raise ValueError
    return number, unit.lower()


def _whole(number: float) -> int:
    if number < 0:
        raise ValueError
    return int(number)
