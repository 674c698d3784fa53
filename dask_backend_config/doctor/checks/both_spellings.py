"""One mapping has a key twice, spelled with `_` and with `-`; dask uses only one of them.

dask treats both spellings as the same key. In one file, the first one wins and the second is
ignored; before dask 2026.3.0, the last one wins. Two sections are merged, and the same one wins
where they disagree.

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

from ...catalogue.dask_releases import DaskRules
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
            yield _finding(other, occurrence, facts.resolution.rules)


def _finding(first: Setting, second: Setting, rules: DaskRules) -> Finding:
    sections = [isinstance(occurrence.value, Mapping) for occurrence in (first, second)]
    first_wins = rules.renames_in_each_layer
    if all(sections):
        result = f"they are merged, and the {'first' if first_wins else 'last'} one wins"
    elif not first_wins:
        result = "the last one wins, the other is ignored"
    elif any(sections):
        result = "only the section has an effect"
    else:
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
