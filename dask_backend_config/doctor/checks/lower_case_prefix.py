"""A variable does not begin with DASK_ in capitals, so dask ignores it.

dask reads only variables whose name begins with `DASK_` in capitals. The case of the rest does
not matter.

Broken:

```sh
export dask_distributed__worker__daemon=False
```

Fixed:

```sh
export DASK_DISTRIBUTED__WORKER__DAEMON=False
```
"""

from __future__ import annotations

from ...catalogue.did_you_mean import suggest
from ...config.sources import is_variable
from ...core.keys import PREFIX, hyphenated, key_of, variable_of
from ...core.origins import Origin
from ..facts import Facts
from ..findings import CheckFindings, Finding


def check(facts: Facts) -> CheckFindings:
    """Yield variables that would set a known key if their prefix were in capitals."""
    for name in facts.environ:
        if not name.upper().startswith(PREFIX) or is_variable(name):
            continue
        if meant := _meant_key(facts, hyphenated(key_of(name.upper()))):
            message = f"begins with {name[: len(PREFIX)]}, not {PREFIX}: dask ignores it"
            hint = f"Did you mean {variable_of(meant)}?"
            yield Finding("error", message, hint, meant, Origin("variable", name=name))


def _meant_key(facts: Facts, key: str) -> str | None:
    """Return the key that the variable should set, None if it is probably not meant for dask."""
    meant = suggest(tuple(key.split(".")))
    of_dask = "." in key and key.partition(".")[0] in facts.catalogue.top_names
    return meant if meant and "." in meant and (of_dask or meant.replace(".", "-") == key) else None
