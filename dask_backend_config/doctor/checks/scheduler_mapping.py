"""A section `scheduler` at the top level breaks every compute().

At the top level, `scheduler` is the name of the scheduler that `compute()` uses, such as
`threads`. If it is a section, every `compute()` fails with `ValueError: Unexpected scheduler`,
even if another file or a variable sets a name: dask prefers the section. Settings of
distributed's scheduler belong below `distributed`.

Broken:

```yaml
scheduler:
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

from ...catalogue.did_you_mean import respelled, suggest
from ...core.keys import hyphenated, variable_of
from ..facts import Facts
from ..findings import CheckFindings


def check(facts: Facts) -> CheckFindings:
    """Yield whatever makes the top-level key ``scheduler`` a section."""
    for occurrence in facts.occurrences(lambda path: False):
        top, *below = occurrence.path
        is_section = isinstance(occurrence.value, Mapping) and occurrence.value
        if top == "scheduler" and (below or is_section):
            message = "scheduler must be a name at the top level, not a section: compute() fails"
            hint = "Indent it, and write distributed: above it"
            if occurrence.variable:
                meant = ("distributed", *map(hyphenated, occurrence.path))
                found = (below and respelled(occurrence.variable.name)) or suggest(meant)
                hint = f"Did you mean {variable_of(found)}?" if found else "Unset it"
            fix = occurrence.fix_by_moving(("distributed", "scheduler"))
            yield occurrence.finding("error", message, hint, fix)
