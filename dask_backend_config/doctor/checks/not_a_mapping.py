"""The top level of a file is not a mapping, so `import dask` fails.

A configuration file is a mapping: each key is followed by a colon and a value. If a file contains
a list or a single value instead, `import dask` raises ValueError. The cause is often a `- `
before the first key, or a missing space after a colon, which turns the line into one string. A
file that is empty or contains only comments is fine.

Broken:

```yaml
temporary-directory:/scratch
```

Fixed:

```yaml
temporary-directory: /scratch
```
"""

from __future__ import annotations

from ..facts import Facts
from ..findings import CheckFindings
from ..yaml_errors import import_failure


def check(facts: Facts) -> CheckFindings:
    """Yield each file whose top level is not a mapping."""
    return (import_failure(file) for file in facts.files if file.status == "not-a-mapping")
