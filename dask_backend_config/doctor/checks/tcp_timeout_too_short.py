"""`distributed.comm.timeouts.tcp` is under 11 seconds.

distributed spreads this time over eleven steps of at least a second, and asserts that there are as
many: with less than 11 s the first TCP connection fails with `AssertionError: Timeout too low`.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    timeouts:
      tcp: 10s
```

Mended:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    timeouts:
      tcp: 30s
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.value_types import LEAST_TCP_TIMEOUT, TCP_TIMEOUT, is_duration
from ...core import units
from ...core.strings import shown
from ...yaml_edit.patch import Set
from ..facts import Facts, Finding, Fix

ID = "tcp-timeout-too-short"
SENTENCE = "`distributed.comm.timeouts.tcp` is under 11 seconds."


def check(facts: Facts) -> Iterator[Finding]:
    """Judge the effective value."""
    found = facts.resolution.value(TCP_TIMEOUT)
    if found is None or found.origin.kind == "default" or not is_duration(found.value):
        return
    if int(units.duration(found.value)) < LEAST_TCP_TIMEOUT:
        least = f"{LEAST_TCP_TIMEOUT} s"
        message = f"tcp: {shown(found.value)} is under {least}: connections fail, AssertionError"
        hint = f"write tcp: 30s, or {LEAST_TCP_TIMEOUT}s at the least"
        in_file = found.origin.kind == "file"
        fix = Fix((Set(tuple(TCP_TIMEOUT.split(".")), "30s"),), safe=False) if in_file else None
        yield Finding("error", message, hint, TCP_TIMEOUT, found.origin, fix)
