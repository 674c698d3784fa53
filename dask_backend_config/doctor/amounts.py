"""Describe times and amounts of memory in messages."""

from __future__ import annotations

_TIMES = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
#: Units of memory, the largest first.
BYTES = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def time_in_words(seconds: int) -> str:
    """Return a time such as ``1 h 30 min``."""
    parts = []
    for size, unit in _TIMES:
        number, seconds = divmod(seconds, size)
        parts += [f"{number} {unit}"] if number else []
    return " ".join(parts) or "no time"


def memory_in_words(amount: int) -> str:
    """Return an amount of memory such as ``16.78 GB``."""
    size, unit = next((entry for entry in BYTES if amount >= entry[0]), (1, "bytes"))
    return f"{amount / size:.4g} {unit}"
