"""A variable has one underscore where two are needed.

In a variable's name, two underscores stand for the dot between a section and a key, and one for a
`-` or `_` in a name. `DASK_DISTRIBUTED__WORKER_DAEMON` sets `distributed.worker-daemon`, which
dask never reads.

Broken:

```sh
export DASK_DISTRIBUTED__WORKER_DAEMON=False
```

Fixed:

```sh
export DASK_DISTRIBUTED__WORKER__DAEMON=False
```
"""

from __future__ import annotations

from collections.abc import Mapping

from ...catalogue.did_you_mean import unjoined
from ...core.keys import CONTROL_VARIABLES, hyphenated, variable_of
from ..facts import Facts
from ..findings import CheckFindings, Finding


def check(facts: Facts) -> CheckFindings:
    """Yield variables that would set a known key if they had more underscores."""
    for variable in facts.variables:
        if variable.name in CONTROL_VARIABLES:
            continue
        if meant := unjoined(variable.name, isinstance(variable.value, Mapping)):
            key = hyphenated(variable.key)
            message = f"sets the unknown key {key}: dask ignores it"
            hint = f"Write two underscores for a dot: {variable_of(meant)}"
            yield Finding("error", message, hint, key, variable.origin)
