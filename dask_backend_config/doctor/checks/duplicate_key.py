"""A key stands twice in one mapping, and dask takes only the last.

YAML forbids it; PyYAML, with which dask reads files, takes the last in silence. Where the key is a
section, all that the first one holds is lost, not only what both hold. The finding stands at the
first, which has no effect. Where nothing is lost, because both say the same, it is a warning.

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

Mended:

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

from collections.abc import Iterator

from ...config.sources import SourceFile
from ...core.keys import hyphenated, join_path
from ...yaml_edit.document import Duplicate, MappingEntry
from ..facts import Facts, Finding

ID = "duplicate-key"
SENTENCE = "A key stands twice in one mapping, and dask takes only the last."


def check(facts: Facts) -> Iterator[Finding]:
    """Report each occurrence but the last of a key."""
    for file in facts.files:
        if file.status == "ok" and file.document:
            for duplicate in file.document.duplicates:
                entry = file.document.entry(duplicate.path)
                yield _finding(file, duplicate, entry)


def _finding(file: SourceFile, duplicate: Duplicate, last: MappingEntry | None) -> Finding:
    key = hyphenated(join_path(duplicate.path))
    is_section = last is not None and last.value.items is not None
    same = last is not None and duplicate.ignored == last.value.data
    harmless = same or (is_section and duplicate.ignored is None)
    line = duplicate.again.line
    return Finding(
        "warning" if harmless else "error",
        f"{key} stands again in line {line}: this one is ignored",
        "remove one of them" if harmless or not is_section else "merge the two sections into one",
        key,
        file.origin(duplicate.first),
    )
