r"""A tab is used where YAML allows only spaces, so `import dask` fails.

YAML is indented with spaces. PyYAML rejects a tab in indentation, after a colon and before a
comment; inside strings and comments, tabs are fine. dask reads every file on its search path when
it is imported, so `import dask` raises ValueError.

Broken:

```sh
printf 'distributed:\n  worker:\n    daemon:\tfalse\n' > ~/.config/dask/dask.yaml
```

Fixed:

```yaml
distributed:
  worker:
    daemon: false
```
"""

from __future__ import annotations

from ..facts import Facts
from ..findings import CheckFindings
from ..yaml_errors import import_failure, stops_at_tab


def check(facts: Facts) -> CheckFindings:
    """Yield the first tab of each file that is malformed because of one."""
    return (import_failure(file) for file in facts.files if stops_at_tab(file))
