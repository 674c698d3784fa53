"""The key `scheduler` does not name a scheduler, so every compute() fails.

At the top level, `scheduler` chooses how `compute()` runs: `threads`, `processes`, `synchronous`,
one of their other names, or `distributed`. With any other value, every `compute()` without a
client raises a `ValueError`. The address of a running scheduler is `scheduler-address`.

Broken:

```yaml
scheduler: process
```

Fixed:

```yaml
scheduler: processes
```
"""

from __future__ import annotations

from collections.abc import Mapping

from ...core.fuzzy import nearest
from ...core.keys import variable_of
from ..facts import Facts
from ..findings import CheckFindings
from ..setting import Setting

#: In any case; ``dask.base.get_scheduler``.
NAMES = (
    "threads", "processes", "synchronous", "distributed", "sync", "threading", "multiprocessing",
    "single-threaded", "dask.distributed",
)  # fmt: skip
_ADDRESS = "scheduler-address"


def check(facts: Facts) -> CheckFindings:
    """Yield values of the key that dask does not know."""
    for setting in facts.settings:
        value = setting.value
        if setting.key != "scheduler" or not value or isinstance(value, Mapping):
            continue
        if not isinstance(value, str) or value.lower() not in NAMES:
            message = f"scheduler: {value!r} is not a scheduler of dask: compute() fails"
            fix = setting.fix_by_moving((_ADDRESS,)) if _is_address(value) else None
            yield setting.finding("error", message, _hint(setting), fix)


def _hint(setting: Setting) -> str:
    if _is_address(setting.value):
        return f"Did you mean {variable_of(_ADDRESS) if setting.variable else _ADDRESS}?"
    meant = nearest(str(setting.value).lower(), NAMES)
    return f"Did you mean {meant}?" if meant else f"Use one of {', '.join(NAMES[:4])}"


def _is_address(value: object) -> bool:
    return isinstance(value, str) and ":" in value
