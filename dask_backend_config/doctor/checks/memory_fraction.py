"""Memory fractions are out of range or in the wrong order.

As a worker's memory fills, it should spill to disk (`target`, `spill`), then pause, and be
restarted only at last (`terminate`). The values are fractions of the worker's limit, more than 0
and at most 1; false switches one off. One above 1 is never reached, such as 60 where 60 per cent
are meant; 0 is always exceeded. In the wrong order a worker is paused or killed before it has
spilled anything. The values in effect are compared, the defaults included.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  worker:
    memory:
      target: 60
      pause: 0.97
```

Mended:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  worker:
    memory:
      target: 0.60
      pause: 0.80
```
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ...catalogue.value_types import Kind
from ...config.values import Resolved
from ...core.strings import shown
from ..facts import Facts, Finding, Severity

ID = "memory-fraction"
SENTENCE = "Memory fractions are out of range or in the wrong order."

_SECTION = "distributed.worker.memory"
#: In the order in which they should be reached.
_ORDER = ("target", "spill", "pause", "terminate")
_REBALANCE = "rebalance."
_OTHERS = ("transfer", f"{_REBALANCE}sender-min", f"{_REBALANCE}recipient-max")
_FRACTION = Kind("fraction")


def check(facts: Facts) -> Iterator[Finding]:
    """Judge each effective value, then each pair of neighbours that are in range."""
    found = {name: facts.resolution.value(f"{_SECTION}.{name}") for name in (*_ORDER, *_OTHERS)}
    fractions = {
        name: value for name, value in found.items() if value and _FRACTION.fits(value.value)
    }
    for name, value in fractions.items():
        if not _in_range(name, value) and value.origin.kind != "default":
            yield _out_of_range(name, value)
    ordered = [name for name in _ORDER if name in fractions and _in_range(name, fractions[name])]
    for lower, upper in itertools.pairwise(ordered):
        if fractions[lower].value > fractions[upper].value:
            yield from _wrong_order(lower, upper, fractions[lower], fractions[upper])


def _in_range(name: str, found: Resolved) -> bool:
    nothing = found.value == 0 and name.startswith(_REBALANCE)
    return bool(0 < found.value <= 1) or nothing


def _out_of_range(name: str, found: Resolved) -> Finding:
    leaf = name.removeprefix(_REBALANCE)
    said = f"{leaf}: {shown(found.value)}"
    off = "" if name.startswith(_REBALANCE) else ", or false to switch it off"
    severity: Severity = "warning"
    if found.value > 1:
        message = f"{said} is above 1, the whole memory limit, and never reached"
        hint = f"write {leaf}: {found.value / 100:g}" if found.value <= 100 else "write at most 1"
    elif found.value == 0 and name == "target":
        message, hint = f"{said} counts as false: it is switched off", "write more than 0"
    else:
        severity, message, hint = "error", f"{said} is always exceeded", "write more than 0"
    return Finding(severity, message, f"{hint}{off}", f"{_SECTION}.{name}", found.origin)


def _wrong_order(lower: str, upper: str, low: Resolved, high: Resolved) -> Iterator[Finding]:
    said = ((upper, high), (lower, low))
    for name, found in said:
        if found.origin.kind != "default":
            message = f"{lower} {low.value} is above {upper} {high.value}: {upper} comes first"
            hint = f"keep the order {' < '.join(_ORDER)}"
            yield Finding("warning", message, hint, f"{_SECTION}.{name}", found.origin)
            return
