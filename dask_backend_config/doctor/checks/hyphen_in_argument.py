"""A name with a hyphen stands where dask needs the name of a Python argument.

dask reads `-` and `_` in most keys alike. A few sections are passed to a Python function, name by
name: `scheduler-options` of dask-jobqueue, `bokeh-application` and the policies of the active
memory manager. An argument's name has no hyphen, so that the start fails with a TypeError.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    scheduler-options:
      dashboard-address: ":18787"
```

Fixed:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    scheduler-options:
      dashboard_address: ":18787"
```
"""

from __future__ import annotations

from ..facts import Facts
from ..findings import CheckFindings
from ..startup_findings import startup_findings


def check(facts: Facts) -> CheckFindings:
    """Yield names with hyphens that become arguments of a Python function."""
    yield from startup_findings(facts, "hyphen-in-argument")
