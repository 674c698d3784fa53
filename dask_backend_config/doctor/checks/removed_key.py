"""A key is read by no release any more.

Old files are handed on for years, and dask says nothing of keys that it stopped reading. Known are
all keys that releases since 2018 had and the ones installed here have not.

Broken:

```yaml
array:
  rechunk:
    algorithm: tasks
```

```sh
export DASK_JOBQUEUE__PBS__THREADS=4
```

Mended:

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

from collections.abc import Iterator

from ...catalogue.old_keys import Removed, may_hold_old_keys, removed
from ...yaml_edit.patch import Remove
from ..facts import Facts, Finding, Fix, KeyOccurrence, Severity

ID = "removed-key"
SENTENCE = "A key is read by no release any more."


def check(facts: Facts) -> Iterator[Finding]:
    """Report keys of older releases."""
    known = facts.catalogue
    for written in facts.written(lambda path: may_hold_old_keys(path, known)):
        # A variable says a key without saying the sections above it.
        first = 1 if written.is_variable else len(written.path)
        parts = (written.path[:length] for length in range(first, len(written.path) + 1))
        found = next((gone for part in parts if (gone := removed(part, known))), None)
        if found:
            yield _finding(written, found)


def _finding(written: KeyOccurrence, found: Removed) -> Finding:
    why = (
        f"{found.last_release} was the last to read it"
        if found.last_release
        else "nothing reads it any more"
    )
    message = f"{written.key} has no effect: {why}"
    severity: Severity = "info" if written.value is None else "error"
    fix = None if written.variable else Fix((Remove(written.path),))
    return Finding(severity, message, found.hint, written.key, written.origin, fix)
