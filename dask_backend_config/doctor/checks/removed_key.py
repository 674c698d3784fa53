"""A key was removed: no current release reads it.

Users often copy old files for years, and dask does not warn about keys that it no longer reads. The
check knows all keys that a release since 2018 read and the installed releases do not.

Broken:

```yaml
array:
  rechunk:
    algorithm: tasks
```

```sh
export DASK_JOBQUEUE__PBS__THREADS=4
```

Fixed:

```yaml
array:
  rechunk:
    method: tasks
```

```sh
export DASK_JOBQUEUE__PBS__CORES=4
```
"""

from __future__ import annotations

from ...catalogue.old_keys import may_hold_old_keys, removed
from ..facts import Facts
from ..findings import CheckFindings, Severity


def check(facts: Facts) -> CheckFindings:
    """Yield keys that only older releases read."""
    known = facts.catalogue
    for occurrence in facts.occurrences(lambda path: may_hold_old_keys(path, known)):
        path = occurrence.path
        # A variable sets a key without the sections above it, which may be what was removed.
        shortest = 1 if occurrence.own_variable else len(path)
        parts = (path[:length] for length in range(shortest, len(path) + 1))
        found = next((gone for part in parts if (gone := removed(part, known))), None)
        if found:
            reason = "nothing reads it"
            if found.last_release:
                reason = f"{found.last_release} was the last to read it"
            message = f"{occurrence.key} has no effect: {reason}"
            severity: Severity = "info" if occurrence.value is None else "error"
            fix = occurrence.fix_by_removing()
            yield occurrence.finding(severity, message, found.hint, fix)
