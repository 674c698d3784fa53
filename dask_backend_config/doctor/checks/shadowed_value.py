"""A variable overrides a different value in a file.

Variables override files. If a job script or a shell profile exports a variable, the value in the
file has no effect, and dask does not warn.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  scheduler:
    allowed-failures: 10
```

```sh
export DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=3
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  scheduler:
    allowed-failures: 10
```
"""

from __future__ import annotations

from ...core.keys import hyphenated
from ...core.secrets import masked
from ..facts import Facts
from ..findings import CheckFindings, Finding


def check(facts: Facts) -> CheckFindings:
    """Yield values in files that a variable or inherited configuration overrides."""
    for key, winner in facts.resolution.values(kinds=("variable", "inherited")).items():
        hidden = next((low for low in winner.shadowed if low.origin.kind == "file"), None)
        if hidden and hidden.value != winner.value:
            value, other = masked(key, hidden.value), masked(key, winner.value)
            message = f"{key}: {value!r} has no effect: {winner.origin} sets it to {other!r}"
            hint = f"To use the file's value, run: unset {winner.origin.name}"
            yield Finding("info", message, hint, hyphenated(key), hidden.origin)
