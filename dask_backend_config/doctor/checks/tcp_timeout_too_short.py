"""`distributed.comm.timeouts.tcp` is less than 11 seconds.

distributed divides this time into eleven steps of at least one second each, and asserts that it
can: with less than 11 s, the first TCP connection fails with `AssertionError: Timeout too low`.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    timeouts:
      tcp: 10s
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    timeouts:
      tcp: 30s
```
"""

from __future__ import annotations

from ...catalogue.value_types import LEAST_TCP_TIMEOUT, TCP_TIMEOUT, is_duration
from ...core import units
from ...core.strings import shown
from ...yaml_edit.patch import Set
from ..facts import Facts
from ..findings import CheckFindings, Finding, Fix

_GOOD = "30s"


def check(facts: Facts) -> CheckFindings:
    """Yield the effective value if it is too short."""
    found = facts.user_value(TCP_TIMEOUT)
    if not found or not is_duration(found.value):
        return
    if int(units.duration(found.value)) < LEAST_TCP_TIMEOUT:
        message = f"tcp: {shown(found.value)} is less than {LEAST_TCP_TIMEOUT} s: connections fail"
        hint = f"Set it to {_GOOD}, or to {LEAST_TCP_TIMEOUT}s at least"
        edit = Set(tuple(TCP_TIMEOUT.split(".")), _GOOD)
        fix = Fix((edit,), safe=False) if found.origin.kind == "file" else None
        yield Finding("error", message, hint, TCP_TIMEOUT, found.origin, fix)
