"""A folder of the jobs cannot be written.

`log-directory` takes the jobs' output. `shared-temp-directory`, or where it is null a folder in
your home, takes the certificates. Both are made where they do not exist. Starting the backend fails
where that is not allowed, where a part of the path is a file, or where a variable in it is not set.
Nothing is written to find out. `local-directory` lies on the nodes and is not judged.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    log-directory: /dev/null/logs
```

Mended:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    log-directory: ~/logs
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.origins import tilde
from ...core.strings import printable
from ..facts import Facts, Finding

ID = "folder-not-writable"
SENTENCE = "A folder of the jobs cannot be written."


def check(facts: Facts) -> Iterator[Finding]:
    """Report the folders that could not be written or made."""
    for folder in facts.site.folders if facts.site else ():
        if folder.problem:
            asked = folder.requested
            place = asked.value if asked.amount is None else tilde(asked.amount)
            default = ", the default," if asked.value is None else ""
            message = f"{asked.name}: {printable(str(place))}{default} cannot be written"
            message += f": {printable(folder.problem)}"
            hint = _hint(asked.amount is None, asked.key)
            yield Finding("error", message, hint, asked.key, asked.origin)


def _hint(lacks_variable: bool, key: str) -> str:
    if lacks_variable:
        return "set the variable before dask starts, or write out what it stands for"
    nodes = ", on a file system that nodes share" if key.endswith("shared-temp-directory") else ""
    return f"write a folder of yours{nodes}"
