"""A variable shadows a file.

A variable beats every file. A value that was written into a file with care, and is shadowed by a
different one in a variable that some job script or shell profile exports, has no effect, and
nothing says so.

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

Mended:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  scheduler:
    allowed-failures: 10
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.keys import hyphenated
from ...core.secrets import masked
from ..facts import Facts, Finding

ID = "shadowed-value"
SENTENCE = "A variable shadows what a file says differently."


def check(facts: Facts) -> Iterator[Finding]:
    """Report file values that a variable or inherited config replaces by a different one."""
    for key, resolved in facts.resolution.values().items():
        if resolved.origin.kind not in ("variable", "inherited"):
            continue
        hidden = next((low for low in resolved.shadowed if low.origin.kind == "file"), None)
        if hidden is None or hidden.value == resolved.value:
            continue
        yield Finding(
            "info",
            f"{key}: {masked(key, hidden.value)!r} has no effect: {resolved.origin} "
            f"says {masked(key, resolved.value)!r}",
            f"unset {resolved.origin.name} to let the file decide",
            hyphenated(key),
            hidden.origin,
        )
