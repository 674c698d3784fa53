"""A value needs a module that is not installed in this Python.

dask imports the module when it starts or first needs it, in the client, the scheduler or a worker.
The module may be installed in another environment, so this is a warning. The check looks for
modules and does not import them; the working directory counts as well.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  worker:
    preload: [no_such_module]
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  worker:
    preload: []
```
"""

from __future__ import annotations

from ..facts import Facts
from ..findings import CheckFindings
from ..startup_findings import startup_findings


def check(facts: Facts) -> CheckFindings:
    """Yield values that need modules which are not installed."""
    yield from startup_findings(facts, "missing-module")
