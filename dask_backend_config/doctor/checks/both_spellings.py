"""One mapping has a key in both spellings, with `_` and with `-`.

To dask the two are one key. In one file the first wins and the second is ignored, whichever is
which; where both are sections they become one, and the first wins where they disagree.

Broken:

```yaml
distributed:
  scheduler:
    work_stealing: true
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
from typing import Any

from ...core.keys import hyphenated
from ..facts import Facts, Finding, KeyOccurrence, Severity

ID = "both-spellings"
SENTENCE = "One mapping has a key in both spellings, with `_` and with `-`; the first wins."


def check(facts: Facts) -> Iterator[Finding]:
    """Report the second of two spellings."""
    first: dict[tuple[Any, ...], KeyOccurrence] = {}
    for written in facts.written(lambda path: True):
        name = written.path[-1]
        if ("_" in name) is ("-" in name):
            continue  # there is one spelling of it, or dask takes it for neither of the two
        source = written.variable.name if written.variable else written.origin.path
        other = first.setdefault((source, written.path[:-1], hyphenated(name)), written)
        if other.path[-1] != name:
            yield _finding(other, written)


def _finding(first: KeyOccurrence, second: KeyOccurrence) -> Finding:
    names = f"{first.path[-1]} and {second.path[-1]} are one key to dask"
    place = f" in line {first.origin.line}" if first.origin.line else ""
    hint = f"keep one of them; the other stands{place or ' before it'}"
    sections = [isinstance(written.value, Mapping) for written in (first, second)]
    if not any(sections):
        message = f"{names}: the first wins, this one is ignored"
    elif all(sections):
        message = f"{names}: they are merged, and the first wins"
    else:
        message = f"{names}: only the section counts"
    harmless = not _disagree(first.value, second.value)
    severity: Severity = "warning" if harmless else "error"
    return Finding(severity, message, hint, second.key, second.origin)


def _disagree(first: Any, second: Any) -> bool:
    """Whether anything of the second is lost."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        names = {hyphenated(str(name)): value for name, value in first.items()}
        common = [name for name in second if hyphenated(str(name)) in names]
        return any(_disagree(names[hyphenated(str(name))], second[name]) for name in common)
    return not (type(first) is type(second) and bool(first == second))
