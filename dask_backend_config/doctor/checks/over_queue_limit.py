"""A job asks for more than its queue allows.

Time, memory, threads and GPUs are compared with what the scheduler says of the queue, or of its
default queue where none is configured; on Slurm with what a node of the partition has. Such jobs
are refused, or wait for ever. Memory is that of the whole job: `per-thread-memory-limit` times
`number-of-threads`. Where nobody says a walltime, dask-jobqueue's default of 30 minutes counts,
which is too much for some queues. What a job's script leaves to a text of the site's own, such as
`resource-spec`, is not compared.

In these examples nodes have 16000 MiB, and jobs of `short` may run for 10 minutes:

```console
$ scontrol ping
Slurmctld(primary) at head is UP
$ sinfo --all --noheader --format "%P|%a|%l|%c|%m|%G"
main*|up|2:00:00|8|16000|(null)
short|up|10:00|8|16000|(null)
```

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    queue-name: short
    resources-per-worker:
      number-of-threads: 4
      per-thread-memory-limit: 8 GB
      wallclock-time-limit: "02:00"
```

Mended:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    queue-name: main
    resources-per-worker:
      number-of-threads: 4
      per-thread-memory-limit: 4 GB
      wallclock-time-limit: "02:00"
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...backends.resources import GPUS, MEMORY, THREADS, WALLTIME
from ..facts import Facts, Finding
from ..site import QUEUE, RequestedResource, Site, is_backends_key

if TYPE_CHECKING:
    from ...schedulers import Queue

ID = "over-queue-limit"
SENTENCE = "A job asks for more than its queue allows."

_MOST = 4
_TIMES = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_BYTES = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


@dataclass(frozen=True)
class _Limit:
    """How a tunable is compared, spoken of, and written."""

    of_queue: Callable[[Queue], int | None]
    spoken: Callable[[int], str]
    written: Callable[[Site, RequestedResource, int], str]


def check(facts: Facts) -> Iterator[Finding]:
    """Compare each amount with the largest limit of the queues that jobs may go to."""
    site = facts.site
    if site is None:
        return
    for tunable, limit in _LIMITS.items():
        asked = site.requested.get(tunable)
        allowed = _largest(limit, site.targets)
        if asked and allowed is not None and asked.amount > allowed:
            message = f"{asked.name}: {_asks(site, tunable, allowed)}"
            message += f", but {_allows(site, tunable, allowed)}"
            hint = _hint(site, tunable, allowed)
            yield Finding("error", message, hint, asked.key, asked.origin)


def _largest(limit: _Limit, queues: Sequence[Queue]) -> int | None:
    """The most that any of them allows; None where one has no limit, or none is known."""
    values = [limit.of_queue(queue) for queue in queues]
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None


def _asks(site: Site, tunable: str, allowed: int) -> str:
    asked, threads = site.requested[tunable], site.requested.get(THREADS)
    words = f"a job asks for {_spoken(tunable, asked.amount, allowed)}"
    if tunable == MEMORY and is_backends_key(asked.key) and threads and threads.amount > 1:
        words += f" for its {threads.amount} threads"
    return f"{words}, {asked.origin.name}'s default" if asked.is_default else words


def _allows(site: Site, tunable: str, allowed: int) -> str:
    names = " or ".join(queue.name for queue in site.targets[:_MOST])
    queue = f"queue {names}" if QUEUE in site.requested else f"the default queue {names}"
    if not allowed:
        return f"{queue} has none"
    return f"{queue} allows {_spoken(tunable, allowed, site.requested[tunable].amount)}"


def _spoken(tunable: str, amount: int, other: int) -> str:
    """An amount, to the last byte where it would else look like the other."""
    spoken = _LIMITS[tunable].spoken
    return spoken(amount) if spoken(amount) != spoken(other) else f"{amount} bytes"


def _hint(site: Site, tunable: str, allowed: int) -> str:
    asked = site.requested[tunable]
    key = site.key_to_set(tunable) if asked.is_default else asked.name
    value = _LIMITS[tunable].written(site, asked, allowed)
    fitting = [queue.name for queue in site.queues or () if _fits(site, queue)]
    other = f", or choose queue {' or '.join(fitting[:_MOST])}" if fitting else ""
    return f"write {key}: {value}{' or less' if allowed else ''}{other}"


def _fits(site: Site, queue: Queue) -> bool:
    """Whether an open queue allows all that is asked."""
    for tunable, limit in _LIMITS.items():
        asked, allowed = site.requested.get(tunable), limit.of_queue(queue)
        if asked and allowed is not None and asked.amount > allowed:
            return False
    return queue.is_open


def _time(seconds: int) -> str:
    parts = []
    for size, unit in _TIMES:
        number, seconds = divmod(seconds, size)
        parts += [f"{number} {unit}"] if number else []
    return " ".join(parts) or "no time"


def _memory(amount: int) -> str:
    size, unit = next((entry for entry in _BYTES if amount >= entry[0]), (1, "bytes"))
    return f"{amount / size:.4g} {unit}"


def _clock(site: Site, asked: RequestedResource, allowed: int) -> str:
    """A walltime for the key that says it: ours or the scheduler's own, in quotes."""
    hours, minutes = f"{allowed // 3600:02d}", f"{allowed // 60 % 60:02d}"
    whole = allowed % 60 == 0 and (is_backends_key(asked.key) or asked.is_default)
    if whole or site.kind == "lsf":
        return f'"{hours}:{minutes}"'
    return f'"{hours}:{minutes}:{allowed % 60:02d}"'


def _bytes(site: Site, asked: RequestedResource, allowed: int) -> str:
    """An amount for the key that says it, which is for a thread where it is ours."""
    threads = site.requested.get(THREADS)
    shared = is_backends_key(asked.key) or asked.is_default
    each = allowed // threads.amount if threads and shared else allowed
    size, unit = next((entry for entry in _BYTES if each >= 10 * entry[0]), (1, "bytes"))
    return f"{each // size} {unit}" if size > 1 else str(each)


def _number(site: Site, asked: RequestedResource, allowed: int) -> str:
    return str(allowed)


def _counted(noun: str) -> Callable[[int], str]:
    return lambda number: f"{number} {noun}{'' if number == 1 else 's'}"


_LIMITS = {
    WALLTIME: _Limit(lambda queue: queue.max_walltime, _time, _clock),
    MEMORY: _Limit(lambda queue: queue.max_memory, _memory, _bytes),
    THREADS: _Limit(lambda queue: queue.max_threads, _counted("thread"), _number),
    GPUS: _Limit(lambda queue: queue.max_gpus, _counted("GPU"), _number),
}
