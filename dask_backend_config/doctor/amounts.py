"""Describe times and amounts of memory in messages."""

from __future__ import annotations

from ..core.strings import count
from ..schedulers.allocation import Allocation

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


def share_in_words(job: Allocation | None) -> str:
    """Return what a job has on this machine; empty if that is unknown, or outside of a job.

    Examples
    --------
    >>> share_in_words(Allocation("Slurm", 2, 10**9))
    '2 CPUs, 1 GB of memory of its Slurm job'
    """
    if job is None:
        return ""
    parts = [] if job.cpus is None else [count(job.cpus, "CPU")]
    parts += [] if job.memory is None else [f"{memory_in_words(job.memory)} of memory"]
    parts += [] if job.scratch is None else [f"folder {job.scratch}"]
    return f"{', '.join(parts)} of its {job.title} job" if parts else ""
