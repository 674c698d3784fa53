"""A job requests more than its queue allows.

The scheduler rejects such a job, or it waits forever. The check compares time, memory, threads and
GPUs with the limits that the scheduler reports for the configured queue, else for the default
queue. On Slurm, these are the time limit of the partition, and the CPUs, memory and GPUs of its
nodes. Memory is that of the complete job: `per-thread-memory-limit` times `number-of-threads`. If
no walltime is set, dask-jobqueue's default of 30 minutes applies, which is too much for some
queues. The check does not compare resources that a job requests by a free string, such as
`resource-spec`.

In these examples, nodes have 16000 MiB, and jobs in `short` may run for 10 minutes:

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

Fixed:

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

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...backends.resources import GPUS, MEMORY, THREADS, WALLTIME
from ...core.strings import count
from ..amounts import BYTES, memory_in_words, time_in_words
from ..facts import Facts
from ..findings import CheckFindings, Finding
from ..site import QUEUE, RequestedResource, Site, is_backends_key

if TYPE_CHECKING:
    from ...schedulers import Queue

_MOST = 4


@dataclass(frozen=True)
class _Limit:
    """How to compare a resource, describe an amount of it, and write an amount into a file."""

    of_queue: Callable[[Queue], int | None]
    describe: Callable[[int], str]
    write: Callable[[Site, RequestedResource, int], str] = lambda site, asked, allowed: str(allowed)


def check(facts: Facts) -> CheckFindings:
    """Compare each amount with the largest limit of the queues that jobs may go to."""
    for site in facts.sites:
        yield from _check_site(site)


def _check_site(site: Site) -> CheckFindings:
    for resource, limit in _LIMITS.items():
        asked = site.requested.get(resource)
        allowed = _largest(limit, site.targets)
        if asked and allowed is not None and asked.amount > allowed:
            amounts = limit.describe(asked.amount), limit.describe(allowed)
            if amounts[0] == amounts[1]:
                amounts = f"{asked.amount} bytes", f"{allowed} bytes"
            names = " or ".join(queue.name for queue in site.targets[:_MOST])
            queue = f"queue {names}" if QUEUE in site.requested else f"the default queue {names}"
            requests = f"a job requests {amounts[0]}{_source(site, resource)}"
            allows = f"allows {amounts[1]}" if allowed else "has none"
            message = f"{asked.name}: {requests}, but {queue} {allows}"
            hint = _hint(site, asked, resource, allowed)
            yield Finding("error", message, hint, asked.key, asked.origin)


def _largest(limit: _Limit, queues: Sequence[Queue]) -> int | None:
    """Return the largest limit of the queues; None if one has no limit or none is known."""
    values = [limit.of_queue(queue) for queue in queues]
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None


def _source(site: Site, resource: str) -> str:
    """Return an addition to an amount: the threads that share it, or that it is a default."""
    asked, threads = site.requested[resource], site.requested.get(THREADS)
    source = ""
    if resource == MEMORY and is_backends_key(asked.key) and threads and threads.amount > 1:
        source = f" for its {threads.amount} threads"
    return f"{source} (default of {asked.origin.name})" if asked.origin.is_default else source


def _hint(site: Site, asked: RequestedResource, resource: str, allowed: int) -> str:
    key = site.key_to_set(resource) if asked.origin.is_default else asked.name
    value = _LIMITS[resource].write(site, asked, allowed)
    fitting = [queue.name for queue in site.queues or () if _fits(site, queue)]
    other = f", or use queue {' or '.join(fitting[:_MOST])}" if fitting else ""
    return f"Set {key} to {value}{' or less' if allowed else ''}{other}"


def _fits(site: Site, queue: Queue) -> bool:
    """Return whether a queue is open and allows everything that a job requests."""
    return queue.is_open and all(
        resource not in site.requested
        or (allowed := limit.of_queue(queue)) is None
        or site.requested[resource].amount <= allowed
        for resource, limit in _LIMITS.items()
    )


def _write_walltime(site: Site, asked: RequestedResource, allowed: int) -> str:
    """Return a walltime in quotes, in the form that its key takes."""
    hours, minutes = f"{allowed // 3600:02d}", f"{allowed // 60 % 60:02d}"
    is_in_minutes = allowed % 60 == 0 and (is_backends_key(asked.key) or asked.origin.is_default)
    if is_in_minutes or site.kind == "lsf":
        return f'"{hours}:{minutes}"'
    return f'"{hours}:{minutes}:{allowed % 60:02d}"'


def _write_memory(site: Site, asked: RequestedResource, allowed: int) -> str:
    """Return an amount of memory: for each thread in a key of ours, else for the job."""
    threads = site.requested.get(THREADS)
    is_per_thread = is_backends_key(asked.key) or asked.origin.is_default
    amount = allowed // threads.amount if threads and is_per_thread else allowed
    size, unit = next((entry for entry in BYTES if amount >= 10 * entry[0]), (1, "bytes"))
    return f"{amount // size} {unit}" if size > 1 else str(amount)


_LIMITS = {
    WALLTIME: _Limit(lambda queue: queue.max_walltime, time_in_words, _write_walltime),
    MEMORY: _Limit(lambda queue: queue.max_memory, memory_in_words, _write_memory),
    THREADS: _Limit(lambda queue: queue.max_threads, lambda number: count(number, "thread")),
    GPUS: _Limit(lambda queue: queue.max_gpus, lambda number: count(number, "GPU")),
}
