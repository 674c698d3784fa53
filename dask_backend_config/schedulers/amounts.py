"""Read and write numbers, sizes and times in the forms of schedulers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence


def clock_seconds(text: str, units: Sequence[int]) -> int:
    """Return the seconds of numbers separated by colons.

    Parameters
    ----------
    text : str
        Such as ``01:30:00``.
    units : sequence of int
        Seconds of each part, the last part first.

    Raises
    ------
    ValueError
        If it has another form, or more parts than `units`.

    Examples
    --------
    >>> clock_seconds("10:00", (1, 60)), clock_seconds("01:30", (60, 3600))
    (600, 5400)
    """
    parts = text.strip().split(":")
    if len(parts) > len(units) or not all(re.fullmatch(r"\d+", part) for part in parts):
        raise ValueError(f"{text!r} is not a walltime")
    return sum(int(part) * unit for part, unit in zip(reversed(parts), units, strict=False))


def hours_minutes_seconds(seconds: int) -> str:
    """Return ``HH:MM:SS``, with as many hours as needed.

    Examples
    --------
    >>> hours_minutes_seconds(93784)
    '26:03:04'
    """
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def ceil_divide(amount: int, unit: int) -> int:
    """Return `amount` in multiples of `unit`, rounded up so that a job gets what it asked for.

    Examples
    --------
    >>> ceil_divide(1025, 1024)
    2
    """
    return -(-amount // unit)


def counted(text: str) -> int:
    """Return a number of one or more.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not re.fullmatch(r"0*[1-9][0-9]*", text.strip()):
        raise ValueError(f"{text!r} is not a number")
    return int(text)


def sized(text: str, units: Mapping[str, int], default: int) -> int:
    """Return the bytes of a number with a unit.

    Parameters
    ----------
    text : str
    units : mapping
        Unit -> bytes.
    default : int
        Bytes of a number without a unit.

    Raises
    ------
    ValueError
        If it is not a size of one byte or more.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text.strip())
    unit = units.get(match[2]) if match and match[2] else default
    amount = int(float(match[1]) * unit) if match and unit else 0
    if not amount:
        raise ValueError(f"{text!r} is not a size")
    return amount


def size_with_unit(size: str) -> int:
    """Return the bytes of a size as PBS writes it; the unit ``w`` is a word of 8 bytes.

    Raises
    ------
    ValueError
        If it is not a size.

    Examples
    --------
    >>> size_with_unit("4gb"), size_with_unit("16kw")
    (4294967296, 131072)
    """
    match = re.fullmatch(r"(\d+)([kmgtp]?)(b|w|)", size.strip().lower())
    if not match:
        raise ValueError(f"{size!r} is not a size")
    number, prefix, unit = match.groups()
    return int(number) * int(1024 ** " kmgtp".index(prefix or " ")) * (8 if unit == "w" else 1)
