"""The Python of the jobs is not on this machine.

`python` names the interpreter that runs each worker on its node. Where nodes see the same files as
this machine, a path that does not exist here does not exist there: each job ends before its worker
connects, and after three such jobs the backend gives up. Where the nodes have a Python of their
own, or a container, nothing is wrong: leave this check out with `--ignore missing-python`. Only
whole paths without variables are judged.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    python: /home/me/environments/deleted/bin/python
```

Mended:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    python: null
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.strings import printable
from ..facts import Facts, Finding

ID = "missing-python"
SENTENCE = "The Python of the jobs is not on this machine."


def check(facts: Facts) -> Iterator[Finding]:
    """Report the path; whether nodes have it cannot be seen from here."""
    python = facts.site.python if facts.site else None
    if python is not None:
        path = printable(str(python.value))
        message = f"{python.name}: {path} is not on this machine; jobs fail unless nodes have it"
        hint = "write the path of a Python that nodes have, or null for the one that runs dask"
        yield Finding("warning", message, hint, python.key, python.origin)
