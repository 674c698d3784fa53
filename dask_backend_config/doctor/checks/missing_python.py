"""The Python of the jobs does not exist on this machine.

`python` is the interpreter that runs each worker on its node. If nodes share the file system of
this machine, a path that does not exist here does not exist there: each job ends before its worker
connects, and after three such jobs the backend gives up. If the nodes have their own Python, or use
a container, the setting is correct: skip this check with `--ignore missing-python`. Only absolute
paths without variables are checked.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    python: /home/me/environments/deleted/bin/python
```

Fixed:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    python: null
```
"""

from __future__ import annotations

from ...core.strings import printable
from ..facts import Facts
from ..findings import CheckFindings, Finding


def check(facts: Facts) -> CheckFindings:
    """Yield the path of the interpreter; the nodes themselves cannot be checked."""
    for python in (site.python for site in facts.sites if site.python):
        path = printable(str(python.value))
        message = (
            f"{python.name}: {path} does not exist here; jobs fail unless it does on the nodes"
        )
        hint = "Set it to a Python that exists on the nodes, or to null for the one that runs dask"
        yield Finding("warning", message, hint, python.key, python.origin)
