"""`DASK_CONFIG` names a file or folder that does not exist.

`DASK_CONFIG` names one file or folder, which dask reads after all others. If it does not exist,
dask ignores it without a warning. dask does not expand `~` in it, and does not split it at
colons.

Broken:

```sh
export DASK_CONFIG=/no/such/folder/dask.yaml
```

Fixed:

```sh
export DASK_CONFIG=$HOME/.config/dask
```
"""

from __future__ import annotations

import os

from ...core.origins import Origin
from ..facts import Facts
from ..findings import CheckFindings, Finding

_VARIABLE = "DASK_CONFIG"
_ABSOLUTE = "Write the absolute path, from / on"


def check(facts: Facts) -> CheckFindings:
    """Yield a finding if DASK_CONFIG is not empty and no such path exists."""
    path = facts.missing_config_path
    if path:
        message = f"{path} does not exist: dask ignores it"
        yield Finding("error", message, _hint(path), origin=Origin("variable", name=_VARIABLE))


def _hint(path: str) -> str:
    if path.startswith("~") and path[1:2] in ("", "/"):
        return f'dask does not expand ~. Run: export {_VARIABLE}="$HOME{path[1:]}"'
    if "$" in path:
        return f'dask does not expand $. Use double quotes: export {_VARIABLE}="{path}"'
    if os.pathsep in path:
        return "Name one file or folder: dask does not split the value"
    return f"Correct the path, or unset {_VARIABLE}" if os.path.isabs(path) else _ABSOLUTE
