"""A variable has one underscore where two belong.

Two underscores in a variable's name stand for the dot between a section and a key, one for a `-` or
`_` in a name. `DASK_DISTRIBUTED__WORKER_DAEMON` is a key `distributed.worker-daemon`, for which
nobody asks.

Broken:

```sh
export DASK_DISTRIBUTED__WORKER_DAEMON=False
```

Mended:

```sh
export DASK_DISTRIBUTED__WORKER__DAEMON=False
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.did_you_mean import unjoined
from ...core.keys import CONTROL_VARIABLES, hyphenated, variable_of
from ..facts import Facts, Finding

ID = "single-underscore"
SENTENCE = "A variable has one underscore where two belong."


def check(facts: Facts) -> Iterator[Finding]:
    """Report variables that would name a known key with more underscores."""
    for variable in facts.variables:
        meant = None if variable.name in CONTROL_VARIABLES else unjoined(variable.name)
        if meant:
            key = hyphenated(variable.key)
            message = f"it sets {key}, which does not exist: it has no effect"
            hint = f"two underscores stand for a dot: {variable_of(meant)}"
            yield Finding("error", message, hint, key, variable.origin)
