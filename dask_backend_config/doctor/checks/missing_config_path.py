"""`DASK_CONFIG` names what does not exist.

`DASK_CONFIG` names one file or folder that dask reads after all others. Where nothing of that name
exists, dask goes on without a word. It expands no `~`, and it does not split the text at colons.

Broken:

```sh
export DASK_CONFIG=/no/such/folder/dask.yaml
```

Mended:

```sh
export DASK_CONFIG=$HOME/.config/dask
```
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...core.origins import Origin
from ..facts import Facts, Finding

ID = "missing-config-path"
SENTENCE = "`DASK_CONFIG` names what does not exist."

_VARIABLE = "DASK_CONFIG"
_WHOLE = "write the whole path, from / on"


def check(facts: Facts) -> Iterator[Finding]:
    """Report a DASK_CONFIG that names nothing; an empty one does so on purpose."""
    path = facts.missing_config_path
    if path:
        message = f"{path} does not exist: dask goes on without it"
        yield Finding("error", message, _hint(path), origin=Origin("variable", name=_VARIABLE))


def _hint(path: str) -> str:
    if path.startswith("~"):
        home = path[1:2] in ("", "/")
        return f'dask expands no ~: {_VARIABLE}="$HOME{path[1:]}"' if home else _WHOLE
    if "$" in path:
        return f'dask expands no $: use double quotes in the shell, {_VARIABLE}="{path}"'
    if os.pathsep in path:
        return "name one file or folder: dask does not split it"
    if not os.path.isabs(path):
        return _WHOLE
    return f"mend the path, or unset {_VARIABLE}"
