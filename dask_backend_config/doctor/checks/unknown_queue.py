"""The batch scheduler does not have the configured queue.

The scheduler would reject each job. The check compares `queue-name` with the queues that the
scheduler lists, on Slurm including hidden partitions. If the scheduler lists none or does not
answer, the check finds nothing. It ignores patterns and queues of another server (`main@other`).

In these examples Slurm has two partitions:

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

Fixed:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    queue-name: gpuqueue
```
"""

from __future__ import annotations

from ...core.strings import printable
from ..facts import Facts
from ..findings import CheckFindings, Finding, known_names_hint
from ..site import QUEUE


def check(facts: Facts) -> CheckFindings:
    """Look up each configured name in the scheduler's list."""
    for site in facts.sites:
        if site.queues and QUEUE in site.requested:
            asked, known = site.requested[QUEUE], [queue.name for queue in site.queues]
            for name in site.queue_names:
                if name not in known:
                    message = f"{asked.name}: {site.title} has no queue {printable(name)}"
                    hint = known_names_hint(name, known)
                    yield Finding("error", message, hint, asked.key, asked.origin)
