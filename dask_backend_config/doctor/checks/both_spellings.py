"""One mapping has a key twice, spelled with `_` and with `-`; the first one wins.

dask treats both spellings as the same key. In one file, the first one wins and the second is
ignored. Two sections are merged, and the first one wins where they disagree.

Broken:

```yaml
distributed:
  scheduler:
    work_stealing: true
    work-stealing: false
```

Fixed:

```yaml
distributed:
  scheduler:
    work-stealing: false
```
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.keys import hyphenated
from ..facts import Facts
from ..findings import CheckFindings, Finding, Severity
from ..setting import Setting


def check(facts: Facts) -> CheckFindings:
    """Yield the second of two spellings."""
    first: dict[tuple[Any, ...], Setting] = {}
    for occurrence in facts.occurrences():
        name = occurrence.path[-1]
        if ("_" in name) is ("-" in name):
            continue  # there is only one spelling, or dask accepts only this one
        mapping = (occurrence.origin.source, occurrence.path[:-1])
        other = first.setdefault((mapping, hyphenated(name)), occurrence)
        if other.path[-1] != name:
            yield _finding(other, occurrence)


def _finding(first: Setting, second: Setting) -> Finding:
    sections = [isinstance(occurrence.value, Mapping) for occurrence in (first, second)]
    result = "only the section has an effect"
    if all(sections):
        result = "they are merged, and the first one wins"
    elif not any(sections):
        result = "the first one wins, this one is ignored"
    message = f"{first.path[-1]} and {second.path[-1]} are the same key to dask: {result}"
    place = f"is on line {first.origin.line}" if first.origin.line else "is before it"
    hint = f"Remove one of them; the other {place}"
    severity: Severity = "error" if _disagree(first.value, second.value) else "warning"
    return second.finding(severity, message, hint)


def _disagree(first: Any, second: Any) -> bool:
    """Return whether a value of the second is lost."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        values = {hyphenated(str(name)): value for name, value in first.items()}
        return any(
            _disagree(values[hyphenated(str(name))], value)
            for name, value in second.items()
            if hyphenated(str(name)) in values
        )
    return not (type(first) is type(second) and bool(first == second))
