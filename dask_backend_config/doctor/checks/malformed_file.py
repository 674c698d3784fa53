"""A file is not valid YAML, so `import dask` fails.

dask reads every file on its search path when it is imported. If PyYAML cannot parse one of them,
`import dask` raises ValueError in every program and on every node that reads the file. If a key is
not a string, such as an unquoted `1:` or `on:`, it raises TypeError. PyYAML reports where it
stopped. This check reports where the mistake is, if possible.

Broken:

```yaml
distributed:
  dashboard:
    link: {scheme}://{host}:{port}/status
```

Fixed:

```yaml
distributed:
  dashboard:
    link: "{scheme}://{host}:{port}/status"
```
"""

from __future__ import annotations

from ..facts import Facts
from ..findings import CheckFindings
from ..yaml_errors import import_failure, stops_at_tab


def check(facts: Facts) -> CheckFindings:
    """Yield one finding for each malformed file."""
    malformed = (file for file in facts.files if file.status == "malformed")
    return (import_failure(file) for file in malformed if not stops_at_tab(file))
