"""The queue takes or starts no jobs at the moment.

Its administrators have closed it, or shut it down for maintenance. Jobs are refused, or wait until
it is opened again. Where no queue is configured, the scheduler's default is looked at.

In these examples one of two is down:

```console
$ scontrol ping
Slurmctld(primary) at head is UP
$ sinfo --all --noheader --format "%P|%a|%l|%c|%m|%G"
main*|up|2:00:00|8|16000|(null)
short|down|2:00:00|8|16000|(null)
```

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    queue-name: short
```

Mended:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    queue-name: main
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts, Finding
from ..site import QUEUE

ID = "closed-queue"
SENTENCE = "The queue takes or starts no jobs at the moment."

_MOST = 8


def check(facts: Facts) -> Iterator[Finding]:
    """Find that every queue that a job could go to is closed."""
    site = facts.site
    if site is None or not site.targets or any(queue.is_open for queue in site.targets):
        return
    names = ", ".join(queue.name for queue in site.targets)
    asked = site.requested.get(QUEUE)
    which = f"{asked.name}: {names}" if asked else f"{names}, {site.title}'s default queue,"
    message = f"{which} takes or starts no jobs at the moment"
    others = [queue.name for queue in site.queues or () if queue.is_open]
    hint = f"wait, or write one that is open: {', '.join(others[:_MOST])}" if others else "wait"
    origin = asked.origin if asked else site.origin
    yield Finding("warning", message, hint, site.key_to_set(QUEUE), origin)
