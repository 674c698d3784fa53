"""A key is set twice in one mapping, and dask uses only the last.

YAML forbids duplicate keys, but PyYAML, which dask uses, silently takes the last one. If the key is
a section, all keys of the first section are lost, even those that the second section does not
contain. The finding shows the line of the first key, which has no effect. If both are equal,
nothing is lost, and the finding is only a warning.

Broken:

```yaml
distributed:
  worker:
    daemon: false
distributed:
  comm:
    timeouts:
      connect: 10s
```

Fixed:

```yaml
distributed:
  worker:
    daemon: false
  comm:
    timeouts:
      connect: 10s
```
"""

from __future__ import annotations

from ...core.keys import hyphenated, join_path
from ..facts import Facts
from ..findings import CheckFindings, Finding, Severity


def check(facts: Facts) -> CheckFindings:
    """Yield each occurrence but the last of a key."""
    for file in facts.files:
        if file.status != "ok" or not file.document:
            continue
        for duplicate in file.document.duplicates:
            key = hyphenated(join_path(duplicate.path))
            last = file.document.entry(duplicate.path)
            is_section = last is not None and last.value.items is not None
            is_same = last is not None and duplicate.ignored == last.value.data
            is_harmless = is_same or (is_section and duplicate.ignored is None)
            message = f"{key} is set again on line {duplicate.again.line}; the last one wins"
            severity: Severity = "warning" if is_harmless else "error"
            can_merge = is_section and not is_harmless
            hint = "Merge the two sections" if can_merge else "Remove one of them"
            yield Finding(severity, message, hint, key, file.origin(duplicate.first))
