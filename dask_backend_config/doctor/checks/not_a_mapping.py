"""The top level of a file is a list or a single value, so that `import dask` itself fails.

A configuration file is a mapping: keys, each with a colon and a value. Where a file holds a list or
one text instead, `import dask` raises ValueError. It happens by a `- ` in front of the first key,
or by a colon without a space behind it, which makes one text of the whole line. A file that holds
nothing, or only comments, is fine.

Broken:

```yaml
temporary-directory:/scratch
```

Mended:

```yaml
temporary-directory: /scratch
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts, Finding
from ..yaml_errors import diagnose

ID = "not-a-mapping"
SENTENCE = "The top level of a file is no mapping, so that `import dask` itself fails."


def check(facts: Facts) -> Iterator[Finding]:
    """Report each file whose top level is no mapping."""
    for file in facts.files:
        if file.status == "not-a-mapping":
            found = diagnose(file)
            message = f"import dask fails: {found.message}"
            yield Finding("error", message, found.hint, origin=file.origin(found.mark))
