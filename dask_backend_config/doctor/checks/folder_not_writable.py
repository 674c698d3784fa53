"""A folder of the jobs is not writable.

The jobs' output goes to `log-directory`. Certificates go to `shared-temp-directory`, or to a folder
in your home if it is null. Both are created if they do not exist. The backend does not start if it
cannot create or write to one of them, if a part of the path is a file, or if a variable in the path
is not set. This check does not write anything. `local-directory` is on the nodes and is not
checked.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    log-directory: /dev/null/logs
```

Fixed:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    log-directory: ~/logs
```
"""

from __future__ import annotations

from ...core.origins import tilde
from ...core.strings import printable
from ..facts import Facts
from ..findings import CheckFindings, Finding


def check(facts: Facts) -> CheckFindings:
    """Yield the folders that can be neither written nor created."""
    for asked in (folder for site in facts.sites for folder in site.folders):
        if asked.problem:
            path = printable(str(asked.value if asked.amount is None else tilde(asked.amount)))
            default = " (the default)" if asked.value is None else ""
            what = f"{asked.name}: {path}{default}"
            message = f"{what} is not writable: {printable(asked.problem)}"
            hint = "Set it to a folder that you can write"
            if asked.amount is None:
                hint = "Set the variable before dask starts, or write its value instead"
            elif asked.name == "shared-temp-directory":
                hint += ", on a file system that the nodes share"
            yield Finding("error", message, hint, asked.key, asked.origin)
