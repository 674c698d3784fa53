"""The configured scheduler does not answer.

Where `backends.default` means a job queue, `doctor` asks its controller whether it is there and
which queues it has: two or three quick commands, side by side, with 5 seconds for all. What a
controller that does not answer would refuse cannot be known, so the checks of queues and limits are
silent then; jobs cannot be submitted either. The message holds the command and its own words.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
```

```console
$ scontrol ping
Slurmctld(primary) at head is DOWN
```

Mended:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
```

```console
$ scontrol ping
Slurmctld(primary) at head is UP
$ sinfo --all --noheader --format "%P|%a|%l|%c|%m|%G"
main*|up|2:00:00|8|16000|(null)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.strings import printable
from ..facts import Facts, Finding

ID = "scheduler-silent"
SENTENCE = "The configured scheduler does not answer."

_LONGEST = 300


def check(facts: Facts) -> Iterator[Finding]:
    """Report what its command said instead."""
    site = facts.site
    if site is None or not site.no_answer:
        return
    words = printable(site.no_answer)
    words = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 4]} ..."
    message = f"{site.title} does not answer: {words}"
    if site.no_answer.endswith("command not found"):
        hint = f"load its module, or run this where {site.title}'s commands are"
    else:
        hint = "try the command by hand; without a controller no job starts"
    yield Finding("warning", message, hint, "backends.default", site.origin)
