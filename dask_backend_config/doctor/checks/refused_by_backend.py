"""A backend refuses a value, or values that exclude each other.

The check creates no backend, but reads the options as the constructors do: of `local` and of each
job queue that a file or variable configures, of each profile and of each worker group. The message
is the constructor's own. Keys of `jobqueue.<type>` count, too, because the backend of this type
reads them. If another check explains the same value, only that check reports it.

In this example, a job ends before its worker can work: workers stop `lifetime-margin` before the
walltime.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    walltime: "00:20:00"
backends:
  slurm:
    lifetime-margin: 30 minutes
```

Fixed:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    walltime: "01:20:00"
backends:
  slurm:
    lifetime-margin: 30 minutes
```
"""

from __future__ import annotations

from ...core.keys import hyphenated
from ...core.strings import printable
from ..facts import Facts
from ..findings import CheckFindings, Finding


def check(facts: Facts) -> CheckFindings:
    """Yield the errors of the constructors."""
    for refusal in facts.refusals:
        error = refusal.error
        hint = error.hint or f"Change or remove it: {refusal.call} raises this error"
        key = hyphenated(error.key) if error.key else None
        yield Finding("error", printable(error.message), printable(hint), key, error.origin)
