"""Memory fractions are out of range or in the wrong order.

As its memory fills, a worker should write data to disk (`target`, `spill`), then pause, and restart
only as a last resort (`terminate`). The values are fractions of the worker's memory limit, more
than 0 and at most 1; false disables one. A worker never reaches a fraction above 1, such as 60
instead of 0.60, and always exceeds 0, except that `target: 0` counts as false, and so does
`spill: 0` if there is no target. In the wrong order, a worker pauses or restarts before it has
written anything to disk. The check compares the effective values, including defaults.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  worker:
    memory:
      target: 60
      pause: 0.97
```

Fixed:

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

from ...catalogue.value_types import ValueType
from ...config.values import Resolved
from ...core.strings import shown
from ..facts import Facts
from ..findings import CheckFindings, Finding, Severity

_SECTION = "distributed.worker.memory"
#: In the order in which they should be reached.
_ORDER = ("target", "spill", "pause", "terminate")
_REBALANCE = "rebalance."
_OTHERS = ("transfer", f"{_REBALANCE}sender-min", f"{_REBALANCE}recipient-max")
_FRACTION = ValueType({"type": "number", "unit": "fraction"})


def check(facts: Facts) -> CheckFindings:
    """Yield values out of range, then neighbours in the wrong order."""
    values = {name: facts.resolution.value(f"{_SECTION}.{name}") for name in (*_ORDER, *_OTHERS)}
    fractions = {
        name: found for name, found in values.items() if found and _FRACTION.fits(found.value)
    }
    # distributed/worker_memory.py makes no buffer on disk if both are 0 or false.
    target = values["target"]
    off = ["target"] if target is None or target.value else ["target", "spill"]
    for name, found in fractions.items():
        if not _is_in_range(name, found.value) and not found.origin.is_default:
            yield (
                _is_off(name, found)
                if name in off and not found.value
                else _out_of_range(name, found)
            )
    ordered = [
        name for name in _ORDER if name in fractions and _is_in_range(name, fractions[name].value)
    ]
    for lower, upper in itertools.pairwise(ordered):
        low, high = fractions[lower], fractions[upper]
        culprit = low if high.origin.is_default else high
        if low.value > high.value and not culprit.origin.is_default:
            message = f"{lower} {low.value} is above {upper} {high.value}: {upper} is reached first"
            hint = f"Keep the order {' < '.join(_ORDER)}"
            yield Finding("warning", message, hint, culprit.key, culprit.origin)


def _is_in_range(name: str, value: float) -> bool:
    return 0 < value <= 1 or (value == 0 and name.startswith(_REBALANCE))


def _is_off(name: str, found: Resolved) -> Finding:
    message = f"{name}: {shown(found.value)} counts as false: it is disabled"
    hint = f"Write {name}: false, which is clearer"
    return Finding("info", message, hint, found.key, found.origin)


def _out_of_range(name: str, found: Resolved) -> Finding:
    leaf, value = name.removeprefix(_REBALANCE), found.value
    severity: Severity = "warning"
    hint = "Set it to more than 0"
    if value > 1:
        problem = "is above 1, the memory limit, and never reached"
        hint = f"Set it to {value / 100:g}" if value <= 100 else "Set it to at most 1"
    else:
        severity, problem = "error", "is always exceeded"
    if leaf == name:
        hint += ", or to false to disable it"
    message = f"{leaf}: {shown(value)} {problem}"
    return Finding(severity, message, hint, f"{_SECTION}.{name}", found.origin)
