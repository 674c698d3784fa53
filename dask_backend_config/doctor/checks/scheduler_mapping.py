"""A section `scheduler` stands at the top level.

There, `scheduler` is the name of the scheduler that `compute()` uses, such as `threads`. A section
in its place makes every `compute()` fail with `ValueError: Unexpected scheduler`, also where
another file or a variable names a scheduler: dask prefers the section. What belongs to
distributed's scheduler stands below `distributed`.

Broken:

```yaml
scheduler:
  work-stealing: false
```

Mended:

```yaml
distributed:
  scheduler:
    work-stealing: false
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...catalogue.did_you_mean import suggest
from ...core.keys import hyphenated, join_path, variable_of
from ..facts import Facts, Finding, KeyOccurrence

ID = "scheduler-mapping"
SENTENCE = "A section `scheduler` stands at the top level and breaks every compute()."


def check(facts: Facts) -> Iterator[Finding]:
    """Report what makes a mapping of the top-level key ``scheduler``."""
    for written in facts.written(lambda path: False):
        if written.path[0] != "scheduler":
            continue
        hint = "indent it, with distributed: above it"
        if written.variable:
            hint = f"write {_variable(written)}"
        if len(written.path) > 1:
            message = f"{written.key} makes a section of scheduler: every compute() fails"
        elif isinstance(written.value, Mapping) and written.value:
            message = "scheduler at the top level takes a name: this section breaks every compute()"
        else:
            continue
        yield Finding("error", message, hint, written.key, written.origin)


def _variable(written: KeyOccurrence) -> str:
    below = ("distributed", *map(hyphenated, written.path))
    return variable_of(suggest(below) or join_path(below))
