"""The queue does not accept or start jobs at the moment.

Its administrators closed it, for example for maintenance. The scheduler rejects jobs, or they wait
until the queue is open again. If no queue is configured, the check looks at the scheduler's default
queue.

In these examples one of two partitions is down:

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

Fixed:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    queue-name: main
```
"""

from __future__ import annotations

from ..facts import Facts
from ..findings import CheckFindings, Finding
from ..site import QUEUE, Site

_MOST = 8


def check(facts: Facts) -> CheckFindings:
    """Yield a finding if every queue that a job could go to is closed."""
    for site in facts.sites:
        if site.targets and not any(queue.is_open for queue in site.targets):
            yield _finding(site)


def _finding(site: Site) -> Finding:
    names = ", ".join(queue.name for queue in site.targets)
    asked = site.requested.get(QUEUE)
    which = f"{asked.name}: {names}" if asked else f"{names}, {site.title}'s default queue,"
    message = f"{which} does not accept or start jobs at the moment"
    open_queues = [queue.name for queue in site.queues or () if queue.is_open]
    hint = "Wait until it is open again"
    if open_queues:
        hint += f", or use an open queue: {', '.join(open_queues[:_MOST])}"
    origin = asked.origin if asked else site.origin
    return Finding("warning", message, hint, site.key_to_set(QUEUE), origin)
