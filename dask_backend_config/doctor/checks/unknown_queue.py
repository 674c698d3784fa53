"""A queue is configured that the scheduler does not have.

Each job would be refused. The queues are those that the scheduler itself lists, on Slurm also those
that are hidden; where it lists none or does not answer, this check is silent. So it is on patterns
and on queues of another server (`main@other`).

In these examples Slurm has two:

```console
$ scontrol ping
Slurmctld(primary) at head is UP
$ sinfo --all --noheader --format "%P|%a|%l|%c|%m|%G"
main*|up|2:00:00|8|16000|(null)
gpuqueue|up|2:00:00|8|16000|gpu:2
```

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    queue-name: gpuqeue
```

Mended:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    queue-name: gpuqueue
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.fuzzy import nearest
from ...core.strings import printable
from ..facts import Facts, Finding
from ..site import QUEUE

ID = "unknown-queue"
SENTENCE = "A queue is configured that the scheduler does not have."

_MOST = 8


def check(facts: Facts) -> Iterator[Finding]:
    """Look up each name in the scheduler's own list."""
    site = facts.site
    if site is None or not site.queues or QUEUE not in site.requested:
        return
    asked, known = site.requested[QUEUE], [queue.name for queue in site.queues]
    for name in site.queue_names:
        if name not in known:
            message = f"{asked.name}: {site.title} has no queue {printable(name)}"
            yield Finding("error", message, _hint(name, known), asked.key, asked.origin)


def _hint(name: str, known: list[str]) -> str:
    like = nearest(name, known)
    there = f"there {'is' if len(known) == 1 else 'are'} {', '.join(known[:_MOST])}"
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return f"write {like}; {there}{more}" if like else f"{there}{more}"
